// SPDX-License-Identifier: Apache-2.0

package analysis_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

// TestFoldGroups_AnyIDs compares with sums by a map, over ids that begin
// alike, end early, and are the beginnings of others.
func TestFoldGroups_AnyIDs(t *testing.T) {
	t.Parallel()
	ids := []string{
		"a",
		"analysis_",
		"analysis_1",
		"analysis_12",
		"analysis_123456789",
		"analysis_123456780",
		"b\xff",
		"ü",
	}
	for _, some := range [][]string{ids, ids[1:6], ids[2:3], {"", "a"}} {
		r := rand.New(rand.NewPCG(1, uint64(len(some))))
		calls := make([]analysis.Call, 500)
		want := map[analysis.GroupKey]*analysis.Totals{}
		for i := range calls {
			c := call(i, analysis.CallType(fmt.Sprint("step_", r.IntN(3))))
			c.AnalysisID = some[r.IntN(len(some))]
			c.Provider = []string{"openai", "anthropic"}[r.IntN(2)]
			c.ResponseModel = []string{"", "m"}[r.IntN(2)]
			key := c.GroupKey()
			if want[key] == nil {
				want[key] = &analysis.Totals{}
			}
			want[key].Add(&c)
			calls[i] = c
		}
		groups := analysis.FoldGroups(calls)
		require.Len(t, groups, len(want))
		for i := range groups {
			require.Equal(t, *want[groups[i].Key], groups[i].Totals)
		}
		require.True(t, slices.IsSortedFunc(groups, func(a, b analysis.Group) int { return a.Key.Compare(b.Key) }))
	}
}

func TestFoldGroups_None(t *testing.T) {
	t.Parallel()
	require.Empty(t, analysis.FoldGroups(nil))
}

// BenchmarkFoldGroups folds small analyses, each call a group of its own, and
// one large analysis.
func BenchmarkFoldGroups(b *testing.B) {
	for name, perAnalysis := range map[string]int{"small": 6, "large": 2048} {
		b.Run(name, func(b *testing.B) {
			calls := make([]analysis.Call, 2048)
			for i := range calls {
				calls[i] = call(i, analysis.CallType(fmt.Sprint("step_", i%6)))
				calls[i].AnalysisID = fmt.Sprintf("analysis_%012d", i/perAnalysis)
			}
			rand.New(rand.NewPCG(1, 1)).Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
			b.ReportAllocs()
			for b.Loop() {
				analysis.FoldGroups(calls)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(calls)), "ns/call")
		})
	}
}
