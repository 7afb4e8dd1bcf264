// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func closedCases() []testCase {
	return []testCase{
		{"Closed/OpenCompleteMissing", openCompleteMissing},
		{"Closed/BeforeTheCalls", closedBeforeTheCalls},
		{"Closed/SeveralProcesses", closedBySeveralProcesses},
		{"Closed/DuplicatesCountOnce", closedDuplicates},
		{"Closed/WithoutAnyCall", closedWithoutAnyCall},
	}
}

// end returns an analysis span that says how many calls its process saw.
func end(n uint64, id string, calls int64) analysis.Closed {
	start := time.Now().UTC().Truncate(time.Hour).Add(-72 * time.Hour)
	return analysis.Closed{
		Key: spanKey(1_000_000 + n), AnalysisID: id, Attribution: analysis.Attribution{Subject: "INFY", UserID: "u-1"},
		Start: start, End: start.Add(71*time.Hour + 17*time.Microsecond), Calls: calls, Input: 10, Output: 20,
	}
}

func openCompleteMissing(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(31, 6, Shape{Analyses: 1})
	id := calls[0].AnalysisID
	closed := end(1, id, 6)

	mustFold(t, s, calls[:4])
	requireCompleteness(t, s, id, analysis.Open, 0)
	mustFold(t, s, nil, closed)
	requireCompleteness(t, s, id, analysis.Missing, 2)
	RequireTruth(t, s, Truth(t, calls[:4], closed))
	mustFold(t, s, calls[4:])
	requireCompleteness(t, s, id, analysis.Complete, 0)
	RequireTruth(t, s, Truth(t, calls, closed))

	more := Calls(32, 8, Shape{Analyses: 1})
	for i := range more {
		more[i].Key.Trace[15] ^= 0xFF
	}
	mustFold(t, s, more)
	requireCompleteness(t, s, id, analysis.Complete, 0)
	RequireTruth(t, s, Truth(t, append(calls, more...), closed))
}

func requireCompleteness(t *testing.T, s ledger.Store, id string, want analysis.Completeness, missing int64) {
	t.Helper()
	got, err := s.Summary(t.Context(), id, 0)
	require.NoError(t, err)
	require.Equal(t, want, got.Completeness)
	require.Equal(t, missing, got.MissingCalls)
}

func closedBeforeTheCalls(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(33, 30, Shape{Analyses: 3})
	ends := []analysis.Closed{end(1, calls[0].AnalysisID, 3), end(2, "analysis_2", 40)}
	mustFold(t, s, nil, ends...)
	RequireTruth(t, s, Truth(t, nil, ends...))
	mustFold(t, s, calls)
	RequireTruth(t, s, Truth(t, calls, ends...))
}

func closedBySeveralProcesses(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(34, 10, Shape{Analyses: 1})
	id := calls[0].AnalysisID
	ends := []analysis.Closed{end(1, id, 4), end(2, id, 5), end(3, id, 2)}
	ends[1].Start, ends[1].End = ends[1].Start.Add(-time.Hour), ends[1].End.Add(time.Hour)
	ends[2].Attribution = analysis.Attribution{Subject: "HDFC", TenantID: "t"}
	mustFold(t, s, calls, ends[0])
	mustFold(t, s, nil, ends[1:]...)
	requireCompleteness(t, s, id, analysis.Missing, 1)
	RequireTruth(t, s, Truth(t, calls, ends...))
}

func closedDuplicates(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(35, 5, Shape{Analyses: 1})
	closed := end(1, calls[0].AnalysisID, 5)
	for range 3 {
		mustFold(t, s, calls, closed, closed)
	}
	other := closed
	other.Calls = 50
	mustFold(t, s, nil, other, closed)
	RequireTruth(t, s, Truth(t, calls, closed))
}

func closedWithoutAnyCall(f *fixture) {
	t, s := f.t, f.store()
	ends := []analysis.Closed{end(1, "lost everything", 7), end(2, "did nothing", 0)}
	mustFold(t, s, nil, ends...)
	requireCompleteness(t, s, "lost everything", analysis.Missing, 7)
	requireCompleteness(t, s, "did nothing", analysis.Complete, 0)
	RequireTruth(t, s, Truth(t, nil, slices.Clone(ends)...))
}
