// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

func spanOf(n byte) analysis.SpanKey {
	return analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{n}}
}

// callIn returns call n, nested in the span of number parent; 0 is none.
func callIn(n, parent byte) *analysis.Call {
	return &analysis.Call{Key: spanOf(n), Parent: spanOf(parent).Span, Start: time.Unix(int64(n), 0)}
}

func TestNest(t *testing.T) {
	t.Parallel()
	root, middle, last, other, leaf := callIn(3, 0), callIn(2, 3), callIn(1, 2), callIn(5, 9), callIn(4, 3)
	leaf.Leaf = true
	underLeaf, sibling := callIn(6, 4), callIn(7, 9)
	got := ledger.Nest([]*analysis.Call{root, middle, last, other, leaf, underLeaf, sibling})
	require.Equal(t, map[analysis.SpanKey]struct{}{root.Key: {}, middle.Key: {}}, got.Outer)
	require.Equal(t, []ledger.Claim{
		{Key: last.Key, Call: last, Start: last.Start},
		{Key: other.Key, Call: other, Start: other.Start},
		{Key: underLeaf.Key, Call: underLeaf, Start: underLeaf.Start},
		{Key: sibling.Key, Call: sibling, Start: sibling.Start},
		{Key: spanOf(9), Start: sibling.Start},
	}, got.Claims, "nothing of leaves, and of what is rolled up for good")
}

func TestNest_LeavesTellNothing(t *testing.T) {
	t.Parallel()
	calls := []*analysis.Call{callIn(1, 0), callIn(2, 1)}
	for _, c := range calls {
		c.Leaf = true
	}
	require.Zero(t, ledger.Nest(calls))
	require.Zero(t, ledger.Nest(nil))
}

// TestRollUp adds the change to what was there, and wants what would be there
// had the calls been rolled up at once.
func TestRollUp(t *testing.T) {
	t.Parallel()
	calls := ledgertest.Calls(9, 120, ledgertest.Shape{Analyses: 3})
	removed, nested, counted := calls[:40], calls[40:80], calls[80:]
	before := analysis.FoldGroups(calls[:60])
	change := ledger.RollUp(analysis.FoldGroups(counted), analysis.FoldGroups(nested), analysis.FoldGroups(removed))
	want := make(map[analysis.GroupKey]*analysis.Totals)
	for _, g := range analysis.FoldGroups(append(slices.Clip(counted), calls[40:60]...)) {
		want[g.Key] = &g.Totals
	}
	for i := range calls {
		key := calls[i].GroupKey()
		if want[key] == nil {
			want[key] = &analysis.Totals{}
		}
		want[key].Merge(&analysis.Totals{Start: calls[i].Start, End: calls[i].End})
	}
	got := make(map[analysis.GroupKey]*analysis.Totals)
	for i := range before {
		got[before[i].Key] = &before[i].Totals
	}
	for i := range change {
		if i > 0 {
			require.Negative(t, change[i-1].Key.Compare(change[i].Key), "in order of key")
		}
		if got[change[i].Key] == nil {
			got[change[i].Key] = &analysis.Totals{}
		}
		got[change[i].Key].Merge(&change[i].Totals)
	}
	require.Equal(t, want, got)
}
