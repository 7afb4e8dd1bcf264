// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

// TestSortRows compares the order with that of compareRows, for ids that fit
// into a place and ids that do not.
func TestSortRows(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for _, ids := range [][]string{
		{"a"},
		{"", "a", "ab", "abc"},
		{"analysis_1", "analysis_10", "analysis_2"},
		{"same" + strings.Repeat("x", 8) + "1", "same" + strings.Repeat("x", 8) + "2", "same"},
		{"\u00EB", "e", "\U0001F469", "\x01"},
	} {
		calls := ledgertest.Calls(1, 300, ledgertest.Shape{Base: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		rows := make([]*row, len(calls))
		for i := range calls {
			calls[i].AnalysisID = ids[rng.IntN(len(ids))]
			if i%3 > 0 {
				calls[i].Start = calls[i].Start.Truncate(time.Hour)
			}
			rows[i] = &row{Call: &calls[i]}
		}
		want := slices.SortedFunc(slices.Values(rows), compareRows)
		sortRows(rows)
		require.Equal(t, want, rows, ids)
	}
	sortRows(nil)
	one := []*row{{Call: &analysis.Call{}}}
	sortRows(one)
	require.Len(t, one, 1)
}
