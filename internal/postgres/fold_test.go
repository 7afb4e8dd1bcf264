// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestPosting_Ways has each way of writing rows meet 40 calls that are there,
// three of them with other content, and 60 that are not.
func TestPosting_Ways(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]func(p *posting) func(context.Context, *pgconn.PgConn) error{
		"CopyUnknown": func(p *posting) func(context.Context, *pgconn.PgConn) error { return p.copyUnknown },
		"Insert":      func(p *posting) func(context.Context, *pgconn.PgConn) error { return p.insert },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, pgtest.DSN(t))
			calls := ledgertest.Calls(1, 100, ledgertest.Shape{Analyses: 6, Hostile: true})
			foldAll(t, s, calls[:40])
			changed := slices.Clone(calls)
			changed[0].FinishReasons = []string{"other"}
			changed[1].Usage.Reasoning = analysis.Known(123_456)
			changed[2].ErrorType += "x"
			require.NoError(t, s.makePartitions(t.Context(), nil))

			d := newDelivery(&ledger.Batch{Calls: changed}, time.Now())
			state := s.partitions.current()
			p := &posting{delivery: d, sql: &s.sql, registered: &s.registered, state: state, rows: d.rows}
			markFolded(p.rows, state.sealed)
			require.NoError(t, s.ensurePartitions(t.Context(), p.rows))
			require.NoError(t, s.inTx(t.Context(), func(tx pgx.Tx) error {
				return p.post(t.Context(), tx.Conn().PgConn(), way(p))
			}))
			require.Equal(t, ledger.Outcome{Folded: 60, Duplicate: 40, Conflicting: 3}, p.outcome())
			ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
		})
	}
}

// TestStore_Fold_NoDeadlock has two writers meet in c and d, calls of two days,
// while a third one holds up b. A COPY writes partition by partition, in the
// order in which they come up: by key alone, the first writer would come to the
// second day first, for the sake of a.
func TestStore_Fold_NoDeadlock(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	application := pgtest.Schema(t, dsn)
	s := open(t, dsn+"&application_name="+application)
	firstDay := time.Now().UTC().Truncate(oneDay).Add(-2 * oneDay)
	at := map[string]time.Time{"a": firstDay.Add(oneDay), "b": firstDay, "c": firstDay, "d": firstDay.Add(oneDay)}
	calls := func(ids ...string) *delivery {
		var calls []analysis.Call
		for _, id := range ids {
			key := analysis.SpanKey{Trace: analysis.TraceID{id[0]}, Span: analysis.SpanID{1}}
			calls = append(calls, analysis.Call{Key: key, AnalysisID: id, Start: at[id], End: at[id]})
		}
		return newDelivery(&ledger.Batch{Calls: calls}, time.Now())
	}
	require.NoError(t, s.ensurePartitions(t.Context(), calls("a", "b").rows))
	done := make(chan error, 2)
	fold := func(ids ...string) {
		_, err := s.foldDelivery(t.Context(), calls(ids...))
		done <- err
	}
	settled := func(n int) {
		t.Helper()
		require.Eventually(t, func() bool {
			return len(done)+queryInt(t, s, `
SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'transactionid'`, application) == n
		}, 10*time.Second, 5*time.Millisecond)
	}
	rollback := errors.New("roll back")
	require.ErrorIs(t, s.inTx(t.Context(), func(tx pgx.Tx) error {
		third := &posting{sql: &s.sql, rows: calls("b").rows}
		require.NoError(t, third.copyAll(t.Context(), tx.Conn().PgConn()))
		go fold("a", "b", "c", "d")
		settled(1)
		go fold("c", "d")
		settled(2)
		return rollback
	}), rollback)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	require.Equal(t, 4, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_call"))
}

func TestStore_Fold_StateMovesInBetween(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	calls := ledgertest.Calls(1, 20, ledgertest.Shape{Analyses: 2})
	foldAll(t, s, calls[:1])
	d := newDelivery(&ledger.Batch{Calls: calls}, time.Now())
	state := s.partitions.current()
	p := &posting{delivery: d, sql: &s.sql, registered: &s.registered, state: state, rows: d.rows}
	require.NoError(t, s.ensurePartitions(t.Context(), p.rows))
	_, err := s.Prune(t.Context(), state.horizon.Add(time.Hour))
	require.NoError(t, err)
	require.ErrorIs(t, s.post(t.Context(), p), errStateMoved)
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls[:1]))
	require.Equal(t, ledger.Outcome{Folded: 19, Duplicate: 1}, foldAll(t, s, calls))
}

func TestMarkFolded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var rows []*row
	for id, n := range map[string]int{"sparse": denseCalls - 1, "dense": denseCalls} {
		for range n {
			rows = append(rows, &row{Call: &analysis.Call{AnalysisID: id, Start: now}})
		}
	}
	rows = append(rows, &row{Call: &analysis.Call{AnalysisID: "x", Start: now.Add(-time.Hour)}})
	slices.SortFunc(rows, compareRows)
	markFolded(rows, now.Add(-time.Minute))
	for _, r := range rows {
		require.Equal(t, r.AnalysisID != "sparse", r.folded, r.AnalysisID)
	}
}
