// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestStore_Seal(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	shape := ledgertest.Shape{Base: now.Add(-10 * oneDay), Span: 9 * oneDay}
	unfolded := func(t *testing.T, s *Store) int {
		t.Helper()
		return queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_unfolded")
	}
	t.Run("ChangesNoSum", func(t *testing.T) {
		t.Parallel()
		s := open(t, pgtest.DSN(t))
		calls := ledgertest.Calls(1, 120, shape)
		foldAll(t, s, calls)
		truth := ledgertest.Truth(t, calls)
		for _, age := range []time.Duration{8 * oneDay, 5 * oneDay, 5 * oneDay, 7 * oneDay, 0} {
			left := unfolded(t, s)
			require.NoError(t, s.seal(t.Context(), now.Add(-age)))
			require.LessOrEqual(t, unfolded(t, s), left)
			ledgertest.RequireTruth(t, s, truth)
		}
		require.Zero(t, unfolded(t, s))
	})
	t.Run("LaterCallsAndRepetitionsCountOnce", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		s, stale := open(t, dsn), open(t, dsn)
		calls := ledgertest.Calls(2, 120, shape)
		foldAll(t, stale, calls[:60])
		require.NoError(t, s.seal(t.Context(), now.Add(-3*oneDay)))
		require.Equal(t, ledger.Outcome{Folded: 60, Duplicate: 20}, foldAll(t, stale, calls[40:]))
		err := s.compact(t.Context())
		require.NoError(t, err)
		ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
		require.NoError(t, s.seal(t.Context(), now))
		ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
	})
	t.Run("HiddenPartitionsAreNotPlanned", func(t *testing.T) {
		t.Parallel()
		s := open(t, pgtest.DSN(t))
		calls := ledgertest.Calls(3, 120, shape)
		foldAll(t, s, calls)
		planned := func() string {
			t.Helper()
			require.NoError(t, s.Maintain(t.Context()))
			ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
			return explain(t, s, "SELECT * FROM {schema}.analysis_summary WHERE analysis_id = $1", calls[0].AnalysisID)
		}
		old := partitionPrefix + now.Add(-5*oneDay).Format(partitionDay)
		require.Contains(t, planned(), old, "a reader may hold an older snapshot")
		execAll(t, s, "UPDATE {schema}.ledger_state SET sealed_at = sealed_at - interval '2 hours'")
		plan := planned()
		require.NotContains(t, plan, old)
		tomorrow := now.Add(oneDay) // it may have begun by now
		require.Contains(t, plan, partitionPrefix+tomorrow.Format(partitionDay))
		require.NotContains(t, planned(), old)
	})
	t.Run("HiddenDaysLoseTheirIndex", func(t *testing.T) {
		t.Parallel()
		s := open(t, pgtest.DSN(t))
		calls := ledgertest.Calls(5, 120, shape)
		foldAll(t, s, calls)
		old, late := now.Add(-5*oneDay), now.Add(-20*oneDay)
		require.NoError(t, s.Maintain(t.Context()))
		require.True(t, hasIndex(t, s, old, "_unfolded"), "a reader may hold an older snapshot")
		execAll(t, s, "UPDATE {schema}.ledger_state SET sealed_at = sealed_at - interval '2 hours'")
		require.NoError(t, maintainWhileRead(t, s, old))
		require.False(t, hasIndex(t, s, old, "_unfolded"))
		require.True(t, hasIndex(t, s, now, "_unfolded"))
		require.True(t, hasIndex(t, s, now.Add(daysAhead*oneDay), "_unfolded"))

		calls = append(calls, oneCall(late)...)
		require.Equal(t, ledger.Outcome{Folded: 1}, foldAll(t, s, calls[120:]), "a day that was never there")
		require.NoError(t, s.Maintain(t.Context()))
		require.True(t, partitionExists(t, s, late))
		require.False(t, hasIndex(t, s, late, "_unfolded"))
		ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
	})
	t.Run("WhileOthersWrite", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		stores := openSeveral(t, dsn, 3)
		sealer := open(t, dsn)
		calls := ledgertest.Calls(4, 400, shape)
		done := make(chan error, 1)
		go func() {
			for age := 10 * oneDay; age >= 0; age -= 12 * time.Hour {
				err := sealer.seal(t.Context(), now.Add(-age))
				if err != nil && ledger.ClassOf(err) == ledger.Permanent {
					done <- fmt.Errorf("seal: %w", err)
					return
				}
			}
			done <- nil
		}()
		writeShuffled(t, stores, calls)
		require.NoError(t, <-done)
		ledgertest.RequireTruth(t, sealer, ledgertest.Truth(t, calls))
	})
}

func hasIndex(t *testing.T, s *Store, day time.Time, suffix string) bool {
	t.Helper()
	name := partitionPrefix + day.UTC().Format(partitionDay)
	return queryInt(t, s, "SELECT count(*) FROM pg_indexes WHERE schemaname = $1 AND tablename = $2 AND indexname = $3",
		s.schema, name, name+suffix) == 1
}

// maintainWhileRead runs Maintain beside a transaction that has read the day,
// and ends once Maintain has waited for it.
func maintainWhileRead(t *testing.T, s *Store, day time.Time) error {
	t.Helper()
	name := "{schema}." + partitionPrefix + day.Format(partitionDay)
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), s.sql.qualify("SELECT FROM "+name))
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- s.Maintain(t.Context()) }()
	require.Eventually(t, func() bool {
		return queryInt(t, s, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass",
			s.sql.qualify(name)) == 1
	}, time.Minute, time.Millisecond)
	require.NoError(t, tx.Rollback(t.Context()))
	return <-done
}
