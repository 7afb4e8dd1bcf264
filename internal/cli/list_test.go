// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
)

func TestList_Table(t *testing.T) {
	t.Parallel()
	m := twoAnalyses()
	require.Equal(t, result{
		stdout: "" +
			"ANALYSIS      SUBJECT   STARTED              STATE      TOOK  CALLS  FAILED   INPUT  OUTPUT       COST\n" +
			"analysis_123  RELIANCE  2026-03-01 14:30:00  missing 1  3.5s      3       1  24,690     134  $0.007742\n" +
			"analysis_7    RELIANCE  2026-03-01 14:31:00  open       1.5s      1       0  12,345      67  $0.003871\n",
	}, run(t, program(m), "list"))
	require.Equal(t, 1, m.closes, "the ledger is closed")
}

func TestList_UnknownIsNotZero(t *testing.T) {
	t.Parallel()
	m := &memory{calls: []analysis.Call{failed(call("a", 0, "t"), "timeout")}}
	m.calls[0].Start = time.Time{}
	require.Equal(t, result{
		stdout: "" +
			"ANALYSIS  SUBJECT   STARTED  STATE  TOOK  CALLS  FAILED    INPUT   OUTPUT     COST\n" +
			"a         RELIANCE  unknown  open     0s      1       1  unknown  " + "unknown  " + "unknown\n",
	}, run(t, program(m), "list"))
}

func TestList_Query(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want ledger.ListQuery
	}{
		"Defaults": {nil, ledger.ListQuery{Limit: 50}},
		"Filters": {
			[]string{"--subject", "RELIANCE", "--user=u-7", "--tenant", "acme", "--limit", "3"},
			ledger.ListQuery{Limit: 3, Subject: "RELIANCE", UserID: "u-7", TenantID: "acme"},
		},
		"Times": {
			[]string{"--since", "2026-03-01T09:00:00+02:00", "--until", "2026-03-01T09:00:00.5Z"},
			ledger.ListQuery{Limit: 50, Since: started.Add(-2 * time.Hour), Until: started.Add(time.Second / 2)},
		},
		"Ago": {
			[]string{"--since", "24h", "--until", "1h30m"},
			ledger.ListQuery{Limit: 50, Since: now.Add(-24 * time.Hour), Until: now.Add(-90 * time.Minute)},
		},
		"DaysAreLocal": {
			[]string{"--since", "2026-03-01", "--until", "2026-03-02"},
			ledger.ListQuery{
				Limit: 50,
				Since: time.Date(2026, 2, 28, 18, 30, 0, 0, time.UTC), Until: time.Date(2026, 3, 1, 18, 30, 0, 0, time.UTC),
			},
		},
		"NoTimeBetween": {
			[]string{"--since", "1h", "--until", "1h"},
			ledger.ListQuery{Limit: 50, Since: now.Add(-time.Hour), Until: now.Add(-time.Hour)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := twoAnalyses()
			require.Equal(t, cli.ExitDone, run(t, program(m), append([]string{"list"}, c.args...)...).code)
			m.listed.Since, m.listed.Until = m.listed.Since.UTC(), m.listed.Until.UTC()
			require.Equal(t, c.want, m.listed)
		})
	}
}

func TestList_Nothing(t *testing.T) {
	t.Parallel()
	require.Equal(t,
		result{stderr: "The ledger is empty. 'spanledger serve' fills it with what services send.\n"},
		run(t, program(&memory{}), "list", "--limit", "7"))
	require.Equal(t,
		result{stderr: "No analysis in the ledger matches.\n"},
		run(t, program(&memory{}), "list", "--subject", "nobody"))
	got := run(t, program(&memory{}), "list", "--json")
	require.Equal(t, cli.ExitDone, got.code)
	require.JSONEq(t, `{"analyses": []}`, got.stdout)
}

func TestList_JSON(t *testing.T) {
	t.Parallel()
	got := run(t, program(twoAnalyses()), "list", "--json")
	require.Zero(t, got.code)
	require.Empty(t, got.stderr)
	var document struct {
		Analyses []struct {
			AnalysisID  string `json:"analysis_id"`
			TotalTokens int64  `json:"total_tokens"`
		} `json:"analyses"`
	}
	readJSON(t, got.stdout, &document)
	require.Len(t, document.Analyses, 2)
	require.Equal(t, "analysis_123", document.Analyses[0].AnalysisID)
	require.EqualValues(t, 24_824, document.Analyses[0].TotalTokens)
}

func TestList_SaysThatThereMayBeMore(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"list", "--limit", "1"}, {"list", "--limit", "1", "--json"}} {
		got := run(t, program(twoAnalyses()), args...)
		require.Zero(t, got.code)
		require.Contains(t, got.stdout, "analysis_123")
		require.NotContains(t, got.stdout, "analysis_7")
		require.Equal(t, "These are the latest 1; there may be more: see --limit.\n", got.stderr)
	}
}

func TestList_NamesAreCutAndIDsAreNot(t *testing.T) {
	t.Parallel()
	id := "tenant-acme/analysis-0b2a5f0e-31e5-4f4c-9c43-ff5b8f2f2b11/attempt-2"
	m := &memory{calls: []analysis.Call{call(id, 0, "t")}}
	m.calls[0].Attribution.Subject = fmt.Sprintf("%050d", 0)
	got := run(t, program(m), "list")
	require.Contains(t, got.stdout, id+"  "+fmt.Sprintf("%039d", 0)+"…  2026-03-01")
}
