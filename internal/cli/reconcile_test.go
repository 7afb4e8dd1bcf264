// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
)

func agreement() ledger.Reconciliation {
	return ledger.Reconciliation{Analyses: 1234, Calls: 7404, Differences: []ledger.Difference{}}
}

func disagreement() ledger.Reconciliation {
	return ledger.Reconciliation{
		Analyses: 2, Calls: 12, Found: 7, PastRetention: 1,
		Differences: []ledger.Difference{
			{
				Kind: ledger.SumDiffers, AnalysisID: "analysis_123", CallType: "final_decision", Provider: "gcp.gemini",
				Model: "gemini-2.5-flash", View: ledger.ViewCallType, Column: "calls", InSums: "7", InRows: "6",
			},
			{
				Kind: ledger.CallTwice, AnalysisID: "analysis_7\x1b[2J", View: ledger.ViewCall, Column: "01 02",
				InSums: "1", InRows: "2",
			},
		},
	}
}

func TestReconcile_Agrees(t *testing.T) {
	t.Parallel()
	k := &keeper{found: agreement()}
	require.Equal(t, result{stdout: "1,234 analyses agree: 7,404 calls.\n"}, run(t, keeping(k), "reconcile"))
	require.Equal(t, ledger.DefaultDifferenceLimit, k.asked.Limit)
	require.Nil(t, k.asked.Progress, "nobody watches")
	require.Equal(t, 1, k.closes)

	k.found.Analyses, k.found.Calls, k.found.PastRetention = 1, 1, 1
	require.Equal(t, result{
		stdout: "1 analysis agrees: 1 call.\n",
		stderr: "1 analysis reaches back behind the retention: checked from below.\n",
	}, run(t, keeping(k), "reconcile"))
}

func TestReconcile_Differs(t *testing.T) {
	t.Parallel()
	k := &keeper{found: disagreement()}
	require.Equal(t, result{
		code: cli.ExitNo,
		stdout: "" +
			"WHAT        ANALYSIS        CALL TYPE       PROVIDER    MODEL             COLUMN                   IN SUMS  IN ROWS\n" +
			"sum         analysis_123    final_decision  gcp.gemini  gemini-2.5-flash  call_type_summary.calls        7        6\n" +
			"call_twice  analysis_7�[2J                                                call.01 02                     1        2\n",
		stderr: "1 analysis reaches back behind the retention: checked from below.\n" +
			"Not listed: 5 of 7 differences; see --limit.\n" +
			"spanledger: 7 differences between the sums and the calls of 2 analyses\n",
	}, run(t, keeping(k), "reconcile", "--limit", "2"))
	require.Equal(t, 2, k.asked.Limit)
}

func TestReconcile_JSON(t *testing.T) {
	t.Parallel()
	got := run(t, keeping(&keeper{found: agreement()}), "reconcile", "--json")
	require.Zero(t, got.code)
	require.Empty(t, got.stderr)
	require.JSONEq(t, `{
		"analyses": 1234, "calls": 7404, "analyses_past_retention": 0, "differences_found": 0, "differences": []
	}`, got.stdout)

	got = run(t, keeping(&keeper{found: disagreement()}), "reconcile", "--json")
	require.Equal(t, cli.ExitNo, got.code)
	var document struct {
		Found       int `json:"differences_found"`
		Differences []map[string]string
	}
	readJSON(t, got.stdout, &document)
	require.Equal(t, 7, document.Found)
	require.Equal(t, map[string]string{
		"kind": "sum", "analysis_id": "analysis_123", "call_type": "final_decision", "provider": "gcp.gemini",
		"model": "gemini-2.5-flash", "view": "call_type_summary", "column": "calls", "in_sums": "7", "in_rows": "6",
	}, document.Differences[0])
}

func TestReconcile_Progress(t *testing.T) {
	t.Parallel()
	p := keeping(&keeper{found: agreement()})
	p.Interactive = true
	got := run(t, p, "reconcile")
	require.Equal(t, "1,234 analyses agree: 7,404 calls.\n", got.stdout)
	require.Equal(t, "\r1,234 analyses, 56,789 calls \r\x1b[K", got.stderr)
}

func TestReconcile_Fails(t *testing.T) {
	t.Parallel()
	require.Equal(t, result{code: cli.ExitNo, stderr: "spanledger: no server\n"},
		run(t, keeping(&keeper{err: errors.New("no server")}), "reconcile"))
	for _, args := range [][]string{{"--limit", "0"}, {"x"}} {
		k := &keeper{}
		require.Equal(t, cli.ExitWrongUse, run(t, keeping(k), append([]string{"reconcile"}, args...)...).code)
		require.Zero(t, k.closes, "not opened")
	}
}
