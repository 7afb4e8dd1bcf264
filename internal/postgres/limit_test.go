// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestStore_SumsBeyondAnAmount: calls whose costs are more than an Amount
// holds fail neither a batch, nor the upkeep, nor a list that they are in.
func TestStore_SumsBeyondAnAmount(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	shape := ledgertest.Shape{Analyses: 1, Base: time.Now().UTC().Add(-5 * oneDay), Span: oneDay}
	calls := ledgertest.Calls(1, 8, shape)
	for i := range calls {
		calls[i].Usage.Status = analysis.StatusReported
		calls[i].Cost = analysis.Cost{Amount: analysis.PicoDollars(6e18), Priced: true, PriceListVersion: "v1"}
	}
	foldAll(t, s, calls)
	requireAll := func() {
		t.Helper()
		listed, err := s.List(t.Context(), ledger.ListQuery{})
		require.NoError(t, err)
		require.Equal(t, analysis.PicoDollars(math.MaxInt64), listed[0].Cost)
		require.Equal(t, int64(8), listed[0].Calls)
		require.Equal(t, 48_000_000, queryInt(t, s, "SELECT cost_usd FROM {schema}.analysis_summary"))
	}
	requireAll()
	_, err := s.Prune(t.Context(), time.Now())
	require.NoError(t, err)
	requireAll()
	require.Equal(t, ledger.Outcome{Late: 8}, foldAll(t, s, calls))

	dense := ledgertest.Calls(2, denseCalls, ledgertest.Shape{Analyses: 1, Base: time.Now().UTC(), Span: time.Hour})
	for i := range dense {
		dense[i].Cost = calls[0].Cost
	}
	require.Equal(t, ledger.Outcome{Folded: denseCalls}, foldAll(t, s, dense))
	summary, err := s.Summary(t.Context(), dense[0].AnalysisID, 0)
	require.NoError(t, err)
	require.Equal(t, analysis.PicoDollars(math.MaxInt64), summary.Cost)
}
