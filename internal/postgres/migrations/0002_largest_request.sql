-- The input of the largest request of a call of several: it decides which
-- step of a price counts. Calls that came before have none.

-- Everybody waits while the table waits for its lock: not for long. Whoever
-- migrates tries again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE {schema}.ledger_call ADD COLUMN largest_request_input_tokens bigint;

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
FROM {schema}.ledger_call;
