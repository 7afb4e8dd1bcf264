// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestStore_Prune(t *testing.T) {
	t.Parallel()
	ledgertest.RunPrune(t, func(t *testing.T) func() ledger.Keeper {
		t.Helper()
		dsn := pgtest.DSN(t)
		return func() ledger.Keeper {
			s, err := Open(t.Context(), Config{DSN: dsn, CreateSchema: true})
			require.NoError(t, err)
			return s
		}
	})
}

// TestStore_Maintain_SummaryRetention keeps sums for longer than calls, and not
// for ever.
func TestStore_Maintain_SummaryRetention(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	now := time.Now().UTC()
	var calls []analysis.Call
	for n, age := range []time.Duration{20 * oneDay, 10 * oneDay, oneDay} {
		call := oneCall(now.Add(-age))
		call[0].Key.Span[0], call[0].AnalysisID = byte(n), age.String()
		calls = append(calls, call...)
	}
	foldAll(t, s, calls)
	s.config.Retention, s.config.SummaryRetention = 5*oneDay, 15*oneDay
	require.NoError(t, s.Maintain(t.Context()))
	requireSums(t, s, ledgertest.Truth(t, calls[1:]))
	require.Equal(t, 1, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_call"))
	require.Equal(t, ledger.Outcome{Late: 2, Duplicate: 1}, foldAll(t, s, calls))
	requireSums(t, s, ledgertest.Truth(t, calls[1:]))
}

// TestStore_Maintain_NothingNew: both clocks may be those of one machine. Where
// no call came in, none is dropped.
func TestStore_Maintain_NothingNew(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	s.config.Retention = 7 * oneDay
	horizon := s.partitions.current().horizon
	require.NoError(t, s.Maintain(t.Context()))
	require.Equal(t, horizon, s.partitions.current().horizon, "an empty ledger does not age")

	old := time.Now().UTC().Add(-60 * oneDay)
	calls := append(oneCall(old), oneCall(old.Add(-6*oneDay))...)
	calls = append(calls, oneCall(old.Add(-9*oneDay))...)
	for i := range calls {
		calls[i].Key.Span[0] = byte(i)
	}
	foldAll(t, s, calls)
	require.NoError(t, s.Maintain(t.Context()))
	require.Equal(t, ledger.Outcome{Duplicate: 2, Late: 1}, foldAll(t, s, calls))
}

// TestStore_Forget_WaitsForWriters has an analysis dropped while a transaction
// that brings something new of it is under way.
func TestStore_Forget_WaitsForWriters(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	more := oneCall(now)
	more[0].Key.Span[0]++
	for name, batch := range map[string]*ledger.Batch{
		"Call": {Calls: more},
		"End":  {Closed: []analysis.Closed{{AnalysisID: "a", Start: now, End: now, Calls: 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := pgtest.DSN(t)
			application := pgtest.Schema(t, dsn)
			s := open(t, dsn+"&application_name="+application)
			old, before := oneCall(now.Add(-20*oneDay)), now.Add(-10*oneDay)
			foldAll(t, s, old)
			_, err := s.Prune(t.Context(), before)
			require.NoError(t, err)
			d := newDelivery(batch, now)
			p := &posting{
				delivery:   d,
				sql:        &s.sql,
				registered: &s.registered,
				state:      s.partitions.current(),
				rows:       d.rows,
				ends:       d.ends,
			}
			gone, done := int64(0), make(chan error, 1)
			forget := func() {
				done <- s.inTx(t.Context(), func(tx pgx.Tx) (err error) {
					gone, err = s.forget(t.Context(), tx, before, []string{"a"})
					return err
				})
			}
			require.NoError(t, s.inTx(t.Context(), func(tx pgx.Tx) error {
				require.NoError(t, p.post(t.Context(), tx.Conn().PgConn(), p.copyAll))
				go forget()
				require.Eventually(t, func() bool {
					return len(done)+queryInt(t, s, `
SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`, application) == 1
				}, 10*time.Second, 5*time.Millisecond)
				return nil
			}))
			require.NoError(t, <-done)
			require.Zero(t, gone)
			requireSums(t, s, ledgertest.Truth(t, append(old, batch.Calls...), batch.Closed...))
		})
	}
}
