-- Tables whose names start with ledger_ belong to the program. The views
-- analysis_summary, call_type_summary and call are what others may read.
-- Money is whole pico-dollars (1e-12 USD) here and NUMERIC in the views.

-- One row per call: what has been counted, and the details.
CREATE TABLE {schema}.ledger_call (
    start_time            timestamptz NOT NULL,
    end_time              timestamptz NOT NULL,
    recorded_at           timestamptz NOT NULL,
    input_tokens          bigint,
    output_tokens         bigint,
    cache_read_tokens     bigint,
    cache_write_tokens    bigint,
    reasoning_tokens      bigint,
    tool_use_tokens       bigint,
    provider_total_tokens bigint,
    cost_pico             bigint,
    first_chunk_us        bigint,
    input_text_tokens     bigint,
    input_image_tokens    bigint,
    input_audio_tokens    bigint,
    input_video_tokens    bigint,
    output_text_tokens    bigint,
    output_image_tokens   bigint,
    output_audio_tokens   bigint,
    output_video_tokens   bigint,
    attempts              integer     NOT NULL,
    usage_status          smallint    NOT NULL, -- 0 unknown, 1 reported, 2 partial, 3 estimated
    stream                boolean     NOT NULL,
    folded                boolean     NOT NULL, -- true: ledger_rollup has it; see ledger_state
    trace_id              bytea       NOT NULL,
    span_id               bytea       NOT NULL,
    parent_span_id        bytea,
    analysis_id           text        NOT NULL,
    call_type             text        NOT NULL,
    provider              text        NOT NULL,
    request_model         text,
    response_model        text,
    operation             text,
    response_id           text,
    service_tier          text,
    error_type            text,                 -- NULL: the call worked
    price_list_version    text,
    finish_reasons        text,                 -- a JSON array
    subject               text,
    user_id               text,
    user_tier             text,
    tenant_id             text,
    CONSTRAINT ledger_call_pkey PRIMARY KEY (analysis_id, start_time, trace_id, span_id)
) PARTITION BY RANGE (start_time);

CREATE INDEX ledger_call_unfolded ON {schema}.ledger_call (analysis_id, start_time) WHERE NOT folded;

-- Sums of the calls that are marked folded. No column that changes is indexed,
-- and a page leaves room for new versions of its rows.
CREATE TABLE {schema}.ledger_rollup (
    calls               bigint      NOT NULL,
    failed_calls        bigint      NOT NULL,
    calls_without_usage bigint      NOT NULL,
    partial_calls       bigint      NOT NULL,
    estimated_calls     bigint      NOT NULL,
    unpriced_calls      bigint      NOT NULL,
    priced_calls        bigint      NOT NULL,
    input_tokens        bigint      NOT NULL,
    output_tokens       bigint      NOT NULL,
    cache_read_tokens   bigint      NOT NULL,
    cache_write_tokens  bigint      NOT NULL,
    reasoning_tokens    bigint      NOT NULL,
    tool_use_tokens     bigint      NOT NULL,
    unaccounted_tokens  bigint      NOT NULL,
    cost_pico           numeric     NOT NULL,
    busy_us             bigint      NOT NULL,
    first_start         timestamptz NOT NULL,
    last_end            timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    analysis_id         text        NOT NULL,
    call_type           text        NOT NULL,
    provider            text        NOT NULL,
    model               text        NOT NULL,
    CONSTRAINT ledger_rollup_pkey PRIMARY KEY (analysis_id, call_type, provider, model)
) WITH (fillfactor = 70);

-- One row per analysis. No call of it in the ledger starts before start_time,
-- which lets a reader pass by older partitions.
CREATE TABLE {schema}.ledger_analysis (
    start_time  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    analysis_id text        NOT NULL,
    subject     text,
    user_id     text,
    user_tier   text,
    tenant_id   text,
    CONSTRAINT ledger_analysis_pkey PRIMARY KEY (analysis_id)
) WITH (fillfactor = 90);

CREATE INDEX ledger_analysis_start ON {schema}.ledger_analysis (start_time, analysis_id COLLATE "C");

-- What an ended analysis says of itself: one row per analysis span.
CREATE TABLE {schema}.ledger_closed (
    start_time    timestamptz NOT NULL,
    end_time      timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    calls         bigint      NOT NULL,
    input_tokens  bigint      NOT NULL,
    output_tokens bigint      NOT NULL,
    trace_id      bytea       NOT NULL,
    span_id       bytea       NOT NULL,
    analysis_id   text        NOT NULL,
    CONSTRAINT ledger_closed_pkey PRIMARY KEY (analysis_id, trace_id, span_id)
);

-- Calls that are in no sum: late ones started before the horizon, future ones
-- more than a day ahead of the clock.
CREATE TABLE {schema}.ledger_late (
    start_time    timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    input_tokens  bigint,
    output_tokens bigint,
    cost_pico     bigint,
    trace_id      bytea       NOT NULL,
    span_id       bytea       NOT NULL,
    reason        text        NOT NULL,
    analysis_id   text        NOT NULL,
    call_type     text        NOT NULL,
    provider      text        NOT NULL,
    model         text        NOT NULL,
    CONSTRAINT ledger_late_pkey PRIMARY KEY (analysis_id, start_time, trace_id, span_id),
    CONSTRAINT ledger_late_reason CHECK (reason IN ('late', 'future'))
);

-- One row. The ledger knows every call that started at the horizon or later;
-- of earlier ones it no longer knows which were counted. Calls that started
-- before "sealed" are all in ledger_rollup, marked folded or not, and those
-- before "hidden" are out of the sight of the planner too.
CREATE TABLE {schema}.ledger_state (
    horizon      timestamptz NOT NULL,
    sealed       timestamptz NOT NULL,
    sealed_at    timestamptz NOT NULL DEFAULT '-infinity',
    hidden       timestamptz NOT NULL DEFAULT '-infinity',
    compacted_at timestamptz NOT NULL DEFAULT '-infinity',
    one_row      boolean     NOT NULL DEFAULT true,
    CONSTRAINT ledger_state_pkey PRIMARY KEY (one_row),
    CONSTRAINT ledger_state_one_row CHECK (one_row)
);

-- Makes the partition of a day, in UTC. It runs with the rights of its owner,
-- so that a role that may only write meets no day without one. A finished
-- table is attached, for that lets the reads and writes of others go on.
CREATE FUNCTION {schema}.ledger_make_partition(day date) RETURNS void
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = {schema}, pg_temp
AS $body$
DECLARE
    name text := 'ledger_call_' || to_char(day, 'YYYYMMDD');
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE ledger_call INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE ledger_call ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
        to_char(day, 'YYYY-MM-DD 00:00:00+00'), to_char(day + 1, 'YYYY-MM-DD 00:00:00+00'));
END
$body$;

REVOKE EXECUTE ON FUNCTION {schema}.ledger_make_partition(date) FROM PUBLIC;

-- The calls that are in no rollup. The last condition says nothing that the
-- one before it does not say: once a day the program replaces its time by
-- ledger_state.hidden, so that plans leave out older partitions.
CREATE VIEW {schema}.ledger_unfolded AS
SELECT *
FROM {schema}.ledger_call
WHERE NOT folded
    AND start_time >= (SELECT sealed FROM {schema}.ledger_state)
    AND start_time >= '-infinity'::timestamptz;

-- Sums that make up those of an analysis when added: the rollups, and every
-- call that is not in them.
CREATE VIEW {schema}.ledger_part AS
SELECT analysis_id, call_type, provider, model,
    calls, failed_calls, calls_without_usage, partial_calls, estimated_calls, unpriced_calls, priced_calls,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
    unaccounted_tokens, cost_pico, busy_us, first_start, last_end, updated_at
FROM {schema}.ledger_rollup
UNION ALL
SELECT analysis_id, call_type, provider, coalesce(response_model, request_model, ''),
    1::bigint, (error_type IS NOT NULL)::int::bigint, (usage_status = 0)::int::bigint,
    (usage_status = 2)::int::bigint, (usage_status = 3)::int::bigint,
    (cost_pico IS NULL AND usage_status <> 0)::int::bigint, (cost_pico IS NOT NULL)::int::bigint,
    coalesce(input_tokens, 0), coalesce(output_tokens, 0), coalesce(cache_read_tokens, 0),
    coalesce(cache_write_tokens, 0), coalesce(reasoning_tokens, 0), coalesce(tool_use_tokens, 0),
    coalesce(provider_total_tokens - coalesce(input_tokens, 0) - coalesce(output_tokens, 0), 0),
    coalesce(cost_pico, 0)::numeric, (extract(epoch FROM end_time - start_time) * 1000000)::bigint,
    start_time, end_time, recorded_at
FROM {schema}.ledger_unfolded;

-- The sums of each analysis, call type, provider and model.
CREATE VIEW {schema}.ledger_total AS
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
    FROM {schema}.ledger_part p
    WHERE p.analysis_id = a.analysis_id AND p.first_start >= a.start_time
    GROUP BY call_type, provider, model
) t;

-- In the views below, "known" is 0, or NULL where there are calls and none of
-- them reported its usage: adding it to a sum of tokens makes that NULL too.

CREATE VIEW {schema}.call_type_summary AS
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
CROSS JOIN LATERAL (SELECT CASE WHEN calls_without_usage < calls THEN 0::bigint END AS known) k;

CREATE VIEW {schema}.analysis_summary AS
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
        CASE WHEN sum(calls_without_usage) = sum(calls) THEN NULL ELSE 0::bigint END AS known,
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
        )), '{}'::jsonb) AS breakdown
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

CREATE VIEW {schema}.call AS
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
    subject, user_id, user_tier, tenant_id
FROM {schema}.ledger_call;
