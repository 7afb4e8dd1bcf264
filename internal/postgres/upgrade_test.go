// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestMigrate_FromEveryVersion migrates a ledger of calls in all their states:
// some added up when read, some in the sums of dense analyses, some of sealed
// days that plans pass by.
func TestMigrate_FromEveryVersion(t *testing.T) {
	t.Parallel()
	steps, err := migrations()
	require.NoError(t, err)
	for version := 1; version < len(steps); version++ {
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			t.Parallel()
			now := time.Now().UTC()
			shape := ledgertest.Shape{Base: now.Add(-8 * oneDay), Span: 7 * oneDay, Analyses: 6}
			calls := oldCalls(ledgertest.Calls(21, 160, shape))
			dsn := oldLedger(t, steps[:version], calls)
			s := open(t, dsn)
			ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
			require.Equal(t, len(calls), queryInt(t, s, "SELECT count(*) FROM {schema}.call"))

			require.Equal(t, ledger.Outcome{Duplicate: len(calls)}, foldAll(t, s, calls), "none is in conflict")
			more := ledgertest.Calls(
				22,
				160,
				ledgertest.Shape{Base: now.Add(-8 * oneDay), Span: 8 * oneDay, Analyses: 6},
			)
			for i := range more {
				more[i].Key.Trace[0] = 0xFF
			}
			require.Equal(t, ledger.Outcome{Folded: len(more)}, foldAll(t, s, more), "into old partitions and new ones")
			truth := ledgertest.Truth(t, append(slices.Clip(calls), more...))
			ledgertest.RequireTruth(t, s, truth)

			require.NoError(t, s.Maintain(t.Context()))
			require.NoError(t, s.seal(t.Context(), now.Add(-oneDay)))
			execAll(t, s, "UPDATE {schema}.ledger_state SET sealed_at = sealed_at - interval '2 hours'")
			require.NoError(t, s.Maintain(t.Context()))
			require.NoError(t, s.compact(t.Context()))
			ledgertest.RequireTruth(t, s, truth)
			_, err := s.Prune(t.Context(), now.Add(-3*oneDay))
			require.NoError(t, err)
			requireSums(t, s, truth)
		})
	}
}

// oldCalls returns calls without what the first version could not keep.
func oldCalls(calls []analysis.Call) []analysis.Call {
	for i := range calls {
		calls[i].Usage.LargestInput = analysis.Unknown()
	}
	return calls
}

// oldLedger returns the DSN of a ledger of an earlier version that holds the
// calls: today's rows without the columns that it did not have. Part of its
// days are sealed and hidden.
func oldLedger(t *testing.T, steps []migration, calls []analysis.Call) string {
	t.Helper()
	today := open(t, pgtest.DSN(t))
	foldAll(t, today, calls)
	require.NoError(t, today.seal(t.Context(), today.now().Add(-5*oneDay)))

	dsn := pgtest.DSN(t)
	old, err := connect(t.Context(), Config{DSN: dsn})
	require.NoError(t, err)
	defer old.Close()
	require.NoError(t, old.apply(t.Context(), steps))
	_, days, err := today.loadPartitions(t.Context(), today.pool)
	require.NoError(t, err)
	for day := range days {
		_, err := old.pool.Exec(t.Context(), old.sql.qualify(makePartitionSQL), day.Format(time.DateOnly))
		require.NoError(t, err)
	}
	execAll(t, old, "DELETE FROM {schema}.ledger_state")
	for _, name := range names(t, old, `SELECT relname::text FROM pg_class
		WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
			AND relname <> 'ledger_migration'`, old.sql.qualify("{schema}")) {
		columns := names(t, old, `SELECT string_agg(column_name, ', ') FROM information_schema.columns
			WHERE table_schema = $1 AND table_name = $2`, old.schema, name)[0]
		from := today.sql.qualify("{schema}." + name)
		execAll(t, old, "INSERT INTO {schema}."+name+" ("+columns+") SELECT "+columns+" FROM "+from)
	}
	execAll(t, old, "UPDATE {schema}.ledger_state SET sealed_at = sealed_at - interval '2 hours'")
	require.NoError(t, old.hideSealed(t.Context()))
	return dsn
}

func names(t *testing.T, s *Store, sql string, args ...any) []string {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// TestMigrate_KeepsGrants: a role that may write an old ledger may write it
// once it is migrated.
func TestMigrate_KeepsGrants(t *testing.T) {
	t.Parallel()
	steps, err := migrations()
	require.NoError(t, err)
	dsn := pgtest.DSN(t)
	old, err := connect(t.Context(), Config{DSN: dsn})
	require.NoError(t, err)
	t.Cleanup(old.Close)
	require.NoError(t, old.apply(t.Context(), steps[:2]))
	role := old.schema + `_"writer"`
	quoted := pgx.Identifier{role}.Sanitize()
	execAll(t, old, "CREATE ROLE "+quoted+" LOGIN PASSWORD 'w'; GRANT USAGE ON SCHEMA {schema} TO "+quoted+
		"; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO "+quoted+
		"; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO "+quoted)
	t.Cleanup(func() { execAll(t, old, "DROP OWNED BY "+quoted+"; DROP ROLE "+quoted) })

	open(t, dsn)
	writer := open(t, asUser(t, dsn, role))
	calls := ledgertest.Forest(23, 40, ledgertest.Shape{Analyses: 2})
	foldAll(t, writer, calls)
	require.NoError(t, writer.Maintain(t.Context()))
	ledgertest.RequireTruth(t, writer, ledgertest.Truth(t, calls))
}

// TestMigrate_CallsOfBefore are not rolled up by calls that come later: nobody
// knows which of them are leaves.
func TestMigrate_CallsOfBefore(t *testing.T) {
	t.Parallel()
	steps, err := migrations()
	require.NoError(t, err)
	outer, inner := nestedPairs(20, time.Now().UTC().Truncate(oneDay).Add(-oneDay))
	s := open(t, oldLedger(t, steps[:2], oldCalls(outer)))
	require.Equal(t, ledger.Outcome{Folded: 20}, foldAll(t, s, inner))
	require.Equal(t, 40, queryInt(t, s, "SELECT sum(llm_calls_count)::int FROM {schema}.analysis_summary"))
}

// TestMigrate_IndexesByDay: only days that are not sealed get an index of their
// calls that are in no rollup, whatever the day had before.
func TestMigrate_IndexesByDay(t *testing.T) {
	t.Parallel()
	steps, err := migrations()
	require.NoError(t, err)
	now := time.Now().UTC()
	calls := oldCalls(ledgertest.Calls(24, 160, ledgertest.Shape{Base: now.Add(-8 * oneDay), Span: 7 * oneDay}))
	dsn := oldLedger(t, steps[:4], calls)
	old, err := connect(t.Context(), Config{DSN: dsn})
	require.NoError(t, err)
	defer old.Close()
	require.NoError(t, old.seal(t.Context(), now.Add(-4*oneDay)))
	require.True(t, hasIndex(t, old, now.Add(-7*oneDay), "_analysis_id_start_time_idx"), "hidden")

	s := open(t, dsn)
	for _, age := range []int{-daysAhead, 0, 2, 4, 5, 7} { // the fifth day is sealed, and not hidden
		day := now.Add(time.Duration(-age) * oneDay)
		require.True(t, partitionExists(t, s, day))
		require.Equal(t, age <= 4, hasIndex(t, s, day, "_unfolded"), age)
		require.False(t, hasIndex(t, s, day, "_analysis_id_start_time_idx"), age)
	}
	truth := ledgertest.Truth(t, calls)
	ledgertest.RequireTruth(t, s, truth)
	require.NoError(t, s.compact(t.Context()))
	require.NoError(t, s.seal(t.Context(), now.Add(-3*oneDay)))
	execAll(t, s, "UPDATE {schema}.ledger_state SET sealed_at = sealed_at - interval '2 hours'")
	require.NoError(t, s.hide(t.Context()))
	require.False(t, hasIndex(t, s, now.Add(-4*oneDay), "_unfolded"))
	require.True(t, hasIndex(t, s, now.Add(-3*oneDay), "_unfolded"))
	ledgertest.RequireTruth(t, s, truth)
}
