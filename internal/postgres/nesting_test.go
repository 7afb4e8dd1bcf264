// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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

// nestedPairs returns n calls that started on the same day, and as many that
// are nested in them.
func nestedPairs(n int, day time.Time) (outer, inner []analysis.Call) {
	all := ledgertest.Calls(7, 2*n, ledgertest.Shape{Analyses: 1, Base: day, Span: oneDay})
	for i := range all {
		all[i].Key.Trace = analysis.TraceID{1, 2: byte(i >> 1)}
		all[i].Key.Span = analysis.SpanID{1, 2: byte(i & 1)}
		all[i].Parent = analysis.SpanID{}
		if i%2 == 1 {
			all[i].Parent = all[i-1].Key.Span
			inner = append(inner, all[i])
		} else {
			outer = append(outer, all[i])
		}
	}
	return outer, inner
}

// TestStore_Fold_Nesting has a call arrive within one that is in the ledger in
// each of the ways that there are, of the same day or days later.
func TestStore_Fold_Nesting(t *testing.T) {
	t.Parallel()
	seal := func(t *testing.T, s *Store) {
		t.Helper()
		require.NoError(t, s.seal(t.Context(), time.Now()))
	}
	for name, c := range map[string]struct {
		batch  int
		settle func(t *testing.T, s *Store)
	}{
		"Sparse": {1, func(*testing.T, *Store) {}},
		"Dense":  {80, func(*testing.T, *Store) {}},
		"Compacted": {1, func(t *testing.T, s *Store) {
			t.Helper()
			require.NoError(t, s.compact(t.Context()))
			require.Zero(t, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_unfolded"))
		}},
		"Sealed":      {1, seal},
		"DenseSealed": {80, seal},
		"Hidden": {1, func(t *testing.T, s *Store) {
			t.Helper()
			seal(t, s)
			execAll(t, s, "UPDATE {schema}.ledger_state SET sealed_at = sealed_at - interval '2 hours'")
			require.NoError(t, s.hideSealed(t.Context()))
		}},
	} {
		for _, daysLater := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s/%dDaysLater", name, daysLater), func(t *testing.T) {
				t.Parallel()
				s := open(t, pgtest.DSN(t))
				outer, inner := nestedPairs(80, time.Now().UTC().Truncate(oneDay).Add(-6*oneDay))
				for i := range inner {
					inner[i].Start = inner[i].Start.Add(time.Duration(daysLater) * oneDay)
					inner[i].End = inner[i].End.Add(time.Duration(daysLater) * oneDay)
				}
				for i := 0; i < len(outer); i += c.batch {
					foldAll(t, s, outer[i:i+c.batch])
				}
				c.settle(t, s)
				ledgertest.RequireTruth(t, s, ledgertest.Truth(t, outer))
				require.Equal(t, ledger.Outcome{Folded: 1, Unfolded: 1}, foldAll(t, s, inner[:1]))
				require.Equal(t, ledger.Outcome{Folded: 39, Unfolded: 39}, foldAll(t, s, inner[1:40]))
				require.Equal(t, ledger.Outcome{Folded: 40, Unfolded: 40, Duplicate: 40}, foldAll(t, s, inner))
				require.Equal(t, ledger.Outcome{Duplicate: 80}, foldAll(t, s, outer))
				truth := ledgertest.Truth(t, slices.Concat(outer, inner))
				ledgertest.RequireTruth(t, s, truth)

				require.NoError(t, s.compact(t.Context()))
				ledgertest.RequireTruth(t, s, truth)
				seal(t, s)
				ledgertest.RequireTruth(t, s, truth)
				_, err := s.Prune(t.Context(), time.Now().Add(-time.Hour))
				require.NoError(t, err)
				requireSums(t, s, truth)
			})
		}
	}
}

// TestPosting_NestingWays has each way of writing rows meet pairs of which it
// knows the outer call, the inner one, both or none.
func TestPosting_NestingWays(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]func(p *posting) func(context.Context, *pgconn.PgConn) error{
		"CopyUnknown": func(p *posting) func(context.Context, *pgconn.PgConn) error { return p.copyUnknown },
		"Insert":      func(p *posting) func(context.Context, *pgconn.PgConn) error { return p.insert },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, pgtest.DSN(t))
			outer, inner := nestedPairs(40, time.Now().UTC().Truncate(oneDay).Add(-3*oneDay))
			calls := slices.Concat(outer, inner)
			foldAll(t, s, outer[:20])
			foldAll(t, s, inner[10:30])
			d := newDelivery(&ledger.Batch{Calls: calls}, time.Now())
			for _, r := range d.rows {
				r.nested = true // as an earlier try may have left it
			}
			state := s.partitions.current()
			p := &posting{delivery: d, sql: &s.sql, registered: &s.registered, state: state, rows: d.rows}
			markFolded(p.rows, state.sealed)
			require.NoError(t, s.inTx(t.Context(), func(tx pgx.Tx) error {
				return p.post(t.Context(), tx.Conn().PgConn(), way(p))
			}))
			require.Equal(t, ledger.Outcome{Folded: 20, Nested: 20, Unfolded: 10, Duplicate: 40}, p.outcome())
			ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
		})
	}
}

// TestStore_Fold_NestingRace has two processes bring the two calls of a pair
// at the same moment, again and again.
func TestStore_Fold_NestingRace(t *testing.T) {
	t.Parallel()
	stores := openSeveral(t, pgtest.DSN(t), 2)
	outer, inner := nestedPairs(60, time.Now().UTC().Truncate(oneDay).Add(-oneDay))
	foldAll(t, stores[0], inner[:1]) // makes the partitions
	var nested, unfolded int
	for i := range outer {
		var wg sync.WaitGroup
		outcomes, errs := make([]ledger.Outcome, 2), make([]error, 2)
		for w, calls := range [][]analysis.Call{outer[i : i+1], inner[i : i+1]} {
			wg.Go(func() { outcomes[w], errs[w] = foldUntilTaken(t.Context(), stores[w], calls) })
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		nested += outcomes[0].Nested
		unfolded += outcomes[1].Unfolded
	}
	require.Equal(t, len(outer), nested+unfolded)
	ledgertest.RequireTruth(t, stores[0], ledgertest.Truth(t, slices.Concat(outer, inner)))
}

// TestStore_Fold_NestingChaos has four writers deliver forests of calls whose
// connections are killed, while others compact and seal.
func TestStore_Fold_NestingChaos(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	schema := pgtest.Schema(t, dsn)
	now := time.Now().UTC()
	shape := ledgertest.Shape{Analyses: 12, Base: now.Add(-5 * oneDay), Span: 4 * oneDay}
	calls := ledgertest.Forest(8, 1600, shape)
	stores := openSeveral(t, dsn+"&application_name="+schema, 4)
	other := open(t, dsn)
	before := deadlocks(t, other)

	ctx, stop := context.WithCancel(t.Context())
	done, kills := make(chan error, 1), make(chan int, 1)
	go func() { kills <- killBusy(ctx, other, schema, 20) }()
	go func() { done <- compactAndSeal(ctx, other, now) }()
	writeShuffled(t, stores, calls)
	stop()
	require.Positive(t, <-kills, "connections that were killed")
	require.NoError(t, <-done)
	ledgertest.RequireTruth(t, other, ledgertest.Truth(t, calls))
	require.Equal(t, before, deadlocks(t, other))
}

// compactAndSeal compacts, and seals half a day more each time.
func compactAndSeal(ctx context.Context, s *Store, now time.Time) error {
	for age := 6 * oneDay; ctx.Err() == nil; age -= oneDay / 2 {
		err := errors.Join(s.compact(ctx), s.seal(ctx, now.Add(-max(age, oneDay))))
		if err != nil && ctx.Err() == nil && ledger.ClassOf(err) == ledger.Permanent {
			return err
		}
	}
	return nil
}

// deadlocks returns how many the server has seen.
func deadlocks(t *testing.T, s *Store) int {
	t.Helper()
	return queryInt(t, s, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
}

func TestStore_Fold_LeavesClaimNothing(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	outer, inner := nestedPairs(10, time.Now().UTC().Truncate(oneDay).Add(-oneDay))
	calls := slices.Concat(outer, inner)
	for i := range calls {
		calls[i].Leaf = true
	}
	require.Equal(t, ledger.Outcome{Folded: 20}, foldAll(t, s, calls))
	require.Zero(t, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_nesting"))
}

func TestStore_Prune_ForgetsSpans(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	today := time.Now().UTC().Truncate(oneDay)
	outer, inner := nestedPairs(10, today.Add(-9*oneDay))
	foldAll(t, s, slices.Concat(outer, inner))
	young, _ := nestedPairs(10, today.Add(-2*oneDay))
	for i := range young {
		young[i].Key.Trace[0] = 9
	}
	foldAll(t, s, young)
	require.Equal(t, 20, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_nesting"))
	_, err := s.Prune(t.Context(), today.Add(-5*oneDay))
	require.NoError(t, err)
	require.Equal(t, 10, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_nesting"))
}

// TestStore_GrantsOnly_Nesting: a role that may only write rolls up calls of
// days whose partitions came after its grants.
func TestStore_GrantsOnly_Nesting(t *testing.T) {
	t.Parallel()
	owner := open(t, pgtest.DSN(t))
	writer := openAsWriter(t, owner, Config{})
	outer, inner := nestedPairs(40, time.Now().UTC().Truncate(oneDay).Add(-20*oneDay))
	require.Equal(t, ledger.Outcome{Folded: 40}, foldAll(t, writer, outer))
	require.Equal(t, ledger.Outcome{Folded: 40, Unfolded: 40}, foldAll(t, writer, inner))
	ledgertest.RequireTruth(t, writer, ledgertest.Truth(t, slices.Concat(outer, inner)))
}

// TestPlan_Nesting holds the statements of nesting to indexes and places.
func TestPlan_Nesting(t *testing.T) {
	t.Parallel()
	s := planned(t)
	day := time.Now().UTC().Truncate(oneDay).Add(-6 * oneDay)
	rows := pointers([]row{{Call: &analysis.Call{
		AnalysisID: "small_7", Start: day, Key: analysis.SpanKey{Trace: analysis.TraceID{1}},
	}}})
	require.NoError(t, s.inTx(t.Context(), func(tx pgx.Tx) error {
		conn := tx.Conn().PgConn()
		plan := planOf(t, conn, s.sql.lockOuters, keyTable.params(rows).withTimes(day, day.Add(oneDay)))
		require.Equal(t, 1, strings.Count(plan, "Index Scan using ledger_call_"), plan)
		require.NotContains(t, plan, "Seq Scan", plan)
		require.NotContains(t, plan, "Append", plan)

		marks := tidTable.params([]*outer{{tid: []byte{0, 0, 0, 0, 0, 1}}})
		plan = planOf(t, conn, s.sql.markOuters, marks.withTimes(day, day.Add(oneDay), day))
		require.Equal(t, 1, strings.Count(plan, "Tid Scan on ledger_call_"), plan)

		claims := claimTable.params(pointers([]ledger.Claim{{Start: day}}))
		plan = planOf(t, conn, s.sql.claimSpans, claims)
		require.Contains(t, plan, "ledger_nesting_pkey", plan)
		return nil
	}))
}

func planOf(t *testing.T, conn *pgconn.PgConn, sql string, p params) string {
	t.Helper()
	result := conn.ExecParams(t.Context(), "EXPLAIN "+sql, p.values, p.oids, binaryFormat, nil).Read()
	require.NoError(t, result.Err)
	var lines []string
	for _, row := range result.Rows {
		lines = append(lines, string(row[0]))
	}
	return strings.Join(lines, "\n")
}

// TestStore_Fold_NestingNoDeadlock has a compactor and a writer that rolls up
// calls of two days meet, while a third one holds a call in the middle.
func TestStore_Fold_NestingNoDeadlock(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	application := pgtest.Schema(t, dsn)
	s := open(t, dsn+"&application_name="+application)
	day := time.Now().UTC().Truncate(oneDay).Add(-oneDay)
	outer, inner := nestedPairs(compactCalls, day.Add(-oneDay/2))
	for i := range outer {
		foldAll(t, s, outer[i:i+1])
	}
	fresh := newDelivery(&ledger.Batch{Calls: inner}, time.Now())
	require.NoError(t, s.ensurePartitions(t.Context(), fresh.rows))
	middle := newDelivery(&ledger.Batch{Calls: outer}, time.Now()).rows[compactCalls/2]

	done := make(chan error, 2)
	waiting := func(n int) {
		t.Helper()
		require.Eventually(t, func() bool {
			return len(done)+queryInt(t, s, `
SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event IN ('transactionid', 'tuple')`,
				application) == n
		}, 10*time.Second, 5*time.Millisecond)
	}
	compact := func() {
		done <- s.inTx(t.Context(), func(tx pgx.Tx) error {
			return s.compactSome(t.Context(), tx, []string{outer[0].AnalysisID})
		})
	}
	fold := func() {
		_, err := s.foldDelivery(t.Context(), fresh)
		done <- err
	}
	require.NoError(t, s.inTx(t.Context(), func(tx pgx.Tx) error {
		third := &posting{sql: &s.sql}
		held, err := third.lockOuters(t.Context(), tx.Conn().PgConn(), []*row{middle})
		require.NoError(t, err)
		require.Len(t, held, 1)
		go compact()
		waiting(1)
		go fold()
		waiting(2)
		return nil
	}))
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	require.Zero(t, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_call WHERE NOT folded AND nested"))
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, slices.Concat(outer, inner)))
}

// TestStore_Compact_WaitsForNesting: a call that is rolled up while a compactor
// waits for its row does not count.
func TestStore_Compact_WaitsForNesting(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	application := pgtest.Schema(t, dsn)
	s := open(t, dsn+"&application_name="+application)
	day := time.Now().UTC().Truncate(oneDay).Add(-oneDay)
	outer, inner := nestedPairs(compactCalls, day.Add(-oneDay/2))
	for i := range outer {
		foldAll(t, s, outer[i:i+1])
	}
	fresh := newDelivery(&ledger.Batch{Calls: inner[:20]}, time.Now())
	require.NoError(t, s.ensurePartitions(t.Context(), fresh.rows))
	p := &posting{
		delivery:   fresh,
		sql:        &s.sql,
		registered: &s.registered,
		state:      s.partitions.current(),
		rows:       fresh.rows,
	}
	markFolded(p.rows, p.state.sealed)
	done := make(chan error, 1)
	require.NoError(t, s.inTx(t.Context(), func(tx pgx.Tx) error {
		require.NoError(t, p.post(t.Context(), tx.Conn().PgConn(), p.copyAll))
		go func() { done <- s.compact(t.Context()) }()
		require.Eventually(t, func() bool {
			return queryInt(t, s, `
SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'transactionid'`, application) == 1
		}, 10*time.Second, 5*time.Millisecond)
		return nil
	}))
	require.NoError(t, <-done)
	require.Equal(t, 20, p.outcome().Unfolded)
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, slices.Concat(outer, inner[:20])))
}
