// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"database/sql"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// unknownTime is the zero time as the tables hold it. It comes before nothing.
const unknownTime = "-62135596800000000"

// earlier keeps the earlier of two known times in an upsert.
func earlier(column string) string {
	return strings.NewReplacer("start_us", column, "unknown", unknownTime).Replace(`start_us = CASE
		WHEN excluded.start_us = unknown THEN start_us
		WHEN start_us = unknown THEN excluded.start_us
		ELSE min(start_us, excluded.start_us) END`)
}

var upsertRollup = `INSERT INTO ledger_rollup (
	analysis_id, call_type, provider, model,
	calls, failed_calls, calls_without_usage, partial_calls, estimated_calls, unpriced_calls, priced_calls,
	input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
	unaccounted_tokens, cost_pico, busy_us, first_start_us, last_end_us, updated_us
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (analysis_id, call_type, provider, model) DO UPDATE SET
	calls = calls + excluded.calls,
	failed_calls = failed_calls + excluded.failed_calls,
	calls_without_usage = calls_without_usage + excluded.calls_without_usage,
	partial_calls = partial_calls + excluded.partial_calls,
	estimated_calls = estimated_calls + excluded.estimated_calls,
	unpriced_calls = unpriced_calls + excluded.unpriced_calls,
	priced_calls = priced_calls + excluded.priced_calls,
	input_tokens = input_tokens + excluded.input_tokens,
	output_tokens = output_tokens + excluded.output_tokens,
	cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
	cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
	reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
	tool_use_tokens = tool_use_tokens + excluded.tool_use_tokens,
	unaccounted_tokens = unaccounted_tokens + excluded.unaccounted_tokens,
	cost_pico = cost_pico + excluded.cost_pico,
	busy_us = busy_us + excluded.busy_us,
	` + earlier("first_start_us") + `,
	last_end_us = max(last_end_us, excluded.last_end_us),
	updated_us = max(updated_us, excluded.updated_us)`

func rollupArgs(g *analysis.Group, now time.Time) []any {
	k, t := &g.Key, &g.Totals
	return []any{
		k.AnalysisID, string(k.CallType), k.Provider, k.Model,
		t.Calls, t.Failed, t.WithoutUsage, t.Partial, t.Estimated, t.Unpriced, t.Priced,
		t.Input, t.Output, t.CacheRead, t.CacheWrite, t.Reasoning, t.ToolUse,
		t.Unaccounted, t.Cost.Pico(), t.Busy.Microseconds(), micros(t.Start), micros(t.End), micros(now),
	}
}

// selectRollups reads the groups of a JSON array of analysis ids.
const selectRollups = `SELECT
	analysis_id, call_type, provider, model,
	calls, failed_calls, calls_without_usage, partial_calls, estimated_calls, unpriced_calls, priced_calls,
	input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
	unaccounted_tokens, cost_pico, busy_us, first_start_us, last_end_us
FROM ledger_rollup
WHERE analysis_id IN (SELECT value FROM json_each(?))
ORDER BY analysis_id, call_type`

func scanRollup(rows *sql.Rows) (g analysis.Group, err error) {
	var cost, busy, start, end int64
	k, t := &g.Key, &g.Totals
	err = rows.Scan(
		&k.AnalysisID, &k.CallType, &k.Provider, &k.Model,
		&t.Calls, &t.Failed, &t.WithoutUsage, &t.Partial, &t.Estimated, &t.Unpriced, &t.Priced,
		&t.Input, &t.Output, &t.CacheRead, &t.CacheWrite, &t.Reasoning, &t.ToolUse,
		&t.Unaccounted, &cost, &busy, &start, &end,
	)
	t.Cost = analysis.PicoDollars(cost)
	t.Busy = time.Duration(busy) * time.Microsecond
	t.Start, t.End = timeOf(start), timeOf(end)
	return g, err
}
