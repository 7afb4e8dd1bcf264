-- The input of the largest request of a call of several: it decides which
-- step of a price counts. Calls that came before have none.

ALTER TABLE ledger_call ADD COLUMN largest_request_input_tokens INTEGER;

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
FROM ledger_call;
