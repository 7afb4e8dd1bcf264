// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestStore_Fold_TellsRetries: how often a fold met others is told, also where
// it gives up.
func TestStore_Fold_TellsRetries(t *testing.T) {
	t.Parallel()
	owner := open(t, pgtest.DSN(t))
	s := open(t, owner.config.DSN+"&lock_timeout=20ms")
	call := oneCall(time.Now())
	outcome, err := s.Fold(t.Context(), &ledger.Batch{Calls: call})
	require.NoError(t, err)
	require.Equal(t, ledger.Outcome{Folded: 1}, outcome)

	rollback := errors.New("roll back")
	require.ErrorIs(t, owner.inTx(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), owner.sql.qualify("LOCK TABLE {schema}.ledger_call"))
		require.NoError(t, err)
		outcome, err := s.Fold(t.Context(), &ledger.Batch{Calls: call})
		require.ErrorContains(t, err, "a lock was not to be had in time")
		require.Equal(t, ledger.Retryable, ledger.ClassOf(err))
		require.Equal(t, ledger.Outcome{Retries: maxTries - 1}, outcome)
		return rollback
	}), rollback)

	_, err = owner.Prune(t.Context(), time.Now().Add(-30*oneDay))
	require.NoError(t, err)
	outcome, err = s.Fold(t.Context(), &ledger.Batch{Calls: call})
	require.NoError(t, err)
	require.Equal(t, ledger.Outcome{Duplicate: 1, Retries: 1}, outcome, "the horizon moved meanwhile")
}
