-- The table as the application had it before it counted tokens. Where it is there already, it stays as it is.
CREATE TABLE IF NOT EXISTS stock_analyses (
    id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT stock_analyses_pkey PRIMARY KEY,
    symbol     text        NOT NULL,
    decision   text        NOT NULL,
    confidence double precision,
    reason     text        NOT NULL DEFAULT '',
    indicators jsonb       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS stock_analyses_symbol_created_at_idx ON stock_analyses (symbol, created_at DESC);
