-- A call whose span is the parent of another call's span is rolled up: it
-- stays in the ledger and is in no sum. It is marked folded too, and
-- ledger_rollup has its start and end, so that a program which does not know of
-- calls within calls, and still runs beside this one, leaves it alone.

-- Everybody waits while the table waits for its lock: not for long. Whoever
-- migrates tries again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE {schema}.ledger_call ADD COLUMN nested boolean NOT NULL DEFAULT false;

-- What is known of a span: the call that it is, NULL until that came, and
-- whether a call is nested in it. start_time is that of the call, or while it
-- has not come, of one within it. The key is what two writers meet in.
CREATE TABLE {schema}.ledger_nesting (
    start_time  timestamptz NOT NULL,
    has_inner   boolean     NOT NULL,
    trace_id    bytea       NOT NULL,
    span_id     bytea       NOT NULL,
    analysis_id text,
    CONSTRAINT ledger_nesting_pkey PRIMARY KEY (trace_id, span_id)
) WITH (fillfactor = 90);

-- Who may write the tables that were there may write the new one.
DO $body$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT privilege_type, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_class, aclexplode(relacl)
        WHERE oid = (SELECT tableoid FROM {schema}.ledger_state) AND grantee <> relowner
    LOOP
        EXECUTE 'GRANT ' || given.privilege_type || $name$ ON {schema}.ledger_nesting TO $name$ || given.role;
    END LOOP;
END
$body$;

-- The view gets the new column, and names the time again that partitions are
-- left out before when the program next replaces it.
CREATE OR REPLACE VIEW {schema}.ledger_unfolded AS
SELECT *
FROM {schema}.ledger_call
WHERE NOT folded
    AND start_time >= (SELECT sealed FROM {schema}.ledger_state)
    AND start_time >= '-infinity'::timestamptz;

UPDATE {schema}.ledger_state SET hidden = '-infinity';

-- A group of which no call counts still bounds its analysis, and is shown
-- nowhere.
CREATE OR REPLACE VIEW {schema}.call_type_summary AS
SELECT analysis_id, call_type, nullif(provider, '') AS provider, nullif(model, '') AS model,
    first_start AS start_time,
    last_end AS end_time,
    busy_us / 1000000.0::double precision AS busy_seconds,
    input_tokens + known AS total_input_tokens,
    output_tokens + known AS total_output_tokens,
    input_tokens + output_tokens + known AS total_tokens,
    cache_read_tokens + known AS cache_read_tokens,
    cache_write_tokens + known AS cache_write_tokens,
    reasoning_tokens + known AS reasoning_tokens,
    tool_use_tokens + known AS tool_use_tokens,
    calls,
    calls - failed_calls AS successful_calls,
    failed_calls,
    calls_without_usage,
    unaccounted_tokens,
    CASE WHEN priced_calls > 0 THEN trim_scale(cost_pico * 0.000000000001) END AS cost_usd,
    unpriced_calls,
    partial_calls,
    estimated_calls
FROM {schema}.ledger_total
CROSS JOIN LATERAL (SELECT CASE WHEN calls_without_usage < calls THEN 0::bigint END AS known) k
WHERE calls > 0;

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
        FROM {schema}.ledger_part p
        WHERE p.analysis_id = a.analysis_id AND p.first_start >= a.start_time
        GROUP BY call_type
    ) of_type
) t;

CREATE OR REPLACE VIEW {schema}.call AS
SELECT analysis_id,
    encode(trace_id, 'hex') AS trace_id,
    encode(span_id, 'hex') AS span_id,
    encode(parent_span_id, 'hex') AS parent_span_id,
    call_type,
    nullif(provider, '') AS provider,
    request_model,
    response_model,
    start_time,
    extract(epoch FROM end_time - start_time)::double precision AS duration_seconds,
    input_tokens,
    output_tokens,
    CASE WHEN input_tokens IS NOT NULL OR output_tokens IS NOT NULL
        THEN coalesce(input_tokens, 0) + coalesce(output_tokens, 0) END AS total_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
    provider_total_tokens,
    provider_total_tokens - coalesce(input_tokens, 0) - coalesce(output_tokens, 0) AS unaccounted_tokens,
    (ARRAY['unknown', 'reported', 'partial', 'estimated'])[usage_status + 1] AS usage_status,
    error_type IS NULL AS success,
    error_type,
    trim_scale(cost_pico * 0.000000000001) AS cost_usd,
    price_list_version,
    finish_reasons::jsonb AS finish_reasons,
    attempts,
    service_tier,
    operation,
    response_id,
    stream,
    end_time,
    first_chunk_us / 1000000.0::double precision AS time_to_first_chunk_seconds,
    input_text_tokens, input_image_tokens, input_audio_tokens, input_video_tokens,
    output_text_tokens, output_image_tokens, output_audio_tokens, output_video_tokens,
    subject, user_id, user_tier, tenant_id,
    largest_request_input_tokens
FROM {schema}.ledger_call
WHERE NOT nested;
