// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/spanledger/spanledger/internal/analysis"
)

// treeCalls is how many calls of a forest share a trace.
const treeCalls = 8

// Forest returns calls as Calls does, of which many are nested in others: in
// each trace, calls are children of calls, of spans that are none, and of
// nothing. Some calls are known to be leaves, and take no part in it.
func Forest(seed uint64, n int, shape Shape) []analysis.Call {
	calls := Calls(seed, n, shape)
	rng := rand.New(rand.NewPCG(seed, 6)) //nolint:gosec // tests want the same calls again
	for i := range calls {
		c, place := &calls[i], i%treeCalls
		c.Key = treeKey(seed, i)
		c.Leaf = rng.IntN(8) == 0
		switch {
		case rng.IntN(12) == 0:
			c.Parent = c.Key.Span
		case place > 0 && rng.IntN(4) > 0:
			c.Parent = calls[i-1-rng.IntN(place)].Key.Span
		}
	}
	return calls
}

// treeKey returns keys of which those of one trace follow one another. The
// same spans are in every trace.
func treeKey(seed uint64, i int) analysis.SpanKey {
	var k analysis.SpanKey
	binary.BigEndian.PutUint64(k.Trace[:8], seed<<32|uint64(i/treeCalls)) //nolint:gosec // small
	binary.BigEndian.PutUint64(k.Span[:], uint64(1+i%treeCalls))          //nolint:gosec // small
	return k
}

// outers returns the calls that are rolled up: those that are the parent of
// another call, where both are checked for it.
func outers(calls []analysis.Call) map[analysis.SpanKey]bool {
	first := make(map[analysis.SpanKey]*analysis.Call)
	for i := range calls {
		if first[calls[i].Key] == nil {
			first[calls[i].Key] = &calls[i]
		}
	}
	outer := make(map[analysis.SpanKey]bool)
	for key, inner := range first {
		parent := first[analysis.SpanKey{Trace: key.Trace, Span: inner.Parent}]
		if inner.Parent == (analysis.SpanID{}) || parent == nil || parent == inner || parent.Leaf || inner.Leaf {
			continue
		}
		outer[parent.Key] = true
	}
	return outer
}

// addBounds adds what calls that are rolled up still tell: who the analysis is
// for, its bounds, and those of the groups in which other calls count.
func addBounds(s *analysis.Summary, nested []analysis.Call) {
	counted := make(map[analysis.GroupKey]bool)
	at := make(map[analysis.CallType]*analysis.Breakdown)
	for i := range s.Breakdowns {
		b := &s.Breakdowns[i]
		at[b.CallType] = b
		for j := range b.Details {
			counted[b.Details[j].GroupKey()] = true
		}
	}
	for i := range nested {
		c := &nested[i]
		bounds := analysis.Totals{Start: c.Start, End: c.End}
		all := analysis.Totals{Start: s.Start, End: s.End}
		all.Merge(&bounds)
		s.Start, s.End = all.Start, all.End
		s.Attribution = s.Attribution.Merge(c.Attribution)
		if counted[c.GroupKey()] {
			s.Totals.Merge(&bounds)
			at[c.Type].Merge(&bounds)
		}
	}
	analysis.SortBreakdowns(s.Breakdowns)
}
