// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// planned is a ledger of sparse and dense analyses over whole days, each big
// enough for an index to be the better way.
func planned(t *testing.T) *Store {
	t.Helper()
	s := open(t, pgtest.DSN(t))
	base := time.Now().UTC().Truncate(oneDay).Add(-7 * oneDay)
	calls := ledgertest.Calls(1, 14_000, ledgertest.Shape{Base: base})
	for i := range calls {
		calls[i].AnalysisID = fmt.Sprintf("small_%d", i/7)
		if i >= 12_000 {
			calls[i].AnalysisID = fmt.Sprintf("big_%d", i/100)
		}
		calls[i].Start = base.Add(time.Duration(i) * time.Minute / 2)
		calls[i].End = calls[i].Start.Add(time.Second)
	}
	foldAll(t, s, calls)
	_, err := s.pool.Exec(t.Context(), s.sql.qualify(
		"ANALYZE {schema}.ledger_call, {schema}.ledger_rollup, {schema}.ledger_analysis"))
	require.NoError(t, err)
	return s
}

func explain(t *testing.T, s *Store, sql string, args ...any) string {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "+s.sql.qualify(sql), args...)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}

// TestPlan holds the queries of a dashboard to indexes: none reads a table of
// calls or sums from end to end.
func TestPlan(t *testing.T) {
	t.Parallel()
	s := planned(t)
	day := time.Now().UTC().Add(-6 * oneDay)
	for name, c := range map[string]struct {
		sql  string
		args []any
	}{
		"Summary":       {"SELECT * FROM {schema}.analysis_summary WHERE analysis_id = $1", []any{"small_7"}},
		"CallTypes":     {"SELECT * FROM {schema}.call_type_summary WHERE analysis_id = $1", []any{"small_7"}},
		"Calls":         {"SELECT * FROM {schema}.call WHERE analysis_id = $1", []any{"small_7"}},
		"Latest":        {"SELECT * FROM {schema}.analysis_summary ORDER BY start_time DESC LIMIT 10", nil},
		"Joined":        {"SELECT * FROM (VALUES ('small_7'), ('small_9')) app (analysis_id) JOIN {schema}.analysis_summary USING (analysis_id)", nil},
		"ReaderSummary": {fmt.Sprintf(summariesSQL, pageByID("small_7").sql()), []any{"small_7"}},
		"ReaderList": {
			fmt.Sprintf(summariesSQL, pageByQuery(ledger.ListQuery{Limit: 10, Until: day}).sql()), []any{day},
		},
		"ReaderCalls": {callsSQL + callsOrder + "100", []any{"small_7"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := explain(t, s, c.sql, c.args...)
			require.NotContains(t, plan, "Seq Scan on ledger_rollup", plan)
			require.NotRegexp(t, `Seq Scan on ledger_call_\d+ .*rows=[1-9]`, plan)
		})
	}
	t.Run("CallsInTheSumsAreNotRead", func(t *testing.T) {
		t.Parallel()
		for _, sql := range []string{
			"SELECT * FROM {schema}.analysis_summary WHERE analysis_id = $1",
			"SELECT * FROM {schema}.call_type_summary WHERE analysis_id = $1",
			"SELECT * FROM (VALUES ($1), ('small_9')) app (analysis_id) JOIN {schema}.analysis_summary USING (analysis_id)",
			fmt.Sprintf(summariesSQL, pageByID("big_125").sql()),
		} {
			plan := explain(t, s, sql, "big_125")
			require.Regexp(t, `ledger_call_\d+_unfolded`, plan)
			require.NotRegexp(t, `ledger_call_\d+_pkey`, plan, "it has the calls of dense analyses too")
		}
	})
	t.Run("OlderPartitionsArePassedBy", func(t *testing.T) {
		t.Parallel()
		plan := explain(t, s, "SELECT * FROM {schema}.analysis_summary WHERE analysis_id = $1", "small_1700")
		require.Contains(t, plan, "never executed", plan)
	})
}

// TestStore_Grown asks indexes, where they are there, and finds what has grown
// in days that are not sealed.
func TestStore_Grown(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	now := time.Now().UTC()
	calls := ledgertest.Calls(
		6,
		3*compactCalls,
		ledgertest.Shape{Analyses: 1, Base: now.Truncate(oneDay).Add(-5 * oneDay)},
	)
	for i := range calls { // a day each; one call of the last is too few
		calls[i].AnalysisID = fmt.Sprintf("analysis_%d", i%3)
		calls[i].Start = calls[i].Start.Truncate(oneDay).Add(time.Duration(i%3)*oneDay + time.Duration(i)*time.Minute)
		calls[i].End = calls[i].Start
	}
	for batch := range slices.Chunk(calls[:len(calls)-1], 3*denseCalls/2) {
		foldAll(t, s, batch)
	}
	grown, err := s.grown(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"analysis_0", "analysis_1"}, grown)
	require.NoError(t, s.seal(t.Context(), now.Add(-4*oneDay)))

	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(t.Context())) }()
	_, err = tx.Exec(t.Context(), "SET LOCAL enable_seqscan = off")
	require.NoError(t, err)
	read := func() (n int) {
		t.Helper()
		require.NoError(t, tx.QueryRow(t.Context(), `SELECT coalesce(sum(seq_tup_read), 0)::int
			FROM pg_stat_xact_user_tables WHERE schemaname = $1 AND relname ~ '^ledger_call_'`, s.schema).Scan(&n))
		return n
	}
	before := read()
	rows, err := tx.Query(t.Context(), s.sql.qualify("SELECT {schema}.ledger_grown(64)"))
	require.NoError(t, err)
	grown, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"analysis_1"}, grown, "the other's day is sealed")
	require.Equal(t, before, read(), "a call is read in no day that has an index")
}

// TestStore_Grown_DayThatIsCut: what Prune leaves of a day is compacted, and
// its index stays.
func TestStore_Grown_DayThatIsCut(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	cut := time.Now().UTC().Truncate(oneDay).Add(-3*oneDay + oneDay/2)
	calls := ledgertest.Calls(7, 2*compactCalls, ledgertest.Shape{Analyses: 1, Base: cut})
	for i := range calls {
		calls[i].Start = cut.Add(time.Duration(i-compactCalls) * time.Minute)
		calls[i].End = calls[i].Start
	}
	for batch := range slices.Chunk(calls, denseCalls/2) {
		foldAll(t, s, batch)
	}
	dropped, err := s.Prune(t.Context(), cut)
	require.NoError(t, err)
	require.Equal(t, int64(compactCalls), dropped)
	execAll(t, s, "UPDATE {schema}.ledger_state SET sealed_at = sealed_at - interval '2 hours'")
	require.NoError(t, s.hide(t.Context()))
	require.True(t, hasIndex(t, s, cut, "_unfolded"))
	require.NoError(t, s.compact(t.Context()))
	require.Zero(t, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_call WHERE NOT folded"))
	requireSums(t, s, ledgertest.Truth(t, calls))
}

// TestStore_HotAnalysis reads the sums of 6,000 calls from a few rows.
func TestStore_HotAnalysis(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	calls := ledgertest.Calls(1, 6000, ledgertest.Shape{Analyses: 1})
	truth := ledgertest.Truth(t, calls)
	for len(calls) > 0 {
		n := min(len(calls), 2000)
		foldAll(t, s, calls[:n])
		calls = calls[n:]
	}
	for id := range truth {
		got, err := s.Summary(t.Context(), id, 10)
		require.NoError(t, err)
		require.Equal(t, truth[id].Totals, got.Totals)
		require.Equal(t, int64(5990), got.OmittedCalls)
	}
	require.Zero(t, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_call WHERE NOT folded"))
	require.Less(t, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_rollup"), 200)

	var page []analysis.Call
	for query := (ledger.CallsQuery{AnalysisID: "analysis_0", Limit: 2500}); ; {
		listed, err := s.Calls(t.Context(), query)
		require.NoError(t, err)
		page = append(page, listed...)
		if len(listed) < query.Limit {
			break
		}
		last := listed[len(listed)-1]
		query.After = &ledger.CallsCursor{Start: last.Start, Key: last.Key}
	}
	require.Len(t, page, 6000)
}

// TestStore_Summary_DetailsOfAnyTimes finds the details of calls that end
// before they start, which lie behind the end of their analysis.
func TestStore_Summary_DetailsOfAnyTimes(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	call := oneCall(time.Now().UTC())
	call[0].End = call[0].Start.Add(-2 * oneDay)
	foldAll(t, s, call)
	got, err := s.Summary(t.Context(), "a", 10)
	require.NoError(t, err)
	require.Len(t, got.Breakdowns[0].Details, 1)
	require.Zero(t, got.OmittedCalls)
}
