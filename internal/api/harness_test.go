// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/api"
	"github.com/spanledger/spanledger/internal/ledger"
)

var started = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// memory is a ledger in memory that remembers what it was asked.
type memory struct {
	summaries []analysis.Summary
	calls     []analysis.Call
	err       error

	id     string
	listed ledger.ListQuery
	called ledger.CallsQuery
}

func (m *memory) Summary(_ context.Context, id string, _ int) (analysis.Summary, error) {
	m.id = id
	for i := range m.summaries {
		if m.summaries[i].AnalysisID == id && m.err == nil {
			return m.summaries[i], nil
		}
	}
	if m.err != nil {
		return analysis.Summary{}, m.err
	}
	return analysis.Summary{}, ledger.ErrNotFound
}

func (m *memory) List(_ context.Context, query ledger.ListQuery) ([]analysis.Summary, error) {
	m.listed = query
	return m.summaries, m.err
}

func (m *memory) Calls(_ context.Context, query ledger.CallsQuery) ([]analysis.Call, error) {
	m.called = query
	return m.calls, m.err
}

func call(id string) analysis.Call {
	return analysis.Call{
		Key: analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{2}}, AnalysisID: id,
		Type: "indicator_summary", Provider: "gcp.gemini", RequestModel: "gemini-2.5-flash", Attempts: 1,
		Start: started, End: started.Add(time.Second),
		Usage: analysis.Usage{Status: analysis.StatusReported, Input: analysis.Known(1000), Output: analysis.Known(67)},
	}
}

// ledgerOf returns a ledger with an analysis of one call for each id.
func ledgerOf(t *testing.T, ids ...string) *memory {
	t.Helper()
	m := &memory{}
	for _, id := range ids {
		summary, err := analysis.Fold(id, []analysis.Call{call(id)})
		require.NoError(t, err)
		m.summaries = append(m.summaries, summary)
		m.calls = append(m.calls, call(id))
	}
	return m
}

// get asks the handler, and requires what every answer has.
func get(t *testing.T, m ledger.Reader, target string) *httptest.ResponseRecorder {
	t.Helper()
	recorder, _ := ask(t, m, http.MethodGet, target)
	return recorder
}

func ask(t *testing.T, m ledger.Reader, method, target string) (answer *httptest.ResponseRecorder, logged string) {
	t.Helper()
	var log bytes.Buffer
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	api.NewHandler(m, slog.New(slog.NewTextHandler(&log, nil))).ServeHTTP(recorder, request)
	require.Equal(t, "nosniff", recorder.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", recorder.Header().Get("Cache-Control"))
	return recorder, log.String()
}

// requireProblem requires a problem document and returns its detail.
func requireProblem(t *testing.T, status int, got *httptest.ResponseRecorder) string {
	t.Helper()
	require.Equal(t, status, got.Code, got.Body.String())
	require.Equal(t, "application/problem+json", got.Header().Get("Content-Type"))
	var problem struct {
		Title  string
		Status int
		Detail string
	}
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &problem))
	require.Equal(t, status, problem.Status)
	require.Equal(t, http.StatusText(status), problem.Title)
	require.NotEmpty(t, problem.Detail)
	return problem.Detail
}
