// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cli"
)

const callsHeader = "STARTED              CALL TYPE          MODEL             " +
	"TOOK    INPUT   OUTPUT  USAGE     OUTCOME       COST\n"

func TestCalls_Table(t *testing.T) {
	t.Parallel()
	m := twoAnalyses()
	require.Equal(t, result{
		stdout: callsHeader +
			"2026-03-01 14:30:00  indicator_summary  gemini-2.5-flash  " +
			"1.5s   12,345       67  reported  ok       $0.003871\n" +
			"2026-03-01 14:30:01  final_decision     gemini-2.5-flash  " +
			"1.5s   12,345       67  reported  ok       $0.003871\n" +
			"2026-03-01 14:30:02  final_decision     gemini-2.5-flash  " +
			"1.5s  unknown  " + "unknown  " + "unknown   429        unknown\n",
	}, run(t, program(m), "calls", "analysis_123"))
	require.Equal(t, 1, m.closes)
}

func TestCalls_ShortOnes(t *testing.T) {
	t.Parallel()
	m := &memory{calls: []analysis.Call{call("a", 0, "t"), call("a", 1, "t")}}
	m.calls[0].End = m.calls[0].Start.Add(412_345)
	m.calls[1].End = m.calls[1].Start.Add(time.Minute + 1_499_999)
	got := run(t, program(m), "calls", "a")
	require.Contains(t, got.stdout, "   412µs  12,345")
	require.Contains(t, got.stdout, "  1m0.001s  12,345")
}

func TestCalls_JSON(t *testing.T) {
	t.Parallel()
	got := run(t, program(twoAnalyses()), "calls", "analysis_123", "--json")
	require.Zero(t, got.code)
	require.Empty(t, got.stderr)
	var document struct {
		AnalysisID string `json:"analysis_id"`
		Calls      []struct {
			CallType    string `json:"call_type"`
			InputTokens *int64 `json:"input_tokens"`
		} `json:"calls"`
	}
	readJSON(t, got.stdout, &document)
	require.Equal(t, "analysis_123", document.AnalysisID)
	require.Len(t, document.Calls, 3)
	require.Equal(t, "indicator_summary", document.Calls[0].CallType)
	require.Nil(t, document.Calls[2].InputTokens, "unknown is null")
}

func TestCalls_NotAllAreListed(t *testing.T) {
	t.Parallel()
	limited := run(t, program(twoAnalyses()), "calls", "analysis_123", "--limit", "1")
	require.Zero(t, limited.code)
	require.Contains(t, limited.stdout, "indicator_summary")
	require.NotContains(t, limited.stdout, "final_decision")
	require.Equal(t, "Not listed: 2 of 3 calls, beyond --limit or no longer kept.\n", limited.stderr)

	pruned := twoAnalyses()
	pruned.kept = 2
	require.Contains(t, run(t, program(pruned), "calls", "analysis_123").stderr, "Not listed: 1 of 3 calls")
}

func TestCalls_None(t *testing.T) {
	t.Parallel()
	m := &closedOnly{}
	p := program(&m.memory)
	p.OpenReader = openReader(m)
	require.Equal(t, result{stderr: "The ledger has no call of this analysis.\n"}, run(t, p, "calls", "a"))
	got := run(t, p, "calls", "a", "--json")
	require.JSONEq(t, `{"analysis_id": "a", "calls": []}`, got.stdout)
}

func TestCalls_UnknownAnalysis(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"calls", "summary"} {
		m := twoAnalyses()
		require.Equal(t, result{
			code: cli.ExitNo,
			stderr: `spanledger: analysis "analysis_8": no such analysis in the ledger; ` +
				"'spanledger list' shows those it has\n",
		}, run(t, program(m), command, "analysis_8", "--json"))
		require.Equal(t, 1, m.closes, "the ledger is closed after an error too")
	}
}

func TestSummary_Text(t *testing.T) {
	t.Parallel()
	m := twoAnalyses()
	want, err := m.Summary(t.Context(), "analysis_123", 1000)
	require.NoError(t, err)
	require.Equal(t, result{stdout: want.String()}, run(t, program(m), "summary", "analysis_123"))
	require.Contains(t, want.String(), "Analysis of RELIANCE\n")
}

func TestSummary_JSON(t *testing.T) {
	t.Parallel()
	m := twoAnalyses()
	got := run(t, program(m), "summary", "analysis_123", "--json")
	require.Zero(t, got.code)
	require.Empty(t, got.stderr)
	want, err := m.Summary(t.Context(), "analysis_123", 1000)
	require.NoError(t, err)
	document, err := want.MarshalJSON()
	require.NoError(t, err)
	require.JSONEq(t, string(document), got.stdout)
	require.Contains(t, got.stdout, "call_details")
	require.Equal(t, 1, m.closes)
}

func TestSummary_IDThatLooksLikeAFlag(t *testing.T) {
	t.Parallel()
	m := &memory{calls: []analysis.Call{call("--json", 0, "t")}}
	got := run(t, program(m), "summary", "--", "--json")
	require.Zero(t, got.code)
	require.Contains(t, got.stdout, "Analysis ID    --json\n")
}
