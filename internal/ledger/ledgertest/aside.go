// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func asideCases() []testCase {
	return []testCase{
		{"Aside/FutureCalls", futureCalls},
		{"Aside/LateCalls", lateCalls},
		{"Prune/DropsDetailsKeepsSums", pruneKeepsSums},
		{"Prune/NothingToDrop", pruneNothing},
		{"Prune/HorizonNeverMovesBack", horizonNeverMovesBack},
		{"Prune/FurtherCallsCount", furtherCallsCount},
	}
}

func futureCalls(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(41, 20, Shape{Analyses: 2})
	future := Calls(42, 5, Shape{Analyses: 1, Base: time.Now().Add(ledger.FutureSlack + time.Hour)})
	soon := Calls(43, 5, Shape{Analyses: 1, Base: time.Now().Add(time.Hour), Span: time.Hour})
	for i := range 5 {
		future[i].Key, soon[i].Key = spanKey(uint64(200+i)), spanKey(uint64(300+i))
		future[i].AnalysisID = "from the future"
	}
	outcome := mustFold(t, s, slices.Concat(calls, future, soon))
	require.Equal(t, ledger.Outcome{Folded: 25, Future: 5}, outcome)
	require.Equal(t, ledger.Outcome{Future: 5}, mustFold(t, s, future))
	RequireTruth(t, s, Truth(t, slices.Concat(calls, soon)))
}

func lateCalls(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(44, 40, Shape{Analyses: 4})
	horizon := median(calls)
	_, err := s.Prune(t.Context(), horizon)
	require.NoError(t, err)
	kept, late := split(calls, horizon)
	require.Equal(t, ledger.Outcome{Folded: len(kept), Late: len(late)}, mustFold(t, s, calls))
	RequireTruth(t, s, Truth(t, kept))
	require.Equal(t, ledger.Outcome{Late: len(late)}, mustFold(t, f.store(), late), "another store knows the horizon")
	RequireTruth(t, s, Truth(t, kept))
}

func pruneKeepsSums(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(45, 200, Shape{Analyses: 5})
	ends := Ends(45, calls)
	mustFold(t, s, calls, ends...)
	horizon := median(calls)
	kept, gone := split(calls, horizon)
	require.NotEmpty(t, kept)
	require.NotEmpty(t, gone)

	dropped, err := s.Prune(t.Context(), horizon)
	require.NoError(t, err)
	require.Equal(t, int64(len(gone)), dropped)
	truth := pruned(Truth(t, calls, ends...), horizon)
	RequireTruth(t, s, truth)
	require.Equal(t,
		ledger.Outcome{Late: len(gone), Duplicate: len(kept)}, mustFold(t, s, calls, ends...), "the same again")
	RequireTruth(t, s, truth)

	again, err := s.Prune(t.Context(), horizon)
	require.NoError(t, err)
	require.Zero(t, again)
	_, err = s.Prune(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	RequireTruth(t, s, pruned(truth, time.Now().Add(time.Hour)))
}

func pruneNothing(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(46, 20, Shape{})
	mustFold(t, s, calls)
	dropped, err := s.Prune(t.Context(), time.Now().Add(-1000*time.Hour))
	require.NoError(t, err)
	require.Zero(t, dropped)
	RequireTruth(t, s, Truth(t, calls))
}

func horizonNeverMovesBack(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(47, 40, Shape{Analyses: 2})
	mustFold(t, s, calls)
	horizon := median(calls)
	_, gone := split(calls, horizon)
	for _, before := range []time.Time{horizon, horizon.Add(-24 * time.Hour)} {
		_, err := s.Prune(t.Context(), before)
		require.NoError(t, err)
	}
	require.Equal(t, ledger.Outcome{Late: len(gone)}, mustFold(t, s, gone))
	RequireTruth(t, s, pruned(Truth(t, calls), horizon))
}

// furtherCallsCount folds new calls into sums whose details are gone.
func furtherCallsCount(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(48, 100, Shape{Analyses: 3})
	horizon := median(calls)
	kept, gone := split(calls, horizon)
	mustFold(t, s, gone)
	_, err := s.Prune(t.Context(), horizon)
	require.NoError(t, err)
	mustFold(t, s, kept)
	RequireTruth(t, s, pruned(Truth(t, calls), horizon))
}

// median returns a time with about as many calls before it as after, the
// start of one of them.
func median(calls []analysis.Call) time.Time {
	sorted := slices.SortedFunc(slices.Values(calls), compareCalls)
	return sorted[len(sorted)/2].Start
}

// split returns the calls that start at the horizon or later, and the others.
func split(calls []analysis.Call, horizon time.Time) (kept, gone []analysis.Call) {
	for i := range calls {
		if calls[i].Start.Before(horizon) {
			gone = append(gone, calls[i])
		} else {
			kept = append(kept, calls[i])
		}
	}
	return kept, gone
}

// pruned drops the details before the horizon.
func pruned(truth map[string]analysis.Summary, horizon time.Time) map[string]analysis.Summary {
	out := make(map[string]analysis.Summary, len(truth))
	for id := range truth {
		s := truth[id]
		var details []analysis.Call
		for i := range s.Breakdowns {
			kept, _ := split(s.Breakdowns[i].Details, horizon)
			details = append(details, kept...)
		}
		out[id] = withDetails(s, details)
	}
	return out
}
