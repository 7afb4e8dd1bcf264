// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore_Conformance(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T) func() ledger.Store {
		t.Helper()
		dsn := pgtest.DSN(t)
		return func() ledger.Store {
			s, err := Open(t.Context(), Config{DSN: dsn, CreateSchema: true})
			require.NoError(t, err)
			return s
		}
	})
}

// open opens the ledger at the DSN until the end of the test.
func open(tb testing.TB, dsn string) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), Config{DSN: dsn, CreateSchema: true})
	require.NoError(tb, err)
	tb.Cleanup(s.Close)
	return s
}

// foldAll returns what became of the calls, however often it took to begin.
func foldAll(tb testing.TB, s *Store, calls []analysis.Call, closed ...analysis.Closed) ledger.Outcome {
	tb.Helper()
	outcome, err := s.Fold(tb.Context(), &ledger.Batch{Calls: calls, Closed: closed})
	require.NoError(tb, err)
	outcome.Retries = 0
	return outcome
}

// foldUntilTaken folds as a queue with retries does.
func foldUntilTaken(ctx context.Context, s *Store, calls []analysis.Call) (ledger.Outcome, error) {
	for {
		outcome, err := s.Fold(ctx, &ledger.Batch{Calls: calls})
		if err == nil || ledger.ClassOf(err) == ledger.Permanent || ctx.Err() != nil {
			return outcome, err
		}
	}
}

func queryInt(tb testing.TB, s *Store, sql string, args ...any) int {
	tb.Helper()
	var n int
	require.NoError(tb, s.pool.QueryRow(tb.Context(), s.sql.qualify(sql), args...).Scan(&n))
	return n
}
