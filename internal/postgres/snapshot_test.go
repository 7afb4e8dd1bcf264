// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestStore_Summary_WhilePruned stops a reader between its snapshot and its
// plan, and has the calls that it is about to add up sealed and dropped.
func TestStore_Summary_WhilePruned(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	shape := ledgertest.Shape{Analyses: 1, Base: time.Now().UTC().Add(-5 * oneDay), Span: oneDay}
	calls := ledgertest.Calls(1, denseCalls-1, shape)
	foldAll(t, s, calls)
	want := ledgertest.Truth(t, calls)[calls[0].AnalysisID].Totals

	var got analysis.Summary
	done := make(chan error, 1)
	require.NoError(t, s.inTx(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), s.sql.qualify("LOCK TABLE {schema}.ledger_analysis"))
		require.NoError(t, err)
		go func() {
			var err error
			got, err = s.Summary(t.Context(), calls[0].AnalysisID, 0)
			done <- err
		}()
		awaitWaiter(t, s, "ledger_analysis")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = s.Prune(ctx, time.Now().Add(-2*oneDay)) // does not succeed
		return nil
	}))
	require.NoError(t, <-done)
	require.Equal(t, want, got.Totals)
	_, err := s.Prune(t.Context(), time.Now().Add(-2*oneDay))
	require.NoError(t, err)
	requireSums(t, s, ledgertest.Truth(t, calls))
}

// awaitWaiter waits until a query waits for a lock of the table.
func awaitWaiter(t *testing.T, s *Store, table string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return queryInt(t, s, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass",
			s.sql.qualify("{schema}."+table)) > 0
	}, 10*time.Second, 5*time.Millisecond)
}
