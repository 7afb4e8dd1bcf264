-- The ends of an analysis are dropped with it, and looked at when it is
-- reconciled.
CREATE INDEX ledger_closed_analysis ON ledger_closed (analysis_id);
