// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// RunPrune holds a store to dropping analyses as a whole, and nothing else.
// Every call of open returns another store on the same empty ledger; the suite
// closes the stores.
func RunPrune(t *testing.T, newLedger func(t *testing.T) (open func() ledger.Keeper)) {
	t.Helper()
	for name, run := range map[string]func(f *keeping){
		"WholeAnalysesGo":      (*keeping).wholeAnalysesGo,
		"NotPastTheHorizon":    (*keeping).notPastTheHorizon,
		"LongAnalysesStay":     (*keeping).longAnalysesStay,
		"ManyAnalyses":         (*keeping).manyAnalyses,
		"CallWithinIsGone":     (*keeping).callWithinIsGone,
		"WhileWritten":         (*keeping).whileWritten,
		"PrunableDropsNothing": (*keeping).prunableDropsNothing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &keeping{t: t, open: newLedger(t)}
			f.store = f.another()
			run(f)
		})
	}
}

const (
	aDay = 24 * time.Hour
	// keptDays is how many days daily makes calls for, up to now.
	keptDays = 10
)

type keeping struct {
	t     *testing.T
	open  func() ledger.Keeper
	store ledger.Keeper
}

func (f *keeping) another() ledger.Keeper {
	s := f.open()
	f.t.Cleanup(s.Close)
	return s
}

// midnight returns the beginning of a day so many days ago.
func midnight(ago int) time.Time {
	return time.Now().UTC().Truncate(aDay).Add(-time.Duration(ago) * aDay)
}

// daily returns calls of each of the last days, those of a day in analyses of
// their own, and the ends of some of these.
func daily(seed uint64, perDay int) (calls []analysis.Call, ends []analysis.Closed) {
	for ago := 1; ago <= keptDays; ago++ {
		day := Calls(seed+uint64(ago), perDay, Shape{Analyses: 4, Base: midnight(ago), Span: 20 * time.Hour})
		for i := range day {
			day[i].Key = spanKey(uint64(ago*10_000 + i))
			day[i].AnalysisID = fmt.Sprintf("day_%d_%s", ago, day[i].AnalysisID)
		}
		closed := end(uint64(ago), day[0].AnalysisID, int64(perDay))
		closed.Start, closed.End = midnight(ago), midnight(ago).Add(22*time.Hour)
		calls, ends = append(calls, day...), append(ends, closed)
	}
	return calls, ends
}

// since returns what is not before the time.
func since(calls []analysis.Call, ends []analysis.Closed, at time.Time) ([]analysis.Call, []analysis.Closed) {
	kept, _ := split(calls, at)
	return kept, slices.DeleteFunc(slices.Clone(ends), func(c analysis.Closed) bool { return c.End.Before(at) })
}

func (f *keeping) prune(calls, summaries time.Time) (dropped, analyses int64) {
	f.t.Helper()
	dropped, err := f.store.Prune(f.t.Context(), calls)
	require.NoError(f.t, err)
	analyses, err = f.store.PruneSummaries(f.t.Context(), summaries)
	require.NoError(f.t, err)
	return dropped, analyses
}

func (f *keeping) wholeAnalysesGo() {
	t := f.t
	calls, ends := daily(101, 25)
	mustFold(t, f.store, calls, ends...)
	stale := f.another()
	horizon, before := midnight(3), midnight(6)
	kept, keptEnds := since(calls, ends, before)
	truth := pruned(Truth(t, kept, keptEnds...), horizon)
	withDetails, _ := split(calls, horizon)

	want, err := f.store.Prunable(t.Context(), horizon, before)
	require.NoError(t, err)
	dropped, analyses := f.prune(horizon, before)
	require.Equal(t, int64(len(calls)-len(withDetails)), dropped)
	require.Equal(t, int64(len(Truth(t, calls))-len(truth)), analyses)
	require.Equal(t, ledger.Prunable{Days: 7, Calls: dropped, Bytes: want.Bytes, Analyses: analyses}, want)
	RequireTruth(t, f.store, truth)
	RequireAgreement(t, f.store, len(truth), len(withDetails))

	require.Equal(t, ledger.Outcome{LateEnds: 1}, mustFold(t, stale, nil, ends[len(ends)-1]), "it has not heard of it")
	for _, s := range []ledger.Keeper{f.store, f.another()} {
		require.Equal(t, ledger.Outcome{
			Duplicate: len(withDetails), Late: len(calls) - len(withDetails), LateEnds: len(ends) - len(keptEnds),
		}, mustFold(t, s, calls, ends...), "the same again")
		require.Equal(t, ledger.Outcome{LateEnds: 1}, mustFold(t, s, nil, ends[len(ends)-1]))
	}
	RequireTruth(t, f.store, truth)
	RequireAgreement(t, f.store, len(truth), len(withDetails))
	dropped, analyses = f.prune(horizon, before)
	require.Zero(t, dropped+analyses)
}

// notPastTheHorizon: while the ledger has the calls of an analysis, it has the
// analysis.
func (f *keeping) notPastTheHorizon() {
	t := f.t
	calls, ends := daily(102, 20)
	mustFold(t, f.store, calls, ends...)
	_, analyses := f.prune(midnight(keptDays+20), time.Now())
	require.Zero(t, analyses)
	RequireTruth(t, f.store, Truth(t, calls, ends...))

	horizon := midnight(4)
	kept, keptEnds := since(calls, ends, horizon)
	_, analyses = f.prune(horizon, time.Now())
	require.Equal(t, int64(len(Truth(t, calls))-len(Truth(t, kept))), analyses)
	RequireTruth(t, f.store, Truth(t, kept, keptEnds...))
	recent := end(78, kept[0].AnalysisID, 1)
	recent.Start, recent.End = horizon, horizon
	require.Equal(t, ledger.Outcome{}, mustFold(t, f.store, nil, recent), "not late")
}

// callWithinIsGone: where clocks differ, a call may seem to start after the
// one that is nested in it, which the ledger dropped.
func (f *keeping) callWithinIsGone() {
	t := f.t
	pair := chain(108, 2)
	for i, start := range []time.Time{midnight(3).Add(time.Second), midnight(3).Add(-time.Second)} {
		pair[i].Start, pair[i].End = start, midnight(3).Add(time.Minute)
	}
	require.Equal(t, ledger.Outcome{Folded: 1}, mustFold(t, f.store, pair[1:]))
	f.prune(midnight(3), midnight(10))
	require.Equal(t, ledger.Outcome{Nested: 1}, mustFold(t, f.store, pair[:1]))
	RequireAgreement(t, f.store, 1, 1)
}

// longAnalysesStay: an analysis of which anything is new keeps all of its sums.
func (f *keeping) longAnalysesStay() {
	t := f.t
	calls, ends := daily(103, 20)
	recent := Calls(104, 3, Shape{Analyses: 1, Base: midnight(1), Span: time.Hour})
	for i := range recent {
		recent[i].Key, recent[i].AnalysisID = spanKey(uint64(500_000+i)), calls[len(calls)-1].AnalysisID
	}
	late := end(77, calls[len(calls)-2].AnalysisID, 1)
	late.End = midnight(1)
	calls, ends = append(calls, recent...), append(ends, late)
	mustFold(t, f.store, calls, ends...)
	horizon := midnight(2)
	f.prune(horizon, horizon)
	kept, keptEnds := since(calls, ends, horizon)
	for i := range calls {
		long := calls[i].AnalysisID == recent[0].AnalysisID || calls[i].AnalysisID == late.AnalysisID
		if long && calls[i].Start.Before(horizon) {
			kept = append(kept, calls[i])
		}
	}
	for i := range ends {
		long := ends[i].AnalysisID == recent[0].AnalysisID || ends[i].AnalysisID == late.AnalysisID
		if long && ends[i].End.Before(horizon) {
			keptEnds = append(keptEnds, ends[i])
		}
	}
	RequireTruth(t, f.store, pruned(Truth(t, kept, keptEnds...), horizon))
	long := end(78, late.AnalysisID, 1)
	long.Start, long.End = midnight(8), midnight(1)
	require.Equal(t, ledger.Outcome{}, mustFold(t, f.store, nil, long), "not late")
}

// manyAnalyses are more than go in one transaction.
func (f *keeping) manyAnalyses() {
	t := f.t
	calls := Calls(105, 1100, Shape{Analyses: 1, Base: midnight(9), Span: time.Hour})
	for i := range calls {
		calls[i].AnalysisID = fmt.Sprintf("analysis_%d", i)
	}
	mustFold(t, f.store, calls)
	dropped, analyses := f.prune(midnight(5), midnight(5))
	require.Equal(t, [2]int64{1100, 1100}, [2]int64{dropped, analyses})
	RequireAgreement(t, f.store, 0, 0)
}

func (f *keeping) prunableDropsNothing() {
	t := f.t
	calls, ends := daily(106, 15)
	mustFold(t, f.store, calls, ends...)
	for range 2 {
		got, err := f.store.Prunable(t.Context(), midnight(4), midnight(4))
		require.NoError(t, err)
		require.NotZero(t, got.Calls)
		require.NotZero(t, got.Analyses)
	}
	none, err := f.store.Prunable(t.Context(), time.Time{}, time.Time{})
	require.NoError(t, err)
	require.Equal(t, ledger.Prunable{}, none)
	RequireTruth(t, f.store, Truth(t, calls, ends...))
}

// whileWritten drops days and analyses while another store delivers, again and
// again, all that belongs to them: no analysis comes back in part, and what is
// left is exact.
func (f *keeping) whileWritten() {
	t := f.t
	calls, ends := daily(107, 12)
	mustFold(t, f.store, calls, ends...)
	writer := f.another()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- deliverUntil(ctx, writer, calls, ends) }()
	for ago := keptDays; ago >= 3; ago-- {
		keepTrying(t, func() error {
			_, err := f.store.Prune(t.Context(), midnight(ago))
			return err
		})
		keepTrying(t, func() error {
			_, err := f.store.PruneSummaries(t.Context(), midnight(ago+1))
			return err
		})
	}
	stop()
	require.NoError(t, <-done)
	kept, keptEnds := since(calls, ends, midnight(4))
	truth := pruned(Truth(t, kept, keptEnds...), midnight(3))
	RequireTruth(t, f.store, truth)
	mustFold(t, writer, calls, ends...)
	RequireTruth(t, f.store, truth)
	left, _ := split(calls, midnight(3))
	RequireAgreement(t, f.store, len(truth), len(left))
}

func deliverUntil(ctx context.Context, s ledger.Store, calls []analysis.Call, ends []analysis.Closed) error {
	for {
		for part := range slices.Chunk(calls, 15) {
			_, err := s.Fold(context.WithoutCancel(ctx), &ledger.Batch{Calls: part, Closed: ends})
			if err != nil && ledger.ClassOf(err) == ledger.Permanent {
				return err
			}
		}
		for i := range ends {
			_, err := s.Fold(context.WithoutCancel(ctx), &ledger.Batch{Closed: ends[i : i+1]})
			if err != nil && ledger.ClassOf(err) == ledger.Permanent {
				return err
			}
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// keepTrying repeats what others' transactions may refuse for a while, as
// maintenance does.
func keepTrying(t *testing.T, do func() error) {
	t.Helper()
	for {
		err := do()
		if err == nil {
			return
		}
		require.NotEqual(t, ledger.Permanent, ledger.ClassOf(err), "%v", err)
		require.NoError(t, t.Context().Err())
	}
}
