-- Every column may be NULL: rows from before stay as they are, and a count that no provider reported is not 0.
-- Adding columns without a default rewrites nothing, however large the table is.
ALTER TABLE stock_analyses
    ADD COLUMN analysis_id           text CONSTRAINT stock_analyses_analysis_id_key UNIQUE,
    ADD COLUMN total_input_tokens    bigint,
    ADD COLUMN total_output_tokens   bigint,
    ADD COLUMN total_tokens          bigint,
    ADD COLUMN llm_calls_count       bigint,
    ADD COLUMN token_usage_breakdown jsonb;
