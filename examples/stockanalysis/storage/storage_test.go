// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
	"github.com/spanledger/spanledger/internal/postgres"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *Store {
	t.Helper()
	store, err := Open(t.Context(), pgtest.DSN(t))
	require.NoError(t, err)
	t.Cleanup(store.Close)
	return store
}

func migrateTo(t *testing.T, s *Store, version int) {
	t.Helper()
	require.NoError(t, pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		return migrate(t.Context(), tx, version)
	}))
}

// insertOld is the statement of the application before it counted tokens.
func insertOld(t *testing.T, s *Store, symbol string) {
	t.Helper()
	const insert = `INSERT INTO stock_analyses (symbol, decision, indicators) VALUES ($1, 'buy', '{"rsi_14": 55}')`
	_, err := s.pool.Exec(t.Context(), insert, symbol)
	require.NoError(t, err)
}

func TestStore_MigratePopulatedTable(t *testing.T) {
	t.Parallel()
	s := open(t)
	migrateTo(t, s, 1)
	insertOld(t, s, "INFY")
	insertOld(t, s, "RELIANCE")

	require.NoError(t, s.Migrate(t.Context()))
	rows, err := s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 2)
	for _, r := range rows {
		require.Equal(t, "buy", r.Decision)
		require.Equal(
			t,
			Row{ID: r.ID, Symbol: r.Symbol, Decision: "buy", CreatedAt: r.CreatedAt},
			r,
			"no counts, not zeros",
		)
	}

	insertOld(t, s, "TCS") // an older copy of the application may still write
	_, err = s.Save(t.Context(), result(t, "analysis_1"))
	require.NoError(t, err)
	rows, err = s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.Nil(t, rows[2].AnalysisID)
	require.Equal(t, "analysis_1", *rows[3].AnalysisID)
}

// A database from before migrations were numbered has the table, and no version.
func TestStore_MigrateTableWithoutVersion(t *testing.T) {
	t.Parallel()
	s := open(t)
	migrateTo(t, s, 1)
	insertOld(t, s, "INFY")
	_, err := s.pool.Exec(t.Context(), `DROP TABLE stock_analyses_version`)
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	rows, err := s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 1)
}

func TestStore_MigrateFromManyAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	errs := make([]error, 4)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = s.Migrate(t.Context()) })
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func TestStore_Save(t *testing.T) {
	t.Parallel()
	s := open(t)
	require.NoError(t, s.Migrate(t.Context()))
	id, err := s.Save(t.Context(), result(t, "analysis_1"))
	require.NoError(t, err)
	rows, err := s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 1)
	row := rows[0]
	require.Equal(t, id, row.ID)
	require.Equal(t, "hold", row.Decision)
	require.Equal(
		t,
		[]int64{160, 55, 215, 3},
		[]int64{*row.InputTokens, *row.OutputTokens, *row.TotalTokens, *row.LLMCalls},
	)
	require.JSONEq(t, `{
		"indicator_summary": {"calls": 1, "successful_calls": 1, "failed_calls": 0,
			"total_input_tokens": 100, "total_output_tokens": 50, "total_tokens": 150},
		"final_decision": {"calls": 1, "successful_calls": 1, "failed_calls": 0,
			"total_input_tokens": 60, "total_output_tokens": 5, "total_tokens": 65},
		"volume_analysis": {"calls": 1, "successful_calls": 0, "failed_calls": 1,
			"total_input_tokens": null, "total_output_tokens": null, "total_tokens": null}
	}`, string(row.Breakdown))

	_, err = s.Save(t.Context(), result(t, "analysis_1"))
	require.ErrorContains(t, err, "stock_analyses_analysis_id_key", "an analysis is saved once")
}

// An analysis of which no call reported its usage leaves the counts NULL.
func TestStore_SaveUnknownUsage(t *testing.T) {
	t.Parallel()
	s := open(t)
	require.NoError(t, s.Migrate(t.Context()))
	summary, err := analysis.Fold("analysis_1", []analysis.Call{
		call("analysis_1", 1, "final_decision", instrument.Usage{}, "429"),
	})
	require.NoError(t, err)
	r := result(t, "analysis_1")
	r.Metadata.TokenUsage = summary
	_, err = s.Save(t.Context(), r)
	require.NoError(t, err)
	rows, err := s.List(t.Context())
	require.NoError(t, err)
	require.Nil(t, rows[0].TotalTokens)
	require.EqualValues(t, 1, *rows[0].LLMCalls)
}

// Both ways show the same figures, and old rows none.
func TestStore_LedgerUsage(t *testing.T) {
	t.Parallel()
	s := open(t)
	migrateTo(t, s, 1)
	insertOld(t, s, "INFY")
	require.NoError(t, s.Migrate(t.Context()))
	for _, id := range []string{"analysis_1", "analysis_not_arrived"} {
		_, err := s.Save(t.Context(), result(t, id))
		require.NoError(t, err)
	}
	schema := ledgerOf(t, threeCalls("analysis_1"))

	written, err := s.List(t.Context())
	require.NoError(t, err)
	joined, err := s.LedgerUsage(t.Context(), schema)
	require.NoError(t, err)
	require.Len(t, joined, 3)
	require.Equal(t, written[0], joined[0], "a row from before")
	require.Equal(t, steps(t, written[1]), steps(t, joined[1]))
	written[1].Breakdown, joined[1].Breakdown = nil, nil
	require.Equal(t, written[1], joined[1])
	require.Nil(t, joined[2].TotalTokens, "not arrived is not zero")

	_, err = s.LedgerUsage(t.Context(), `no"such`)
	require.ErrorContains(t, err, `join analyses with ledger "no""such"`)
}

// The statements of the README run as they stand there, and the migration in it is the one that runs.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	migration, err := migrationFiles.ReadFile("migrations/002_token_usage.sql")
	require.NoError(t, err)
	require.Contains(t, string(readme), withoutComments(string(migration)))
	require.Contains(t, string(readme), withoutComments(ledgerUsage))

	s := open(t)
	require.NoError(t, s.Migrate(t.Context()))
	schema := ledgerOf(t, threeCalls("analysis_1"))
	ran := 0
	for block := range strings.SplitSeq(string(readme), "```sql\n") {
		statement, _, _ := strings.Cut(block, "```")
		if strings.HasPrefix(statement, "SELECT") {
			_, err := s.pool.Exec(t.Context(), strings.ReplaceAll(statement, "spanledger.", schema+"."))
			require.NoError(t, err)
			ran++
		}
	}
	require.Equal(t, 3, ran)
}

func TestOpen(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"postgres://u:secret@127.0.0.1:1/x?connect_timeout=2", "postgres://u:secret@[::1"} {
		_, err := Open(t.Context(), dsn)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "secret")
	}
}

// ledgerOf is a real ledger with the given calls; it returns its schema.
func ledgerOf(t *testing.T, calls []analysis.Call) string {
	t.Helper()
	dsn := pgtest.DSN(t)
	store, err := postgres.Open(t.Context(), postgres.Config{DSN: dsn, CreateSchema: true})
	require.NoError(t, err)
	defer store.Close()
	outcome, err := store.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.NoError(t, err)
	require.Equal(t, len(calls), outcome.Folded)
	return pgtest.Schema(t, dsn)
}

func steps(t *testing.T, r Row) map[string]stepUsage {
	t.Helper()
	var s map[string]stepUsage
	require.NoError(t, json.Unmarshal(r.Breakdown, &s))
	return s
}

// result is what the application knows of threeCalls.
func result(t *testing.T, id string) stockanalysis.Result {
	t.Helper()
	summary, err := analysis.Fold(id, threeCalls(id))
	require.NoError(t, err)
	return stockanalysis.Result{
		Symbol:     "RELIANCE",
		Decision:   stockanalysis.Decision{Action: stockanalysis.Hold, Confidence: 0.5},
		Indicators: indicator.Values{Date: "2025-06-13", Close: 1711.29},
		Metadata:   stockanalysis.Metadata{AnalysisID: id, Model: "gemini-2.5-flash", TokenUsage: summary},
	}
}

// threeCalls used 160 tokens in and 55 out; one of them failed, its usage unknown.
func threeCalls(id string) []analysis.Call {
	return []analysis.Call{
		call(id, 1, "indicator_summary", instrument.Usage{
			Input: instrument.Known(100), Output: instrument.Known(50), Status: instrument.StatusReported,
		}, ""),
		call(id, 2, "volume_analysis", instrument.Usage{}, "429"),
		call(id, 3, "final_decision", instrument.Usage{
			Input: instrument.Known(60), Output: instrument.Known(5), Status: instrument.StatusReported,
		}, ""),
	}
}

func call(id string, span byte, callType instrument.CallType, usage instrument.Usage, errorType string) analysis.Call {
	start := time.Now().UTC().Truncate(time.Second).Add(-time.Minute)
	return analysis.Call{
		Key:        analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{span}},
		AnalysisID: id, Type: callType, Usage: usage, ErrorType: errorType,
		Provider: "gcp.gemini", Operation: "generate_content", RequestModel: "gemini-2.5-flash", Attempts: 1,
		Start: start, End: start.Add(time.Second),
	}
}

func withoutComments(sql string) string {
	var b strings.Builder
	for line := range strings.Lines(sql) {
		if !strings.HasPrefix(line, "--") {
			b.WriteString(line)
		}
	}
	return b.String()
}
