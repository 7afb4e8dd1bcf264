-- Analyses that ended before this time have been dropped as a whole: their
-- ends are taken no more.

-- Everybody waits while the table waits for its lock: not for long. Whoever
-- migrates tries again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE {schema}.ledger_state ADD COLUMN forgotten timestamptz NOT NULL DEFAULT '0001-01-01 00:00:00+00';
