// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/web"
)

// memory is a ledger in memory that remembers which analysis it was asked for.
type memory struct {
	summaries []analysis.Summary
	err       error
	stuck     bool

	id string
}

// wait returns the error, after its time where the ledger is stuck.
func (m *memory) wait(ctx context.Context) error {
	if m.stuck {
		<-ctx.Done()
		return ctx.Err()
	}
	return m.err
}

func (m *memory) Summary(ctx context.Context, id string, _ int) (analysis.Summary, error) {
	m.id = id
	if err := m.wait(ctx); err != nil {
		return analysis.Summary{}, err
	}
	for i := range m.summaries {
		if m.summaries[i].AnalysisID == id {
			return m.summaries[i], nil
		}
	}
	return analysis.Summary{}, ledger.ErrNotFound
}

func (m *memory) List(ctx context.Context, query ledger.ListQuery) ([]analysis.Summary, error) {
	return m.summaries[:min(len(m.summaries), query.Limit)], m.wait(ctx)
}

func (m *memory) Calls(context.Context, ledger.CallsQuery) ([]analysis.Call, error) {
	return nil, errors.ErrUnsupported
}

var started = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// call returns a call of which every name is the given one.
func call(id, name string, n byte) analysis.Call {
	return analysis.Call{
		Key:        analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{n}},
		AnalysisID: id, Attribution: analysis.Attribution{Subject: name}, Type: analysis.CallType(name),
		Provider: name, RequestModel: name, Attempts: 1, Start: started, End: started.Add(1500 * time.Millisecond),
		Usage: analysis.Usage{
			Status: analysis.StatusReported, Input: analysis.Known(12_345), Output: analysis.Known(67),
		},
		Cost: analysis.Cost{Amount: analysis.PicoDollars(3_871_000_000), Priced: true},
	}
}

func fold(t *testing.T, calls ...analysis.Call) analysis.Summary {
	t.Helper()
	summary, err := analysis.Fold(calls[0].AnalysisID, calls)
	require.NoError(t, err)
	return summary
}

// ask returns the answer, and requires the headers that every answer has.
func ask(t *testing.T, m *memory, method, target string) (answer *httptest.ResponseRecorder, logged string) {
	t.Helper()
	var log bytes.Buffer
	handler, err := web.NewHandler(m, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody))
	return recorder, log.String()
}

// page returns a page, and requires what every page has.
func page(t *testing.T, m *memory, status int, target string) string {
	t.Helper()
	got, _ := ask(t, m, http.MethodGet, target)
	require.Equal(t, status, got.Code)
	requirePage(t, got)
	return got.Body.String()
}

func requirePage(t *testing.T, got *httptest.ResponseRecorder) {
	t.Helper()
	requireHeaders(t, got)
	require.Equal(t, "text/html; charset=utf-8", got.Header().Get("Content-Type"))
	body := got.Body.String()
	require.True(t, strings.HasPrefix(body, "<!doctype html>\n<html lang=\"en\">\n"))
	require.True(t, strings.HasSuffix(body, "</html>\n"))
	require.NotContains(t, body, "<script")
	require.NotContains(t, body, "style=", "the policy lets no inline style through")
	require.NotContains(t, body, "ZgotmplZ", "the template found no text unsafe")
}

func requireHeaders(t *testing.T, got *httptest.ResponseRecorder) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Cache-Control":           "no-store",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
	} {
		require.Equal(t, want, got.Header().Get(name), name)
	}
}

func TestHandler_List(t *testing.T) {
	t.Parallel()
	failed := call("b", "TCS", 1)
	failed.ErrorType, failed.Usage, failed.Cost = "429", analysis.Usage{}, analysis.Cost{}
	missing := fold(t, failed)
	missing.Close(analysis.Closed{AnalysisID: "b", Calls: 3})
	body := page(t, &memory{summaries: []analysis.Summary{fold(t, call("a", "RELIANCE", 1)), missing}}, 200, "/")
	for _, want := range []string{
		`<a href="/analyses/a"><bdi>RELIANCE</bdi></a><div class="soft"><bdi>a</bdi></div>`, "<td>2026-03-01 09:00:00</td>", "<td>open</td>",
		`<td class="n">1.5s</td>`, `<td class="n">12,345</td>`, `<td class="n">67</td>`, `<td class="n">$0.003871</td>`,
		`<a href="/analyses/b"><bdi>TCS</bdi></a>`, `<td class="bad">missing 2</td>`, `<td class="n bad">1</td>`,
		`<td class="n">unknown</td>`, "Times are UTC.",
	} {
		require.Contains(t, body, want)
	}
	require.NotContains(t, body, "The latest")
}

func TestHandler_ListIsLimited(t *testing.T) {
	t.Parallel()
	m := &memory{summaries: make([]analysis.Summary, ledger.DefaultListLimit+1)}
	body := page(t, m, 200, "/")
	require.Contains(t, body, "The latest 50. Times are UTC.")
	require.Equal(t, 50, strings.Count(body, "<a href="))
}

func TestHandler_EmptyLedgerSaysWhatToDo(t *testing.T) {
	t.Parallel()
	body := page(t, &memory{}, 200, "/")
	for _, want := range []string{
		"The ledger is empty.", "gemini.Instrument(client)", "instrument.StartAnalysis(ctx, ",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318", "spanledger demo",
	} {
		require.Contains(t, body, want)
	}
	require.NotContains(t, body, "<table>")
}

func TestHandler_Analysis(t *testing.T) {
	t.Parallel()
	unknown := call("a", "final_decision", 2)
	unknown.ErrorType, unknown.Usage, unknown.Cost = "timeout", analysis.Usage{}, analysis.Cost{}
	partial := call("a", "final_decision", 3)
	partial.Usage.Status, partial.Cost = analysis.StatusPartial, analysis.Cost{}
	estimated := call("a", "final_decision", 4)
	estimated.Usage.Status = analysis.StatusEstimated
	summary := fold(t, call("a", "indicator_summary", 1), unknown, partial, estimated)
	summary.Subject, summary.OmittedCalls = "RELIANCE", 1200
	summary.Close(analysis.Closed{AnalysisID: "a", Calls: 6})
	body := page(t, &memory{summaries: []analysis.Summary{summary}}, 200, "/analyses/a")
	for _, want := range []string{
		"<title>RELIANCE · spanledger</title>", "<h1><bdi>RELIANCE</bdi></h1>",
		"<bdi>a</bdi> · started 2026-03-01 09:00:00 UTC · took 1.5s · missing",
		"<dt>Total tokens</dt><dd>37,236</dd>", `<dt>Failed</dt><dd class="bad">1</dd>`, "<dt>Cost</dt><dd>$0.007742</dd>",
		"2 calls made and not counted here.", "1 call without usage, left out of the tokens.", "1 call cut short, whose tokens are a lower bound.",
		"1 call whose tokens are an estimate.", "1 call without a price, left out of the cost.", "1,200 calls not listed;",
		`<td class="name"><bdi>indicator_summary</bdi></td>`, `<td class="n">100.0 %</td>`, `<td class="n bad">66.7 %</td>`,
		`<td class="name bad"><bdi>timeout</bdi></td>`, `<td class="name"><bdi>ok</bdi></td>`,
		`<td class="n">unknown</td>`, "<td>partial</td>",
	} {
		require.Contains(t, body, want)
	}
}

func TestHandler_AnalysisWithoutCalls(t *testing.T) {
	t.Parallel()
	m := &memory{summaries: []analysis.Summary{
		{AnalysisID: "a", Completeness: analysis.Complete, Start: started, End: started.Add(412_345)},
		{AnalysisID: "b"},
	}}
	require.Contains(t, page(t, m, 200, "/analyses/b"), "started unknown · took 0s")
	body := page(t, m, 200, "/analyses/a")
	require.Contains(t, body, "took 412µs · complete")
	require.NotContains(t, body, "<table>")
	require.NotContains(t, body, "<p class=\"bad\">")
}

var hostileNames = map[string]string{
	"Script":        `<script>alert(1)</script>`,
	"Attribute":     `" onmouseover="alert(1)" x="`,
	"EndOfTitle":    `</title></bdi></td></table><h1>`,
	"Template":      `{{.}}`,
	"Entity":        `&lt;b&gt; &amp;`,
	"Scheme":        `javascript:alert(1)`,
	"Slashes":       "//example.com/a/b",
	"Query":         "a?b=c#d",
	"Percent":       "100%2F %zz %",
	"Space":         " a b+c ",
	"RightToLeft":   "\u202Egnirts\u2067",
	"Wide":          "\u682A\u5F0F",
	"NotUTF8":       "a\xffb",
	"ControlBytes":  "a\x00\x1b[31m\nb\u2028",
	"TenKilobytes":  strings.Repeat("ten thousand ", 800),
	"OneLongWord":   strings.Repeat("x", 10_000),
	"HiddenElement": "<!-- ",
}

var href = regexp.MustCompile(`<td class="name"><a href="([^"]*)">`)

func TestHandler_HostileNames(t *testing.T) {
	t.Parallel()
	for name, hostile := range hostileNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(hostile, hostile, 1)
			c.ErrorType = hostile
			m := &memory{summaries: []analysis.Summary{fold(t, c)}}
			plain := &memory{summaries: []analysis.Summary{fold(t, call("plain", "plain", 1))}}
			plain.summaries[0].Failed, plain.summaries[0].Breakdowns[0].Details[0].ErrorType = 1, "plain"

			list := page(t, m, 200, "/")
			require.Equal(
				t,
				strings.Count(page(t, plain, 200, "/"), "<"),
				strings.Count(list, "<"),
				"no name makes an element",
			)
			link := href.FindStringSubmatch(list)
			require.Len(t, link, 2)
			target := html.UnescapeString(link[1])
			require.True(t, strings.HasPrefix(target, "/analyses/"), target)

			shown := page(t, m, 200, target)
			require.Equal(t, hostile, m.id, "the link leads to its analysis")
			require.Equal(t, strings.Count(page(t, plain, 200, "/analyses/plain"), "<"), strings.Count(shown, "<"))
		})
	}
}

func TestHandler_NotFound(t *testing.T) {
	t.Parallel()
	require.Contains(t, page(t, &memory{}, 404, "/analyses/x"), "The ledger holds no analysis with this id.")
	for _, path := range []string{"/analyses", "/analyses/", "/analyses/a/b", "/favicon.ico", "/templates/list.html"} {
		require.Contains(t, page(t, &memory{}, 404, path), "There is no such page.", path)
	}
}

func TestHandler_LedgerAway(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/analyses/a"} {
		got, logged := ask(t, &memory{err: errors.New("dial db.internal: refused")}, http.MethodGet, path)
		require.Equal(t, http.StatusServiceUnavailable, got.Code)
		requirePage(t, got)
		require.Equal(t, "5", got.Header().Get("Retry-After"))
		require.Contains(t, got.Body.String(), "The ledger cannot be read now. Try again.")
		require.NotContains(t, got.Body.String(), "db.internal")
		require.Contains(t, logged, "db.internal", "the log says why")
	}
}

func TestHandler_LedgerHangs(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/analyses/a"} {
		synctest.Test(t, func(t *testing.T) {
			got, logged := ask(t, &memory{stuck: true}, http.MethodGet, path)
			require.Equal(t, http.StatusServiceUnavailable, got.Code)
			require.Contains(t, logged, "deadline exceeded")
		})
	}
}

func TestHandler_OnlyReads(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/analyses/a", "/style.css", "/x"} {
		got, _ := ask(t, &memory{}, http.MethodPost, path)
		require.Equal(t, http.StatusMethodNotAllowed, got.Code)
		require.Equal(t, "GET, HEAD", got.Header().Get("Allow"))
		got, _ = ask(t, &memory{}, http.MethodHead, path)
		requireHeaders(t, got)
	}
}

func TestHandler_Style(t *testing.T) {
	t.Parallel()
	require.Contains(t, page(t, &memory{}, 200, "/"), `<link rel="stylesheet" href="/style.css">`)
	got, _ := ask(t, &memory{}, http.MethodGet, "/style.css")
	require.Equal(t, http.StatusOK, got.Code)
	requireHeaders(t, got)
	require.Equal(t, "text/css; charset=utf-8", got.Header().Get("Content-Type"))
	require.NotContains(t, got.Body.String(), "url(", "nothing comes from anywhere else")
}
