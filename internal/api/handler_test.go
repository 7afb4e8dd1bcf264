// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/api"
	"github.com/spanledger/spanledger/internal/ledger"
)

// resources are all paths that are served, of an analysis "a".
var resources = []string{"/api/v1/analyses", "/api/v1/analyses/a", "/api/v1/analyses/a/calls", "/healthz"}

func TestHandler_List(t *testing.T) {
	t.Parallel()
	m := ledgerOf(t, "b", "a")
	got := get(t, m, "/api/v1/analyses")
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, "application/json", got.Header().Get("Content-Type"))
	want, err := json.Marshal(map[string]any{"analyses": m.summaries})
	require.NoError(t, err)
	require.JSONEq(t, string(want), got.Body.String())
	require.Equal(t, ledger.ListQuery{Limit: 50}, m.listed)
}

func TestHandler_EmptyLedger(t *testing.T) {
	t.Parallel()
	got := get(t, &memory{}, "/api/v1/analyses")
	require.Equal(t, http.StatusOK, got.Code)
	require.JSONEq(t, `{"analyses": []}`, got.Body.String())
}

func TestHandler_Summary(t *testing.T) {
	t.Parallel()
	m := ledgerOf(t, "b", "a")
	got := get(t, m, "/api/v1/analyses/a")
	require.Equal(t, http.StatusOK, got.Code)
	want, err := json.Marshal(m.summaries[1])
	require.NoError(t, err)
	require.JSONEq(t, string(want), got.Body.String())
	require.Contains(t, got.Body.String(), `"call_details":[{`)
}

func TestHandler_Calls(t *testing.T) {
	t.Parallel()
	m := ledgerOf(t, "a")
	got := get(t, m, "/api/v1/analyses/a/calls")
	require.Equal(t, http.StatusOK, got.Code)
	want, err := json.Marshal(map[string]any{"analysis_id": "a", "calls": []analysis.Call{call("a")}})
	require.NoError(t, err)
	require.JSONEq(t, string(want), got.Body.String())
	require.Equal(t, ledger.CallsQuery{AnalysisID: "a", Limit: 1000}, m.called)

	m.calls = nil
	got = get(t, m, "/api/v1/analyses/a/calls")
	require.JSONEq(t, `{"analysis_id": "a", "calls": []}`, got.Body.String())
}

func TestHandler_Health(t *testing.T) {
	t.Parallel()
	got := get(t, ledgerOf(t, "a"), "/healthz")
	require.Equal(t, http.StatusOK, got.Code)
	require.JSONEq(t, `{"status": "ok"}`, got.Body.String())
}

func TestHandler_IDs(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"Slash":    "a/b",
		"Slashes":  "/a//b/",
		"Calls":    "a/calls",
		"Dots":     "../..",
		"Percent":  "100%2F",
		"Query":    "a?limit=1#x",
		"Space":    " a b+c ",
		"Newline":  "a\nb\x1b",
		"Unicode":  "\u682A\u5F0F \u202Egnirts",
		"NotUTF8":  "a\xff",
		"NUL":      "a\x00b",
		"Template": "{id}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := ledgerOf(t, id)
			path := "/api/v1/analyses/" + url.PathEscape(id)
			require.Equal(t, http.StatusOK, get(t, m, path).Code)
			require.Equal(t, id, m.id)
			require.Equal(t, http.StatusOK, get(t, m, path+"/calls").Code)
			require.Equal(t, id, m.called.AnalysisID)
		})
	}
}

func TestHandler_UnknownAnalysis(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/api/v1/analyses/x", "/api/v1/analyses/x/calls"} {
		detail := requireProblem(t, http.StatusNotFound, get(t, ledgerOf(t, "a"), path))
		require.Equal(t, "no such analysis in the ledger; see /api/v1/analyses", detail)
	}
}

func TestHandler_UnknownPath(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/", "/api/", "/api/v1", "/api/v2/analyses", "/api/v1/analyses/", "/api/v1/analyses/a/b", "/healthz/x",
	} {
		detail := requireProblem(t, http.StatusNotFound, get(t, ledgerOf(t, "a"), path))
		require.Equal(t, "there is no such resource; see /api/v1/analyses", detail, path)
	}
}

func TestHandler_OnlyReads(t *testing.T) {
	t.Parallel()
	for _, path := range resources {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			got, _ := ask(t, ledgerOf(t, "a"), method, path)
			requireProblem(t, http.StatusMethodNotAllowed, got)
			require.Equal(t, "GET, HEAD", got.Header().Get("Allow"))
		}
	}
}

// TestHandler_Head asks a real server, which is what leaves the body out.
func TestHandler_Head(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(api.NewHandler(ledgerOf(t, "a"), slog.New(slog.DiscardHandler)))
	defer server.Close()
	for _, path := range resources {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodHead, server.URL+path, http.NoBody)
		require.NoError(t, err)
		answer, err := server.Client().Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
		require.Empty(t, body)
	}
}

func TestHandler_LedgerAway(t *testing.T) {
	t.Parallel()
	for _, path := range resources {
		m := &memory{err: &ledger.Error{Op: "connect", Err: errors.New("dial db.internal:5432: refused")}}
		got, logged := ask(t, m, http.MethodGet, path)
		detail := requireProblem(t, http.StatusServiceUnavailable, got)
		require.Equal(t, "the ledger cannot be read now; try again", detail)
		require.Equal(t, "5", got.Header().Get("Retry-After"))
		require.NotContains(t, got.Body.String(), "db.internal")
		require.Contains(t, logged, "db.internal", "the log says why")
		require.Contains(t, logged, path)
	}
}

// stuck is a ledger that answers when it is no longer waited for.
type stuck struct{}

func (stuck) Summary(ctx context.Context, _ string, _ int) (analysis.Summary, error) {
	<-ctx.Done()
	return analysis.Summary{}, ctx.Err()
}

func (stuck) List(ctx context.Context, _ ledger.ListQuery) ([]analysis.Summary, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (stuck) Calls(ctx context.Context, _ ledger.CallsQuery) ([]analysis.Call, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestHandler_LedgerHangs(t *testing.T) {
	t.Parallel()
	for _, path := range resources {
		synctest.Test(t, func(t *testing.T) {
			got, logged := ask(t, stuck{}, http.MethodGet, path)
			requireProblem(t, http.StatusServiceUnavailable, got)
			require.Contains(t, logged, "deadline exceeded")
		})
	}
}

func TestHandler_ClientGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	handler := api.NewHandler(stuck{}, slog.New(failOnLog{t: t}))
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/analyses", http.NoBody)
	handler.ServeHTTP(httptest.NewRecorder(), request)
}

// failOnLog is a log in which nothing may be written.
type failOnLog struct {
	slog.Handler

	t *testing.T
}

func (failOnLog) Enabled(context.Context, slog.Level) bool { return true }

func (h failOnLog) Handle(_ context.Context, r slog.Record) error {
	require.Fail(h.t, "a client that went away is no error", r.Message)
	return nil
}
