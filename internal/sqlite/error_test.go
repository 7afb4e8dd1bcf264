// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

func TestStore_ErrorClasses(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	calls := ledgertest.Calls(1, 2, ledgertest.Shape{Analyses: 1})

	for name, c := range map[string]struct {
		before, after string
		class         ledger.Class
	}{
		"Full":     {`PRAGMA max_page_count = 1`, `PRAGMA max_page_count = 1000000`, ledger.Throttled},
		"ReadOnly": {`PRAGMA query_only = 1`, `PRAGMA query_only = 0`, ledger.Retryable},
		"Constraint": {
			`CREATE TRIGGER no BEFORE INSERT ON ledger_call BEGIN SELECT raise(ABORT, 'no'); END`,
			`DROP TRIGGER no`, ledger.Permanent,
		},
	} {
		_, err := s.write.ExecContext(t.Context(), c.before)
		require.NoError(t, err, name)
		filler := ledgertest.Calls(2, 500, ledgertest.Shape{})
		_, err = s.Fold(t.Context(), &ledger.Batch{Calls: append(filler, calls...)})
		require.Error(t, err, name)
		require.Equal(t, c.class, ledger.ClassOf(err), "%s: %v", name, err)
		_, err = s.write.ExecContext(t.Context(), c.after)
		require.NoError(t, err, name)
	}
	_, err := s.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.NoError(t, err)
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
}

func TestStore_LockedByAnotherIsRetryable(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	_, err := s.write.ExecContext(t.Context(), `PRAGMA busy_timeout = 20`)
	require.NoError(t, err)
	other, err := pool(s.config.Path, mayWrite, 1)
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	tx, err := other.BeginTx(t.Context(), nil)
	require.NoError(t, err)

	calls := ledgertest.Calls(1, 5, ledgertest.Shape{})
	_, err = s.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.True(t, isBusy(err), "%v", err)
	require.Equal(t, ledger.Retryable, ledger.ClassOf(err))
	_, err = s.List(t.Context(), ledger.ListQuery{})
	require.NoError(t, err, "readers go on")

	require.NoError(t, tx.Rollback())
	_, err = s.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.NoError(t, err)
}

// A sum that an integer cannot hold is refused, not rounded.
func TestStore_SumsNeverRound(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	calls := ledgertest.Calls(1, 2, ledgertest.Shape{Analyses: 1})
	for i := range calls {
		calls[i].Type, calls[i].ResponseModel, calls[i].RequestModel, calls[i].Provider = "t", "m", "m", "p"
		calls[i].Usage = analysis.Usage{Status: analysis.StatusReported, Input: analysis.Known(1)}
		calls[i].Cost = analysis.Cost{Amount: analysis.PicoDollars(math.MaxInt64 - 1), Priced: true}
	}
	_, err := s.Fold(t.Context(), &ledger.Batch{Calls: calls[:1]})
	require.NoError(t, err)
	_, err = s.Fold(t.Context(), &ledger.Batch{Calls: calls[1:]})
	require.Equal(t, ledger.Permanent, ledger.ClassOf(err), "%v", err)
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls[:1]))
}
