-- The application's rows with the ledger's figures. Rows from before the first count, and rows whose spans have not
-- arrived, keep NULL.
SELECT a.id, a.symbol, a.decision, a.created_at, a.analysis_id,
       s.total_input_tokens, s.total_output_tokens, s.total_tokens, s.llm_calls_count, s.token_usage_breakdown
FROM stock_analyses AS a
LEFT JOIN spanledger.analysis_summary AS s USING (analysis_id)
ORDER BY a.id
