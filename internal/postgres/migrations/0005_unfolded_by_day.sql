-- Only days that are not sealed need an index of the calls that are in no
-- rollup: each has its own, which goes when the day is hidden. Its key is the
-- analysis alone, for such an index has the rows of an analysis in little room.
-- It is in byte order, so that a condition in that order finds no other index:
-- the planner takes an analysis for a small one and would often choose the
-- primary key, by which a dense one is read from end to end.

-- Everybody waits while the table waits for its lock: not for long. Whoever
-- migrates tries again.
SET LOCAL lock_timeout = '5s';

DROP INDEX {schema}.ledger_call_unfolded;

CREATE OR REPLACE FUNCTION {schema}.ledger_make_partition(day date) RETURNS void
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = {schema}, pg_temp
AS $body$
DECLARE
    name text := 'ledger_call_' || to_char(day, 'YYYYMMDD');
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE ledger_call INCLUDING ALL)', name);
    EXECUTE format('CREATE INDEX %I ON %I (analysis_id COLLATE "C") WHERE NOT folded',
        name || '_unfolded', name);
    EXECUTE format('ALTER TABLE ledger_call ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
        to_char(day, 'YYYY-MM-DD 00:00:00+00'), to_char(day + 1, 'YYYY-MM-DD 00:00:00+00'));
END
$body$;

-- What is sealed is read from the rollups, and gets none.
DO $body$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT relname
        FROM pg_inherits
        JOIN pg_class ON pg_class.oid = inhrelid
        CROSS JOIN {schema}.ledger_state
        WHERE inhparent = $name${schema}.ledger_call$name$::regclass AND relname ~ '^ledger_call_\d{8}$'
            AND relname >= 'ledger_call_' || to_char(sealed AT TIME ZONE 'UTC', 'YYYYMMDD')
        ORDER BY relname
    LOOP
        EXECUTE format('CREATE INDEX %I ON %s.%I (analysis_id COLLATE "C") WHERE NOT folded',
            name || '_unfolded', $name${schema}$name$, name);
    END LOOP;
END
$body$;

-- The analyses that have at least so many calls in no rollup, in byte order. It
-- asks the indexes alone, by the names of their days: a condition on start_time
-- would have the calls themselves read. It needs none for a day that has been
-- cut, of which no call before "sealed" is left. It runs with the rights of its
-- owner, for rights to ledger_call are none to its partitions.
CREATE FUNCTION {schema}.ledger_grown(least_calls bigint) RETURNS SETOF text
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = {schema}, pg_temp
AS $body$
DECLARE
    days text;
BEGIN
    LOCK TABLE ledger_call IN ACCESS SHARE MODE; -- no day goes between the question and the answer
    SELECT string_agg(format('SELECT analysis_id FROM %I WHERE NOT folded', relname), ' UNION ALL ')
    INTO days
    FROM pg_inherits
    JOIN pg_class ON pg_class.oid = inhrelid
    CROSS JOIN ledger_state
    WHERE inhparent = 'ledger_call'::regclass AND relname ~ '^ledger_call_\d{8}$'
        AND relname >= 'ledger_call_' || to_char(sealed AT TIME ZONE 'UTC', 'YYYYMMDD');
    IF days IS NOT NULL THEN
        RETURN QUERY EXECUTE 'SELECT analysis_id COLLATE "C" FROM (' || days || ') unfolded
            GROUP BY analysis_id COLLATE "C" HAVING count(*) >= $1 ORDER BY analysis_id COLLATE "C"' USING least_calls;
    END IF;
END
$body$;

REVOKE EXECUTE ON FUNCTION {schema}.ledger_grown(bigint) FROM PUBLIC;

-- Who may make partitions may ask for what has grown.
DO $body$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_proc, aclexplode(proacl)
        WHERE oid = $name${schema}.ledger_make_partition(date)$name$::regprocedure AND grantee <> proowner
    LOOP
        EXECUTE $name$GRANT EXECUTE ON FUNCTION {schema}.ledger_grown(bigint) TO $name$ || given.role;
    END LOOP;
END
$body$;

-- Sealing a day adds rows that change no more: they need less room than those of
-- dense analyses.
ALTER TABLE {schema}.ledger_rollup SET (fillfactor = 85);

-- The calls that are in no rollup, as rows of ledger_rollup. Calls that are
-- rolled up are always folded, and none of them.
CREATE VIEW {schema}.ledger_unfolded_part AS
SELECT 1::bigint AS calls,
    (error_type IS NOT NULL)::int::bigint AS failed_calls,
    (usage_status = 0)::int::bigint AS calls_without_usage,
    (usage_status = 2)::int::bigint AS partial_calls,
    (usage_status = 3)::int::bigint AS estimated_calls,
    (cost_pico IS NULL AND usage_status <> 0)::int::bigint AS unpriced_calls,
    (cost_pico IS NOT NULL)::int::bigint AS priced_calls,
    coalesce(input_tokens, 0) AS input_tokens,
    coalesce(output_tokens, 0) AS output_tokens,
    coalesce(cache_read_tokens, 0) AS cache_read_tokens,
    coalesce(cache_write_tokens, 0) AS cache_write_tokens,
    coalesce(reasoning_tokens, 0) AS reasoning_tokens,
    coalesce(tool_use_tokens, 0) AS tool_use_tokens,
    coalesce(provider_total_tokens - coalesce(input_tokens, 0) - coalesce(output_tokens, 0), 0)
        AS unaccounted_tokens,
    coalesce(cost_pico, 0)::numeric AS cost_pico,
    (extract(epoch FROM end_time - start_time) * 1000000)::bigint AS busy_us,
    start_time AS first_start,
    end_time AS last_end,
    recorded_at AS updated_at,
    analysis_id, call_type, provider,
    coalesce(response_model, request_model, '') AS model
FROM {schema}.ledger_unfolded;

CREATE OR REPLACE VIEW {schema}.ledger_part AS
SELECT analysis_id, call_type, provider, model,
    calls, failed_calls, calls_without_usage, partial_calls, estimated_calls, unpriced_calls, priced_calls,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
    unaccounted_tokens, cost_pico, busy_us, first_start, last_end, updated_at
FROM (
    SELECT * FROM {schema}.ledger_rollup
    UNION ALL
    SELECT * FROM {schema}.ledger_unfolded_part
) p;

-- What follows asks for both kinds of parts on their own, the second in byte
-- order.
CREATE OR REPLACE VIEW {schema}.ledger_total AS
SELECT a.analysis_id, t.*
FROM {schema}.ledger_analysis a
CROSS JOIN LATERAL (
    SELECT call_type, provider, model,
        sum(calls)::bigint AS calls,
        sum(failed_calls)::bigint AS failed_calls,
        sum(calls_without_usage)::bigint AS calls_without_usage,
        sum(partial_calls)::bigint AS partial_calls,
        sum(estimated_calls)::bigint AS estimated_calls,
        sum(unpriced_calls)::bigint AS unpriced_calls,
        sum(priced_calls)::bigint AS priced_calls,
        sum(input_tokens)::bigint AS input_tokens,
        sum(output_tokens)::bigint AS output_tokens,
        sum(cache_read_tokens)::bigint AS cache_read_tokens,
        sum(cache_write_tokens)::bigint AS cache_write_tokens,
        sum(reasoning_tokens)::bigint AS reasoning_tokens,
        sum(tool_use_tokens)::bigint AS tool_use_tokens,
        sum(unaccounted_tokens)::bigint AS unaccounted_tokens,
        sum(cost_pico) AS cost_pico,
        sum(busy_us)::bigint AS busy_us,
        min(first_start) AS first_start,
        max(last_end) AS last_end,
        max(updated_at) AS updated_at
    FROM (
        SELECT * FROM {schema}.ledger_rollup
        WHERE analysis_id = a.analysis_id AND first_start >= a.start_time
        UNION ALL
        SELECT * FROM {schema}.ledger_unfolded_part
        WHERE analysis_id COLLATE "C" = a.analysis_id AND first_start >= a.start_time
    ) p
    GROUP BY call_type, provider, model
) t;

CREATE OR REPLACE VIEW {schema}.analysis_summary AS
SELECT a.analysis_id, a.subject, a.user_id, a.user_tier, a.tenant_id,
    a.start_time,
    greatest(t.last_end, c.end_time) AS end_time,
    greatest(extract(epoch FROM greatest(t.last_end, c.end_time) - a.start_time), 0)::double precision
        AS duration_seconds,
    t.input_tokens + t.known AS total_input_tokens,
    t.output_tokens + t.known AS total_output_tokens,
    t.input_tokens + t.output_tokens + t.known AS total_tokens,
    t.cache_read_tokens + t.known AS cache_read_tokens,
    t.cache_write_tokens + t.known AS cache_write_tokens,
    t.reasoning_tokens + t.known AS reasoning_tokens,
    t.tool_use_tokens + t.known AS tool_use_tokens,
    t.calls AS llm_calls_count,
    t.calls - t.failed_calls AS successful_calls,
    t.failed_calls,
    t.calls_without_usage,
    t.unaccounted_tokens,
    CASE WHEN t.priced_calls > 0 OR t.calls = 0 THEN trim_scale(t.cost_pico * 0.000000000001) END AS cost_usd,
    t.unpriced_calls,
    CASE WHEN c.processes = 0 THEN 'open' WHEN c.calls > t.calls THEN 'missing' ELSE 'complete' END AS completeness,
    greatest(c.calls - t.calls, 0) AS missing_calls,
    t.breakdown AS token_usage_breakdown,
    greatest(a.updated_at, t.updated_at, c.recorded_at) AS updated_at,
    t.partial_calls,
    t.estimated_calls
FROM {schema}.ledger_analysis a
CROSS JOIN LATERAL (
    SELECT count(*) AS processes,
        coalesce(sum(calls), 0)::bigint AS calls,
        max(end_time) AS end_time,
        max(recorded_at) AS recorded_at
    FROM {schema}.ledger_closed
    WHERE analysis_id = a.analysis_id
) c
CROSS JOIN LATERAL (
    SELECT coalesce(sum(calls), 0)::bigint AS calls,
        coalesce(sum(failed_calls), 0)::bigint AS failed_calls,
        coalesce(sum(calls_without_usage), 0)::bigint AS calls_without_usage,
        coalesce(sum(partial_calls), 0)::bigint AS partial_calls,
        coalesce(sum(estimated_calls), 0)::bigint AS estimated_calls,
        coalesce(sum(unpriced_calls), 0)::bigint AS unpriced_calls,
        coalesce(sum(priced_calls), 0)::bigint AS priced_calls,
        coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
        coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
        coalesce(sum(cache_read_tokens), 0)::bigint AS cache_read_tokens,
        coalesce(sum(cache_write_tokens), 0)::bigint AS cache_write_tokens,
        coalesce(sum(reasoning_tokens), 0)::bigint AS reasoning_tokens,
        coalesce(sum(tool_use_tokens), 0)::bigint AS tool_use_tokens,
        coalesce(sum(unaccounted_tokens), 0)::bigint AS unaccounted_tokens,
        coalesce(sum(cost_pico), 0) AS cost_pico,
        max(last_end) AS last_end,
        max(updated_at) AS updated_at,
        CASE WHEN sum(calls) > 0 AND sum(calls_without_usage) = sum(calls) THEN NULL ELSE 0::bigint END AS known,
        coalesce(jsonb_object_agg(call_type, jsonb_build_object(
            'calls', calls,
            'total_input_tokens', input_tokens + type_known,
            'total_output_tokens', output_tokens + type_known,
            'total_tokens', input_tokens + output_tokens + type_known,
            'cache_read_tokens', cache_read_tokens + type_known,
            'cache_write_tokens', cache_write_tokens + type_known,
            'reasoning_tokens', reasoning_tokens + type_known,
            'tool_use_tokens', tool_use_tokens + type_known,
            'successful_calls', calls - failed_calls,
            'failed_calls', failed_calls,
            'calls_without_usage', calls_without_usage,
            'partial_calls', partial_calls,
            'estimated_calls', estimated_calls,
            'unaccounted_tokens', unaccounted_tokens,
            'cost_usd', CASE WHEN priced_calls > 0 THEN trim_scale(cost_pico * 0.000000000001) END,
            'unpriced_calls', unpriced_calls
        )) FILTER (WHERE calls > 0), '{}'::jsonb) AS breakdown
    FROM (
        SELECT call_type,
            sum(calls) AS calls,
            sum(failed_calls) AS failed_calls,
            sum(calls_without_usage) AS calls_without_usage,
            sum(partial_calls) AS partial_calls,
            sum(estimated_calls) AS estimated_calls,
            sum(unpriced_calls) AS unpriced_calls,
            sum(priced_calls) AS priced_calls,
            sum(input_tokens) AS input_tokens,
            sum(output_tokens) AS output_tokens,
            sum(cache_read_tokens) AS cache_read_tokens,
            sum(cache_write_tokens) AS cache_write_tokens,
            sum(reasoning_tokens) AS reasoning_tokens,
            sum(tool_use_tokens) AS tool_use_tokens,
            sum(unaccounted_tokens) AS unaccounted_tokens,
            sum(cost_pico) AS cost_pico,
            max(last_end) AS last_end,
            max(updated_at) AS updated_at,
            CASE WHEN sum(calls_without_usage) < sum(calls) THEN 0 END AS type_known
        FROM (
            SELECT * FROM {schema}.ledger_rollup
            WHERE analysis_id = a.analysis_id AND first_start >= a.start_time
            UNION ALL
            SELECT * FROM {schema}.ledger_unfolded_part
            WHERE analysis_id COLLATE "C" = a.analysis_id AND first_start >= a.start_time
        ) p
        GROUP BY call_type
    ) of_type
) t;
