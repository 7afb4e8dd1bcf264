-- A call whose span is the parent of another call's span is rolled up: it
-- stays in the ledger and is in no sum.

ALTER TABLE ledger_call ADD COLUMN nested INTEGER NOT NULL DEFAULT 0;

-- What is known of a span: whether it is a call, and whether a call is nested
-- in it. start_us is that of the call, or while that has not come, of one
-- within it.
CREATE TABLE ledger_nesting (
    trace_id  BLOB    NOT NULL,
    span_id   BLOB    NOT NULL,
    is_call   INTEGER NOT NULL,
    has_inner INTEGER NOT NULL,
    start_us  INTEGER NOT NULL,
    PRIMARY KEY (trace_id, span_id)
) STRICT, WITHOUT ROWID;

DROP VIEW call;

CREATE VIEW call AS
SELECT
    analysis_id,
    lower(hex(trace_id)) AS trace_id,
    lower(hex(span_id)) AS span_id,
    nullif(lower(hex(parent_span_id)), '') AS parent_span_id,
    call_type,
    provider,
    nullif(request_model, '') AS request_model,
    nullif(response_model, '') AS response_model,
    strftime('%Y-%m-%dT%H:%M:%S', start_us / 1000000, 'unixepoch') || printf('.%06dZ', start_us % 1000000) AS start_time,
    (end_us - start_us) / 1e6 AS duration_seconds,
    input_tokens,
    output_tokens,
    CASE WHEN input_tokens IS NOT NULL OR output_tokens IS NOT NULL
        THEN ifnull(input_tokens, 0) + ifnull(output_tokens, 0) END AS total_tokens,
    cache_read_tokens,
    cache_write_tokens,
    reasoning_tokens,
    tool_use_tokens,
    provider_total_tokens,
    provider_total_tokens - ifnull(input_tokens, 0) - ifnull(output_tokens, 0) AS unaccounted_tokens,
    CASE usage_status WHEN 1 THEN 'reported' WHEN 2 THEN 'partial' WHEN 3 THEN 'estimated' ELSE 'unknown' END
        AS usage_status,
    error_type = '' AS success,
    nullif(error_type, '') AS error_type,
    CASE WHEN cost_pico IS NOT NULL THEN
        CASE WHEN cost_pico < 0 AND cost_pico > -1000000000000 THEN '-' ELSE '' END ||
        rtrim(rtrim(printf('%d.%012d', cost_pico / 1000000000000, abs(cost_pico % 1000000000000)), '0'), '.') END AS cost_usd,
    nullif(price_list_version, '') AS price_list_version,
    finish_reasons,
    attempts,
    nullif(service_tier, '') AS service_tier,
    nullif(operation, '') AS operation,
    nullif(response_id, '') AS response_id,
    stream,
    strftime('%Y-%m-%dT%H:%M:%S', end_us / 1000000, 'unixepoch') || printf('.%06dZ', end_us % 1000000) AS end_time,
    nullif(first_chunk_us, 0) / 1e6 AS time_to_first_chunk_seconds,
    input_text_tokens,
    input_image_tokens,
    input_audio_tokens,
    input_video_tokens,
    output_text_tokens,
    output_image_tokens,
    output_audio_tokens,
    output_video_tokens,
    nullif(subject, '') AS subject,
    nullif(user_id, '') AS user_id,
    nullif(user_tier, '') AS user_tier,
    nullif(tenant_id, '') AS tenant_id,
    largest_request_input_tokens
FROM ledger_call
WHERE nested = 0;

-- Groups of which no call counts are shown nowhere; their bounds still are those
-- of the analysis.

DROP VIEW call_type_summary;

CREATE VIEW call_type_summary AS
SELECT
    analysis_id,
    call_type,
    provider,
    nullif(model, '') AS model,
    strftime('%Y-%m-%dT%H:%M:%S', first_start_us / 1000000, 'unixepoch') || printf('.%06dZ', first_start_us % 1000000) AS start_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_end_us / 1000000, 'unixepoch') || printf('.%06dZ', last_end_us % 1000000) AS end_time,
    busy_us / 1e6 AS busy_seconds,
    iif(known, input_tokens, NULL) AS total_input_tokens,
    iif(known, output_tokens, NULL) AS total_output_tokens,
    iif(known, input_tokens + output_tokens, NULL) AS total_tokens,
    iif(known, cache_read_tokens, NULL) AS cache_read_tokens,
    iif(known, cache_write_tokens, NULL) AS cache_write_tokens,
    iif(known, reasoning_tokens, NULL) AS reasoning_tokens,
    iif(known, tool_use_tokens, NULL) AS tool_use_tokens,
    calls,
    calls - failed_calls AS successful_calls,
    failed_calls,
    calls_without_usage,
    unaccounted_tokens,
    CASE WHEN cost IS NOT NULL THEN
        CASE WHEN cost < 0 AND cost > -1000000000000 THEN '-' ELSE '' END ||
        rtrim(rtrim(printf('%d.%012d', cost / 1000000000000, abs(cost % 1000000000000)), '0'), '.') END AS cost_usd,
    unpriced_calls,
    partial_calls,
    estimated_calls
FROM (
    SELECT *, calls_without_usage < calls AS known, iif(priced_calls > 0, cost_pico, NULL) AS cost
    FROM ledger_rollup
    WHERE calls > 0
);

DROP VIEW analysis_summary;

CREATE VIEW analysis_summary AS
SELECT
    analysis_id,
    nullif(subject, '') AS subject,
    nullif(user_id, '') AS user_id,
    nullif(user_tier, '') AS user_tier,
    nullif(tenant_id, '') AS tenant_id,
    strftime('%Y-%m-%dT%H:%M:%S', start_known / 1000000, 'unixepoch') || printf('.%06dZ', start_known % 1000000) AS start_time,
    strftime('%Y-%m-%dT%H:%M:%S', end_known / 1000000, 'unixepoch') || printf('.%06dZ', end_known % 1000000) AS end_time,
    max(end_known - start_known, 0) / 1e6 AS duration_seconds,
    iif(known, input_tokens, NULL) AS total_input_tokens,
    iif(known, output_tokens, NULL) AS total_output_tokens,
    iif(known, input_tokens + output_tokens, NULL) AS total_tokens,
    iif(known, cache_read_tokens, NULL) AS cache_read_tokens,
    iif(known, cache_write_tokens, NULL) AS cache_write_tokens,
    iif(known, reasoning_tokens, NULL) AS reasoning_tokens,
    iif(known, tool_use_tokens, NULL) AS tool_use_tokens,
    calls AS llm_calls_count,
    calls - failed_calls AS successful_calls,
    failed_calls,
    calls_without_usage,
    unaccounted_tokens,
    CASE WHEN cost IS NOT NULL THEN
        CASE WHEN cost < 0 AND cost > -1000000000000 THEN '-' ELSE '' END ||
        rtrim(rtrim(printf('%d.%012d', cost / 1000000000000, abs(cost % 1000000000000)), '0'), '.') END AS cost_usd,
    unpriced_calls,
    CASE WHEN closed_spans = 0 THEN 'open' WHEN closed_calls > calls THEN 'missing' ELSE 'complete' END AS completeness,
    iif(closed_spans = 0, 0, max(closed_calls - calls, 0)) AS missing_calls,
    (
        SELECT json_group_object(t.call_type, json_object(
            'calls', t.calls,
            'total_input_tokens', iif(t.known, t.input_tokens, NULL),
            'total_output_tokens', iif(t.known, t.output_tokens, NULL),
            'total_tokens', iif(t.known, t.input_tokens + t.output_tokens, NULL),
            'cache_read_tokens', iif(t.known, t.cache_read_tokens, NULL),
            'cache_write_tokens', iif(t.known, t.cache_write_tokens, NULL),
            'reasoning_tokens', iif(t.known, t.reasoning_tokens, NULL),
            'tool_use_tokens', iif(t.known, t.tool_use_tokens, NULL),
            'successful_calls', t.calls - t.failed_calls,
            'failed_calls', t.failed_calls,
            'calls_without_usage', t.calls_without_usage,
            'partial_calls', t.partial_calls,
            'estimated_calls', t.estimated_calls,
            'unaccounted_tokens', t.unaccounted_tokens,
            'cost_usd', json(CASE WHEN t.cost IS NOT NULL THEN
                CASE WHEN t.cost < 0 AND t.cost > -1000000000000 THEN '-' ELSE '' END ||
                rtrim(rtrim(printf('%d.%012d', t.cost / 1000000000000, abs(t.cost % 1000000000000)), '0'), '.') END),
            'unpriced_calls', t.unpriced_calls
        ))
        FROM (
            SELECT
                *,
                calls_without_usage < calls AS known,
                iif(priced_calls > 0, cost_pico, NULL) AS cost
            FROM (
                SELECT
                    call_type,
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
                    sum(cost_pico) AS cost_pico
                FROM ledger_rollup
                WHERE analysis_id = total.analysis_id
                GROUP BY call_type
                HAVING sum(calls) > 0
            )
        ) t
    ) AS token_usage_breakdown,
    strftime('%Y-%m-%dT%H:%M:%S', changed_us / 1000000, 'unixepoch') || printf('.%06dZ', changed_us % 1000000) AS updated_at,
    partial_calls,
    estimated_calls
FROM (
    SELECT
        a.*,
        nullif(a.start_us, -62135596800000000) AS start_known,
        nullif(max(a.closed_end_us, ifnull(max(r.last_end_us), a.closed_end_us)), -62135596800000000) AS end_known,
        max(a.updated_us, ifnull(max(r.updated_us), 0)) AS changed_us,
        ifnull(sum(r.calls), 0) AS calls,
        ifnull(sum(r.failed_calls), 0) AS failed_calls,
        ifnull(sum(r.calls_without_usage), 0) AS calls_without_usage,
        ifnull(sum(r.partial_calls), 0) AS partial_calls,
        ifnull(sum(r.estimated_calls), 0) AS estimated_calls,
        ifnull(sum(r.unpriced_calls), 0) AS unpriced_calls,
        ifnull(sum(r.priced_calls), 0) AS priced_calls,
        ifnull(sum(r.input_tokens), 0) AS input_tokens,
        ifnull(sum(r.output_tokens), 0) AS output_tokens,
        ifnull(sum(r.cache_read_tokens), 0) AS cache_read_tokens,
        ifnull(sum(r.cache_write_tokens), 0) AS cache_write_tokens,
        ifnull(sum(r.reasoning_tokens), 0) AS reasoning_tokens,
        ifnull(sum(r.tool_use_tokens), 0) AS tool_use_tokens,
        ifnull(sum(r.unaccounted_tokens), 0) AS unaccounted_tokens,
        ifnull(sum(r.cost_pico), 0) AS cost_pico,
        ifnull(sum(r.calls), 0) = 0 OR sum(r.calls_without_usage) < sum(r.calls) AS known,
        iif(ifnull(sum(r.calls), 0) = 0 OR sum(r.priced_calls) > 0, ifnull(sum(r.cost_pico), 0), NULL) AS cost
    FROM ledger_analysis a
    LEFT JOIN ledger_rollup r ON r.analysis_id = a.analysis_id
    GROUP BY a.analysis_id
) total;
