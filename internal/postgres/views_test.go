// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestViews_Columns(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	for view, want := range ledgertest.ViewColumns {
		rows, err := s.pool.Query(t.Context(), `
SELECT column_name FROM information_schema.columns
WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position`, s.schema, view)
		require.NoError(t, err)
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.Equal(t, want, got, view)
	}
}

func TestViews_Types(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	for column, want := range map[string]string{
		"total_input_tokens": "bigint", "total_tokens": "bigint", "llm_calls_count": "bigint", "missing_calls": "bigint",
		"cost_usd": "numeric", "token_usage_breakdown": "jsonb", "start_time": "timestamp with time zone",
		"duration_seconds": "double precision", "completeness": "text",
	} {
		var got string
		require.NoError(t, s.pool.QueryRow(t.Context(), `
SELECT data_type FROM information_schema.columns
WHERE table_schema = $1 AND table_name = 'analysis_summary' AND column_name = $2`, s.schema, column).Scan(&got))
		require.Equal(t, want, got, column)
	}
}

// viewCalls are calls of one analysis: a priced one, one without a price, and
// one without usage.
func viewCalls() []analysis.Call {
	calls := ledgertest.Calls(1, 3, ledgertest.Shape{Analyses: 1})
	types := []analysis.CallType{"priced", "unpriced", "unknown"}
	for i := range calls {
		calls[i] = analysis.Call{
			Key: calls[i].Key, AnalysisID: "a", Type: types[i], Provider: "p", RequestModel: "m", Attempts: 1,
			Start: calls[0].Start.Add(time.Duration(i) * time.Second), End: calls[0].Start.Add(10 * time.Second),
		}
	}
	calls[0].Usage = analysis.Usage{
		Status: analysis.StatusReported, Input: analysis.Known(1000), Output: analysis.Known(200),
		CacheRead: analysis.Known(100), ProviderTotal: analysis.Known(1207),
	}
	calls[0].Cost = analysis.Cost{Amount: analysis.PicoDollars(2_250_000_000), Priced: true, PriceListVersion: "v1"}
	calls[1].Usage = analysis.Usage{Status: analysis.StatusReported, Input: analysis.Known(5)}
	calls[2].ErrorType = "429"
	return calls
}

func TestViews_NullIsUnknown(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	calls := viewCalls()
	alone := slices.Clone(calls[2:])
	alone[0].AnalysisID, alone[0].Key.Span[0] = "nothing known", 9
	foldAll(t, s, append(calls, alone...), analysis.Closed{
		Key: analysis.SpanKey{
			Span: analysis.SpanID{1},
		},
		AnalysisID: "no calls",
		Start:      calls[0].Start,
		End:        calls[0].End,
	})
	for _, c := range []struct{ sql, want string }{
		{`SELECT concat_ws('|', total_input_tokens, total_output_tokens, total_tokens, cache_read_tokens, cost_usd,
			unpriced_calls, calls_without_usage, unaccounted_tokens, llm_calls_count, failed_calls)
			FROM {schema}.analysis_summary WHERE analysis_id = 'a'`, "1005|200|1205|100|0.00225|1|1|7|3|1"},
		{`SELECT string_agg(concat_ws('|', call_type, coalesce(total_tokens::text, 'NULL'), coalesce(cost_usd::text, 'NULL')), ' ' ORDER BY call_type)
			FROM {schema}.call_type_summary WHERE analysis_id = 'a'`, "priced|1200|0.00225 unknown|NULL|NULL unpriced|5|NULL"},
		{`SELECT string_agg(concat_ws('|', call_type, coalesce(total_tokens::text, 'NULL'), coalesce(cost_usd::text, 'NULL')), ' ' ORDER BY call_type)
			FROM {schema}.call WHERE analysis_id = 'a'`, "priced|1200|0.00225 unknown|NULL|NULL unpriced|5|NULL"},
		{`SELECT concat_ws('|', total_tokens IS NULL, reasoning_tokens IS NULL, cost_usd IS NULL, unpriced_calls, completeness)
			FROM {schema}.analysis_summary WHERE analysis_id = 'nothing known'`, "t|t|t|0|open"},
		{`SELECT concat_ws('|', total_tokens, cost_usd, llm_calls_count, token_usage_breakdown, completeness, subject IS NULL)
			FROM {schema}.analysis_summary WHERE analysis_id = 'no calls'`, "0|0|0|{}|complete|t"},
		{`SELECT (token_usage_breakdown->'priced'->>'cost_usd')::numeric::text FROM {schema}.analysis_summary WHERE analysis_id = 'a'`, "0.00225"},
	} {
		var got string
		require.NoError(t, s.pool.QueryRow(t.Context(), s.sql.qualify(c.sql)).Scan(&got))
		require.Equal(t, c.want, got, c.sql)
	}
}

func TestViews_BreakdownKeys(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	foldAll(t, s, viewCalls())
	var breakdown map[string]map[string]json.RawMessage
	require.NoError(t, s.pool.QueryRow(t.Context(),
		s.sql.qualify("SELECT token_usage_breakdown FROM {schema}.analysis_summary")).Scan(&breakdown))
	require.Len(t, breakdown, 3)
	for callType, sums := range breakdown {
		var keys []string
		for key := range sums {
			keys = append(keys, key)
		}
		require.ElementsMatch(t, ledgertest.BreakdownKeys, keys, callType)
	}
	require.Equal(t, "null", string(breakdown["unknown"]["total_tokens"]))
	require.Equal(t, "null", string(breakdown["unpriced"]["cost_usd"]))
	require.Equal(t, "0.00225", string(breakdown["priced"]["cost_usd"]))
}

// TestViews_UpdatedAt holds for calls that are folded, and for those that are
// not.
func TestViews_UpdatedAt(t *testing.T) {
	t.Parallel()
	for _, n := range []int{denseCalls - 1, denseCalls} {
		s := open(t, pgtest.DSN(t))
		now := time.Now().UTC().Truncate(time.Microsecond)
		calls := ledgertest.Calls(3, 2*n, ledgertest.Shape{Analyses: 1})
		for i, at := range []time.Time{now, now.Add(time.Minute)} {
			s.now = func() time.Time { return at }
			foldAll(t, s, calls[i*n:(i+1)*n])
			var got time.Time
			require.NoError(
				t,
				s.pool.QueryRow(t.Context(), s.sql.qualify("SELECT updated_at FROM {schema}.analysis_summary")).
					Scan(&got),
			)
			require.True(t, at.Equal(got), "%s is not %s", got, at)
		}
	}
}
