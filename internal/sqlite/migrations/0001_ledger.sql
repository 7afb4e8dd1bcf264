-- Tables whose names start with ledger_ belong to the program. The views
-- analysis_summary, call_type_summary and call are what others may read.
-- Times are microseconds since 1970 in UTC; money is pico-dollars (1e-12 USD).
-- Texts that are not known are '', counts that were not reported are NULL.

-- The ledger: one row per call, and the memory of what was counted.
CREATE TABLE ledger_call (
    trace_id              BLOB    NOT NULL,
    span_id               BLOB    NOT NULL,
    parent_span_id        BLOB,
    analysis_id           TEXT    NOT NULL,
    call_type             TEXT    NOT NULL,
    provider              TEXT    NOT NULL,
    operation             TEXT    NOT NULL,
    request_model         TEXT    NOT NULL,
    response_model        TEXT    NOT NULL,
    response_id           TEXT    NOT NULL,
    service_tier          TEXT    NOT NULL,
    finish_reasons        TEXT,
    stream                INTEGER NOT NULL,
    attempts              INTEGER NOT NULL,
    start_us              INTEGER NOT NULL,
    end_us                INTEGER NOT NULL,
    first_chunk_us        INTEGER NOT NULL,
    usage_status          INTEGER NOT NULL, -- 0 unknown, 1 reported, 2 partial, 3 estimated
    input_tokens          INTEGER,
    output_tokens         INTEGER,
    cache_read_tokens     INTEGER,
    cache_write_tokens    INTEGER,
    reasoning_tokens      INTEGER,
    tool_use_tokens       INTEGER,
    provider_total_tokens INTEGER,
    input_text_tokens     INTEGER,
    input_image_tokens    INTEGER,
    input_audio_tokens    INTEGER,
    input_video_tokens    INTEGER,
    output_text_tokens    INTEGER,
    output_image_tokens   INTEGER,
    output_audio_tokens   INTEGER,
    output_video_tokens   INTEGER,
    error_type            TEXT    NOT NULL,
    cost_pico             INTEGER,
    price_list_version    TEXT    NOT NULL,
    subject               TEXT    NOT NULL,
    user_id               TEXT    NOT NULL,
    user_tier             TEXT    NOT NULL,
    tenant_id             TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX ledger_call_key ON ledger_call (trace_id, span_id);
CREATE INDEX ledger_call_analysis ON ledger_call (analysis_id, start_us);

-- The sums: one row per analysis, call type, provider and model. They move in
-- the transaction that writes the ledger's rows.
CREATE TABLE ledger_rollup (
    analysis_id         TEXT    NOT NULL,
    call_type           TEXT    NOT NULL,
    provider            TEXT    NOT NULL,
    model               TEXT    NOT NULL,
    calls               INTEGER NOT NULL,
    failed_calls        INTEGER NOT NULL,
    calls_without_usage INTEGER NOT NULL,
    partial_calls       INTEGER NOT NULL,
    estimated_calls     INTEGER NOT NULL,
    unpriced_calls      INTEGER NOT NULL,
    priced_calls        INTEGER NOT NULL,
    input_tokens        INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    cache_read_tokens   INTEGER NOT NULL,
    cache_write_tokens  INTEGER NOT NULL,
    reasoning_tokens    INTEGER NOT NULL,
    tool_use_tokens     INTEGER NOT NULL,
    unaccounted_tokens  INTEGER NOT NULL,
    cost_pico           INTEGER NOT NULL,
    busy_us             INTEGER NOT NULL,
    first_start_us      INTEGER NOT NULL,
    last_end_us         INTEGER NOT NULL,
    updated_us          INTEGER NOT NULL,
    PRIMARY KEY (analysis_id, call_type, provider, model)
) STRICT, WITHOUT ROWID;

-- The registry: one row per analysis, and what its processes said at its end.
-- Most calls change nothing in it, so that most batches need not write it.
CREATE TABLE ledger_analysis (
    analysis_id   TEXT    NOT NULL PRIMARY KEY,
    subject       TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    user_tier     TEXT    NOT NULL,
    tenant_id     TEXT    NOT NULL,
    start_us      INTEGER NOT NULL,
    closed_spans  INTEGER NOT NULL,
    closed_calls  INTEGER NOT NULL,
    closed_end_us INTEGER NOT NULL,
    updated_us    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_analysis_start ON ledger_analysis (start_us, analysis_id);

-- Analysis spans that were counted into the registry.
CREATE TABLE ledger_closed (
    trace_id      BLOB    NOT NULL,
    span_id       BLOB    NOT NULL,
    analysis_id   TEXT    NOT NULL,
    start_us      INTEGER NOT NULL,
    end_us        INTEGER NOT NULL,
    calls         INTEGER NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    PRIMARY KEY (trace_id, span_id)
) STRICT, WITHOUT ROWID;

-- Calls that are in no sum: they came after their details were dropped
-- ('late'), or start too far ahead of the clock ('future').
CREATE TABLE ledger_late (
    trace_id    BLOB    NOT NULL,
    span_id     BLOB    NOT NULL,
    analysis_id TEXT    NOT NULL,
    call_type   TEXT    NOT NULL,
    start_us    INTEGER NOT NULL,
    recorded_us INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    PRIMARY KEY (trace_id, span_id)
) STRICT, WITHOUT ROWID;

-- horizon_us: calls that started before it are no longer in ledger_call.
CREATE TABLE ledger_state (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
