// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const (
	// compactCalls is how many unfolded calls of one analysis are too many to
	// be added up at every reading.
	compactCalls = 64
	// compactAnalyses is how many analyses are folded in one transaction.
	compactAnalyses = 500
)

// compact folds the calls of analyses that grew by few calls at a time. It
// changes no sum, only what it costs to read them. Any number of processes may
// call it; while one works, it does nothing in the others.
func (s *Store) compact(ctx context.Context) error {
	grown, err := s.grown(ctx)
	for len(grown) > 0 && err == nil {
		n := min(len(grown), compactAnalyses)
		err = s.retry(ctx, func() error {
			return s.inTx(ctx, func(tx pgx.Tx) error { return s.compactSome(ctx, tx, grown[:n]) })
		})
		grown = grown[n:]
	}
	return classify("compact ledger", err)
}

// grown finds the analyses once, for it looks at every call that is not folded.
func (s *Store) grown(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, s.sql.qualify(`SELECT {schema}.ledger_grown($1)`), compactCalls)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// compactSome folds a few analyses, as far as nobody else has.
func (s *Store) compactSome(ctx context.Context, tx pgx.Tx, ids []string) error {
	// seal takes this lock too: what it sealed is not folded again.
	if ok, err := s.tryLock(ctx, tx, compactLock); err != nil || !ok {
		return err
	}
	// Where the planner takes a grown analysis for a small one, it would compare
	// each call with each.
	if _, err := tx.Exec(ctx, "SET LOCAL enable_nestloop = off"); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, s.sql.qualify(foldAnalysesSQL), ids)
	return err
}

// foldAnalysesSQL locks the calls first, in the order of compareRows: whoever
// rolls calls up locks them too.
const foldAnalysesSQL = `
WITH held AS MATERIALIZED (
    SELECT analysis_id, start_time, trace_id, span_id
    FROM {schema}.ledger_call
    WHERE NOT folded AND analysis_id COLLATE "C" = ANY($1::text[])
        AND start_time >= (SELECT sealed FROM {schema}.ledger_state)
    ORDER BY date_trunc('day', start_time, 'UTC'), analysis_id COLLATE "C", start_time, trace_id, span_id
    FOR UPDATE
), moved AS (
    UPDATE {schema}.ledger_call c SET folded = true
    FROM held
    WHERE NOT c.folded AND c.analysis_id COLLATE "C" = ANY($1::text[])
        AND c.start_time >= (SELECT sealed FROM {schema}.ledger_state)
        AND c.analysis_id = held.analysis_id AND c.start_time = held.start_time
        AND c.trace_id = held.trace_id AND c.span_id = held.span_id
    RETURNING c.*
)` + addMovedSQL

// addMovedSQL adds the calls in the relation moved to the rollups, in the byte
// order that every writer keeps.
const addMovedSQL = `
INSERT INTO {schema}.ledger_rollup AS t (
    analysis_id, call_type, provider, model,
    calls, failed_calls, calls_without_usage, partial_calls, estimated_calls, unpriced_calls, priced_calls,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
    unaccounted_tokens, cost_pico, busy_us, first_start, last_end, updated_at)
SELECT analysis_id, call_type, provider, coalesce(response_model, request_model, '') AS model,
    count(*), count(error_type), count(*) FILTER (WHERE usage_status = 0),
    count(*) FILTER (WHERE usage_status = 2), count(*) FILTER (WHERE usage_status = 3),
    count(*) FILTER (WHERE cost_pico IS NULL AND usage_status <> 0), count(cost_pico),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cache_read_tokens), 0),
    coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0), coalesce(sum(tool_use_tokens), 0),
    coalesce(sum(provider_total_tokens - coalesce(input_tokens, 0) - coalesce(output_tokens, 0)), 0),
    coalesce(sum(cost_pico), 0),
    sum((extract(epoch FROM end_time - start_time) * 1000000)::bigint), min(start_time), max(end_time),
    max(recorded_at)
FROM moved
GROUP BY 1, 2, 3, 4
ORDER BY analysis_id COLLATE "C", call_type COLLATE "C", provider COLLATE "C",
    coalesce(response_model, request_model, '') COLLATE "C"` + onRollupConflict
