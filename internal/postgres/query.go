// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// queries is the SQL of the write path for one schema. It is made once, for
// the lists of columns are long.
type queries struct {
	qualify func(sql string) string

	copyCalls     string
	insertCalls   string
	storedCalls   string
	claimSpans    string
	lockOuters    string
	markOuters    string
	insertClosed  string
	mergeAnalyses string
	addRollups    string
	insertAside   string
	state         string
}

func newQueries(schema string) queries {
	quoted := pgx.Identifier{schema}.Sanitize()
	qualify := func(sql string) string { return strings.ReplaceAll(sql, "{schema}", quoted) }
	return queries{
		qualify:       qualify,
		copyCalls:     qualify("COPY {schema}.ledger_call (" + callTable.names() + ") FROM STDIN BINARY"),
		insertCalls:   qualify(fill(insertCallsSQL, callTable)),
		storedCalls:   qualify(fillStored(storedCallsSQL)),
		claimSpans:    qualify(fill(claimSpansSQL, claimTable)),
		lockOuters:    qualify(fill(lockOutersSQL, keyTable)),
		markOuters:    qualify(markOutersSQL),
		insertClosed:  qualify(fill(insertClosedSQL, closedTable)),
		mergeAnalyses: qualify(fill(mergeAnalysesSQL, registryTable)),
		addRollups:    qualify(fill(addRollupsSQL, rollupTable)),
		insertAside:   qualify(fill(insertAsideSQL, lateTable)),
		state:         qualify(stateSQL),
	}
}

// fill puts the columns of a table, and the rows that are sent, in their
// places.
func fill[T any](sql string, t table[T]) string {
	return strings.NewReplacer("{columns}", t.names(), "{rows}", t.rows()).Replace(sql)
}

func fillStored(sql string) string {
	content := contentTable.join(", ", func(_ int, c rowColumn) string { return "c." + c.name })
	first, last := "$"+strconv.Itoa(len(keyTable)+1), "$"+strconv.Itoa(len(keyTable)+2)
	return strings.NewReplacer(
		"{content}", content, "{rows}", keyTable.rows(), "{first}", first, "{last}", last,
	).Replace(sql)
}

// insertCallsSQL takes the calls that are new and returns their keys.
const insertCallsSQL = `
INSERT INTO {schema}.ledger_call ({columns})
SELECT {columns} FROM {rows}
ORDER BY ord
ON CONFLICT DO NOTHING
RETURNING trace_id, span_id`

// storedCallsSQL finds the calls that the ledger holds. The limit keeps the
// planner from reading whole partitions for it, and the earliest and the latest
// start from looking at all of them.
const storedCallsSQL = `
SELECT c.trace_id, c.span_id, {content}
FROM {rows}
CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.ledger_call c
    WHERE c.analysis_id = u.analysis_id AND c.start_time = u.start_time
        AND c.trace_id = u.trace_id AND c.span_id = u.span_id
        AND c.start_time BETWEEN {first} AND {last}
    LIMIT 1
) c`

const insertClosedSQL = `
INSERT INTO {schema}.ledger_closed ({columns})
SELECT {columns} FROM {rows}
ORDER BY ord
ON CONFLICT DO NOTHING
RETURNING trace_id, span_id`

// mergeAnalysesSQL does what analysis.Attribution.Merge does: least passes by
// NULL. Analyses of which nothing is new are left out first, for ON CONFLICT
// locks a row, and so writes, even where it changes nothing. The limit keeps
// the planner from reading the whole table for it.
const mergeAnalysesSQL = `
INSERT INTO {schema}.ledger_analysis AS t ({columns})
SELECT u.analysis_id, u.start_time, u.subject, u.user_id, u.user_tier, u.tenant_id, u.updated_at
FROM {rows}
LEFT JOIN LATERAL (
    SELECT * FROM {schema}.ledger_analysis a WHERE a.analysis_id = u.analysis_id LIMIT 1
) known ON true
WHERE known.analysis_id IS NULL OR u.start_time < known.start_time OR (
    least(known.subject COLLATE "C", u.subject COLLATE "C"),
    least(known.user_id COLLATE "C", u.user_id COLLATE "C"),
    least(known.user_tier COLLATE "C", u.user_tier COLLATE "C"),
    least(known.tenant_id COLLATE "C", u.tenant_id COLLATE "C")
) IS DISTINCT FROM (known.subject, known.user_id, known.user_tier, known.tenant_id)
ORDER BY ord
ON CONFLICT (analysis_id) DO UPDATE SET
    start_time = least(t.start_time, excluded.start_time),
    subject = least(t.subject COLLATE "C", excluded.subject COLLATE "C"),
    user_id = least(t.user_id COLLATE "C", excluded.user_id COLLATE "C"),
    user_tier = least(t.user_tier COLLATE "C", excluded.user_tier COLLATE "C"),
    tenant_id = least(t.tenant_id COLLATE "C", excluded.tenant_id COLLATE "C"),
    updated_at = greatest(t.updated_at, excluded.updated_at)`

// addRollupsSQL adds sums to those that are there.
const addRollupsSQL = `
INSERT INTO {schema}.ledger_rollup AS t ({columns})
SELECT {columns} FROM {rows}
ORDER BY ord` + onRollupConflict

// onRollupConflict adds the row that was to be inserted to the one that is
// there.
const onRollupConflict = `
ON CONFLICT (analysis_id, call_type, provider, model) DO UPDATE SET
    calls = t.calls + excluded.calls,
    failed_calls = t.failed_calls + excluded.failed_calls,
    calls_without_usage = t.calls_without_usage + excluded.calls_without_usage,
    partial_calls = t.partial_calls + excluded.partial_calls,
    estimated_calls = t.estimated_calls + excluded.estimated_calls,
    unpriced_calls = t.unpriced_calls + excluded.unpriced_calls,
    priced_calls = t.priced_calls + excluded.priced_calls,
    input_tokens = t.input_tokens + excluded.input_tokens,
    output_tokens = t.output_tokens + excluded.output_tokens,
    cache_read_tokens = t.cache_read_tokens + excluded.cache_read_tokens,
    cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens,
    reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens,
    tool_use_tokens = t.tool_use_tokens + excluded.tool_use_tokens,
    unaccounted_tokens = t.unaccounted_tokens + excluded.unaccounted_tokens,
    cost_pico = t.cost_pico + excluded.cost_pico,
    busy_us = t.busy_us + excluded.busy_us,
    first_start = least(t.first_start, excluded.first_start),
    last_end = greatest(t.last_end, excluded.last_end),
    updated_at = greatest(t.updated_at, excluded.updated_at)`

const insertAsideSQL = `
INSERT INTO {schema}.ledger_late ({columns})
SELECT {columns} FROM {rows}
ORDER BY ord
ON CONFLICT DO NOTHING`

// stateSQL returns since when the server runs too, which tells it from another.
const stateSQL = `SELECT horizon, sealed, forgotten, pg_postmaster_start_time() FROM {schema}.ledger_state`
