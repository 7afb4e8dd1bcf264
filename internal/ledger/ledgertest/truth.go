// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// AllDetails asks for every call detail of an analysis.
const AllDetails = math.MaxInt32

// Truth returns the summaries that a ledger must hold once it has taken these
// calls and ends of analyses, in whatever way they were delivered. The first
// copy of a key counts, and calls that are rolled up do not.
func Truth(t *testing.T, calls []analysis.Call, closed ...analysis.Closed) map[string]analysis.Summary {
	t.Helper()
	callsOf, nestedOf := make(map[string][]analysis.Call), make(map[string][]analysis.Call)
	closedOf := make(map[string][]analysis.Closed)
	outer := outers(calls)
	for i := range calls {
		c := ledger.Canonical(calls[i])
		if outer[c.Key] {
			nestedOf[c.AnalysisID] = append(nestedOf[c.AnalysisID], c)
		} else {
			callsOf[c.AnalysisID] = append(callsOf[c.AnalysisID], c)
		}
	}
	seen := make(map[analysis.SpanKey]bool)
	for i := range closed {
		c := ledger.CanonicalClosed(closed[i])
		if !seen[c.Key] {
			seen[c.Key] = true
			closedOf[c.AnalysisID] = append(closedOf[c.AnalysisID], c)
		}
	}
	truth := make(map[string]analysis.Summary)
	ids := slices.Concat(
		slices.Collect(maps.Keys(callsOf)), slices.Collect(maps.Keys(nestedOf)), slices.Collect(maps.Keys(closedOf)))
	for _, id := range ids {
		s, err := analysis.Fold(id, callsOf[id])
		require.NoError(t, err)
		addBounds(&s, nestedOf[id])
		s.Close(closedOf[id]...)
		truth[id] = s
	}
	return truth
}

// LimitDetails returns the summary with no more than the n earliest of its
// call details.
func LimitDetails(s analysis.Summary, n int) analysis.Summary {
	var details []analysis.Call
	for i := range s.Breakdowns {
		details = append(details, s.Breakdowns[i].Details...)
	}
	slices.SortFunc(details, compareCalls)
	return withDetails(s, details[:min(n, len(details))])
}

// withDetails replaces the call details of a summary.
func withDetails(s analysis.Summary, details []analysis.Call) analysis.Summary {
	breakdowns := slices.Clone(s.Breakdowns)
	for i := range breakdowns {
		breakdowns[i].Details = nil
		for j := range details {
			if details[j].Type == breakdowns[i].CallType {
				breakdowns[i].Details = append(breakdowns[i].Details, details[j])
			}
		}
	}
	s.Breakdowns = breakdowns
	s.OmittedCalls = s.Calls - int64(len(details))
	return s
}

// compareCalls orders calls as Reader.Calls does.
func compareCalls(a, b analysis.Call) int {
	return cmp.Or(a.Start.Compare(b.Start), a.Key.Compare(b.Key))
}

// RequireTruth asks the ledger for every analysis, with all call details, and
// by list, and requires what is true.
func RequireTruth(t *testing.T, r ledger.Reader, truth map[string]analysis.Summary) {
	t.Helper()
	for id := range truth {
		requireSummary(t, r, truth[id], AllDetails)
	}
	listed, err := r.List(t.Context(), ledger.ListQuery{Limit: len(truth) + 1})
	require.NoError(t, err)
	require.Len(t, listed, len(truth), "analyses in the ledger")
	for i := range listed {
		want, ok := truth[listed[i].AnalysisID]
		require.True(t, ok, "analysis %.80q is not in the truth", listed[i].AnalysisID)
		requireEqual(t, LimitDetails(want, 0), listed[i])
	}
}

func requireSummary(t *testing.T, r ledger.Reader, want analysis.Summary, details int) {
	t.Helper()
	got, err := r.Summary(t.Context(), want.AnalysisID, details)
	require.NoError(t, err, "analysis %.80q", want.AnalysisID)
	requireEqual(t, LimitDetails(want, details), got)
}

// requireEqual compares the documents, and the totals that they leave out.
func requireEqual(t *testing.T, want, got analysis.Summary) {
	t.Helper()
	require.Equal(t, document(t, want), document(t, got))
	require.Equal(t, want.Totals, got.Totals, "totals of %.80q", want.AnalysisID)
	for i := range want.Breakdowns {
		require.Equal(t, want.Breakdowns[i].Totals, got.Breakdowns[i].Totals,
			"totals of %.80q of %.80q", want.Breakdowns[i].CallType, want.AnalysisID)
	}
}

func document(t *testing.T, s analysis.Summary) string {
	t.Helper()
	text, err := json.Marshal(s)
	require.NoError(t, err)
	return string(text)
}
