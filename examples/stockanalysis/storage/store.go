// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/spanledger/spanledger/examples/stockanalysis"
)

// DefaultLedgerSchema is where spanledger keeps its tables and views unless it is told otherwise.
const DefaultLedgerSchema = "spanledger"

// Store keeps results in stock_analyses. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
}

// Open connects to the database of dsn. The table is that of the first schema in its search_path. Close the Store
// after use.
func Open(ctx context.Context, dsn string) (*Store, error) {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach database: %w", err)
	}
	return &Store{pool: pool}, nil
}

// Close waits for running queries and frees the connections.
func (s *Store) Close() { s.pool.Close() }

// Row is one row of stock_analyses. The pointers and AnalysisID are empty in rows from before the token counts, and
// where a count is unknown.
type Row struct {
	ID           int64
	Symbol       string
	Decision     string
	CreatedAt    time.Time
	AnalysisID   *string
	InputTokens  *int64
	OutputTokens *int64
	TotalTokens  *int64
	LLMCalls     *int64
	Breakdown    json.RawMessage
}

// Save writes a result with the counts of its TokenUsage and returns the new row's id. The same analysis id twice is
// an error.
func (s *Store) Save(ctx context.Context, r stockanalysis.Result) (int64, error) {
	const insert = `
		INSERT INTO stock_analyses (symbol, decision, confidence, reason, indicators, analysis_id,
			total_input_tokens, total_output_tokens, total_tokens, llm_calls_count, token_usage_breakdown)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		RETURNING id`
	usage := usageOf(&r.Metadata.TokenUsage)
	var id int64
	err := s.pool.QueryRow(ctx, insert,
		r.Symbol, string(r.Decision.Action), r.Decision.Confidence, r.Decision.Reason, r.Indicators,
		r.Metadata.AnalysisID, usage.Input, usage.Output, usage.Total, usage.Calls, usage.Breakdown,
	).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("save analysis %s: %w", r.Metadata.AnalysisID, err)
	}
	return id, nil
}

// List returns all rows with the counts that Save wrote, oldest first.
func (s *Store) List(ctx context.Context) ([]Row, error) {
	const list = `
		SELECT id, symbol, decision, created_at, analysis_id,
			total_input_tokens, total_output_tokens, total_tokens, llm_calls_count, token_usage_breakdown
		FROM stock_analyses ORDER BY id`
	rows, err := s.query(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("list analyses: %w", err)
	}
	return rows, nil
}

//go:embed queries/ledger_usage.sql
var ledgerUsage string

// LedgerUsage returns all rows with the counts of the ledger in the given schema of the same database, oldest first.
func (s *Store) LedgerUsage(ctx context.Context, schema string) ([]Row, error) {
	quoted := pgx.Identifier{schema}.Sanitize()
	rows, err := s.query(ctx, strings.ReplaceAll(ledgerUsage, DefaultLedgerSchema+".", quoted+"."))
	if err != nil {
		return nil, fmt.Errorf("join analyses with ledger %s: %w", quoted, err)
	}
	return rows, nil
}

func (s *Store) query(ctx context.Context, sql string) ([]Row, error) {
	rows, err := s.pool.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Row])
}
