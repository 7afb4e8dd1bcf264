// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func nestingCases() []testCase {
	return []testCase{
		{"Nesting/AnyOrderOfAPair", nestedPair},
		{"Nesting/AnyOrderOfAChain", nestedChain},
		{"Nesting/SparseAndDense", nestedSparseAndDense},
		{"Nesting/LeavesTakeNoPart", nestedLeaves},
		{"Nesting/OnlyTheDirectParentOfTheSameTrace", nestedElsewhere},
		{"Nesting/ACallOfItsOwnParent", nestedInItself},
		{"Nesting/ManyCallsOfOneParent", nestedSiblings},
		{"Nesting/OfAnotherAnalysis", nestedElsewhereCounted},
		{"Nesting/CopiesChangeNothing", nestedCopies},
		{"Nesting/AsideTakesNoPart", nestedAside},
		{"Nesting/CompletenessOfWhatCounts", nestedCompleteness},
		{"Nesting/PruneKeepsSums", nestedPrune},
		{"Nesting/AnyPartitionShuffleAndRepetition", nestedAnyPartition},
		{"Nesting/FourStoresWithInterruptions", nestedConcurrently},
	}
}

// chain returns calls of one trace, each the parent of the next, of the same
// analysis.
func chain(seed uint64, n int) []analysis.Call {
	calls := Calls(seed, n, Shape{Analyses: 1})
	for i := range calls {
		calls[i].Key, calls[i].Parent = treeKey(seed, i), analysis.SpanID{}
		if i > 0 {
			calls[i].Parent = calls[i-1].Key.Span
		}
	}
	return calls
}

func nestedPair(f *fixture) {
	t, s := f.t, f.store()
	var all []analysis.Call
	for i, split := range []struct {
		order    []int
		batches  int
		outcomes []ledger.Outcome
	}{
		{[]int{0, 1}, 1, []ledger.Outcome{{Folded: 1, Nested: 1}}},
		{[]int{1, 0}, 1, []ledger.Outcome{{Folded: 1, Nested: 1}}},
		{[]int{0, 1}, 2, []ledger.Outcome{{Folded: 1}, {Folded: 1, Unfolded: 1}}},
		{[]int{1, 0}, 2, []ledger.Outcome{{Folded: 1}, {Nested: 1}}},
	} {
		calls := chain(uint64(110+i), 2)
		all = append(all, calls...)
		sent := []analysis.Call{calls[split.order[0]], calls[split.order[1]]}
		for n, batch := range chunks(sent, 2/split.batches) {
			require.Equal(t, split.outcomes[n], mustFold(t, s, batch))
		}
		require.Equal(t, ledger.Outcome{Duplicate: 2}, mustFold(t, s, sent))
		RequireTruth(t, s, Truth(t, all))
	}
	listed, err := s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: all[0].AnalysisID})
	require.NoError(t, err)
	require.Len(t, listed, 4, "what is rolled up is not shown")
}

// nestedChain delivers three calls in all six orders, one by one and two at
// once.
func nestedChain(f *fixture) {
	t, s := f.t, f.store()
	var all []analysis.Call
	for i, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		for size := 1; size <= 2; size++ {
			calls := chain(uint64(120+2*i+size), 3)
			sent := []analysis.Call{calls[order[0]], calls[order[1]], calls[order[2]]}
			for _, batch := range chunks(sent, size) {
				all = append(all, batch...)
				mustFold(t, s, batch)
				RequireTruth(t, s, Truth(t, all))
			}
		}
	}
	require.Len(t, outers(all), 2*12)
}

// nestedSparseAndDense rolls up calls that a store may have added up at once
// as well as calls that it may add up later.
func nestedSparseAndDense(f *fixture) {
	t, s := f.t, f.store()
	var outer, inner []analysis.Call
	for i := range uint64(80) {
		pair := chain(150+i, 2)
		if i < 5 {
			pair[0].AnalysisID, pair[1].AnalysisID = "sparse", "sparse"
		}
		outer, inner = append(outer, pair[0]), append(inner, pair[1])
	}
	require.Equal(t, ledger.Outcome{Folded: 80}, mustFold(t, s, outer))
	RequireTruth(t, s, Truth(t, outer))
	require.Equal(t, ledger.Outcome{Folded: 30, Unfolded: 30}, mustFold(t, s, inner[:30]))
	RequireTruth(t, s, Truth(t, slices.Concat(outer, inner[:30])))
	require.Equal(t, ledger.Outcome{Folded: 50, Unfolded: 50, Duplicate: 30}, mustFold(t, s, inner))
	RequireTruth(t, s, Truth(t, slices.Concat(outer, inner)))
}

func nestedLeaves(f *fixture) {
	t, s := f.t, f.store()
	var all []analysis.Call
	for i, leaf := range [][2]bool{{true, true}, {true, false}, {false, true}} {
		for j, size := range []int{1, 2} {
			pair := chain(uint64(300+2*i+j), 2)
			pair[0].Leaf, pair[1].Leaf = leaf[0], leaf[1]
			all = append(all, pair...)
			for _, batch := range chunks(pair, size) {
				require.Equal(t, ledger.Outcome{Folded: size}, mustFold(t, s, batch))
			}
		}
	}
	RequireTruth(t, s, Truth(t, all))
	require.Empty(t, outers(all))
}

func nestedElsewhere(f *fixture) {
	t, s := f.t, f.store()
	calls := chain(310, 4)
	calls[1].Key.Trace[15] = 9 // the parent's span id is in another trace
	calls[2].Parent = analysis.SpanID{7, 7}
	calls[3].Parent = calls[0].Key.Span
	calls[3].Key.Trace[15] = 9
	for i := range calls {
		require.Equal(t, ledger.Outcome{Folded: 1}, mustFold(t, s, calls[i:i+1]))
	}
	RequireTruth(t, s, Truth(t, calls))
	require.Empty(t, outers(calls))
}

// nestedInItself has a span that names itself its parent, and two that name
// each other: nobody can tell which of them is the call.
func nestedInItself(f *fixture) {
	t, s := f.t, f.store()
	calls := chain(320, 3)
	calls[0].Parent, calls[1].Parent = calls[0].Key.Span, calls[2].Key.Span
	require.Equal(t, ledger.Outcome{Folded: 2}, mustFold(t, s, calls[:2]))
	require.Equal(t, ledger.Outcome{Nested: 1, Unfolded: 1}, mustFold(t, s, calls[2:]))
	RequireTruth(t, s, Truth(t, calls))
}

func nestedSiblings(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(330, 90, Shape{Analyses: 3})
	for i := range calls {
		calls[i].Key.Trace = calls[0].Key.Trace
		calls[i].Key.Span = spanKey(uint64(i + 1)).Span
		calls[i].Parent = calls[30].Key.Span
	}
	calls[30].Parent = analysis.SpanID{}
	for n, batch := range chunks(calls, 25) {
		want := ledger.Outcome{Folded: len(batch)}
		if n == 1 {
			want = ledger.Outcome{Folded: len(batch) - 1, Nested: 1}
		}
		require.Equal(t, want, mustFold(t, s, batch))
	}
	RequireTruth(t, s, Truth(t, calls))
}

// nestedElsewhereCounted leaves an analysis of which no call counts.
func nestedElsewhereCounted(f *fixture) {
	t, s := f.t, f.store()
	calls := chain(340, 2)
	calls[0].AnalysisID = "gateway"
	mustFold(t, s, calls[:1])
	RequireTruth(t, s, Truth(t, calls[:1]))
	mustFold(t, s, calls[1:])
	truth := Truth(t, calls)
	RequireTruth(t, s, truth)
	require.Len(t, truth, 2)
	require.Zero(t, truth["gateway"].Calls)
	require.Empty(t, truth["gateway"].Breakdowns)
	require.Equal(t, calls[0].End, truth["gateway"].End)
}

// nestedCopies brings copies that name another parent: the first copy stands.
func nestedCopies(f *fixture) {
	t, s := f.t, f.store()
	calls := slices.Concat(chain(350, 3), chain(351, 3))
	mustFold(t, s, calls)
	other := slices.Clone(calls)
	for i := range other {
		other[i].Parent = calls[2+3*(i/3)].Key.Span
	}
	for range 2 {
		outcome := mustFold(t, s, other)
		require.Equal(t, len(calls), outcome.Duplicate)
		require.Zero(t, outcome.Unfolded)
		require.Equal(t, ledger.Outcome{Duplicate: len(calls)}, mustFold(t, s, calls))
	}
	RequireTruth(t, s, Truth(t, calls))
}

func nestedAside(f *fixture) {
	t, s := f.t, f.store()
	ahead := time.Now().UTC().Truncate(time.Hour).Add(ledger.FutureSlack + time.Hour)
	outerAhead, innerAhead, late := chain(360, 2), chain(361, 2), chain(362, 2)
	outerAhead[0].Start, outerAhead[0].End = ahead, ahead
	innerAhead[1].Start, innerAhead[1].End = ahead, ahead
	horizon := time.Now().UTC().Truncate(time.Hour).Add(-60 * time.Hour)
	late[1].Start = horizon.Add(-time.Hour)
	_, err := s.Prune(t.Context(), horizon)
	require.NoError(t, err)
	require.Equal(t, ledger.Outcome{Folded: 3, Future: 2, Late: 1},
		mustFold(t, s, slices.Concat(outerAhead, innerAhead, late)))
	RequireTruth(t, s, Truth(t, []analysis.Call{outerAhead[1], innerAhead[0], late[0]}))
}

func nestedCompleteness(f *fixture) {
	t, s := f.t, f.store()
	calls := chain(370, 2)
	id := calls[0].AnalysisID
	closed := end(1, id, 2)
	mustFold(t, s, calls[:1], closed)
	requireCompleteness(t, s, id, analysis.Missing, 1)
	mustFold(t, s, calls[1:])
	requireCompleteness(t, s, id, analysis.Missing, 1)
	RequireTruth(t, s, Truth(t, calls, closed))
}

func nestedPrune(f *fixture) {
	t, s := f.t, f.store()
	calls := Forest(380, 160, Shape{Analyses: 6})
	for _, batch := range chunks(calls, 50) {
		mustFold(t, s, batch)
	}
	horizon := median(calls)
	_, gone := split(calls, horizon)
	dropped, err := s.Prune(t.Context(), horizon)
	require.NoError(t, err)
	require.Equal(t, int64(len(gone)), dropped, "what is rolled up goes too")
	truth := pruned(Truth(t, calls), horizon)
	RequireTruth(t, s, truth)
	require.Equal(t, ledger.Outcome{Late: len(gone), Duplicate: len(calls) - len(gone)}, mustFold(t, s, calls))
	RequireTruth(t, s, truth)
}
