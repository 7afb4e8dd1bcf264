// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
)

var (
	started = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	now     = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	// zone is far from UTC, so that a time in the wrong zone shows.
	zone = time.FixedZone("IST", 5*60*60+30*60)
)

// memory is a ledger in memory. It remembers what it was asked.
type memory struct {
	calls []analysis.Call
	ends  []analysis.Closed
	// kept is how many calls still have their details. Defaults to all.
	kept int
	err  error

	listed ledger.ListQuery
	opened cli.Ledger
	opens  int
	closes int
}

func (m *memory) Summary(_ context.Context, id string, details int) (analysis.Summary, error) {
	if m.err != nil {
		return analysis.Summary{}, m.err
	}
	var calls []analysis.Call
	for i := range m.calls {
		if m.calls[i].AnalysisID == id {
			calls = append(calls, m.calls[i])
		}
	}
	if len(calls) == 0 {
		return analysis.Summary{}, ledger.ErrNotFound
	}
	summary, err := analysis.Fold(id, calls)
	for i := range m.ends {
		if m.ends[i].AnalysisID == id {
			summary.Close(m.ends[i])
		}
	}
	if details == 0 {
		for i := range summary.Breakdowns {
			summary.Breakdowns[i].Details = nil
		}
	}
	return summary, err
}

func (m *memory) List(ctx context.Context, query ledger.ListQuery) ([]analysis.Summary, error) {
	m.listed = query
	var ids []string
	for i := range m.calls {
		if id := m.calls[i].AnalysisID; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	var summaries []analysis.Summary
	for _, id := range ids[:min(len(ids), query.Limit)] {
		summary, err := m.Summary(ctx, id, 0)
		if err != nil {
			return nil, err
		}
		summaries = append(summaries, summary)
	}
	return summaries, m.err
}

func (m *memory) Calls(_ context.Context, query ledger.CallsQuery) ([]analysis.Call, error) {
	var calls []analysis.Call
	for i := range m.calls {
		if m.calls[i].AnalysisID == query.AnalysisID {
			calls = append(calls, m.calls[i])
		}
	}
	if m.kept > 0 {
		calls = calls[:m.kept]
	}
	return calls[:min(len(calls), query.Limit)], m.err
}

// closedOnly is a ledger that knows of an analysis only that it ended.
type closedOnly struct{ memory }

func (closedOnly) Summary(_ context.Context, id string, _ int) (analysis.Summary, error) {
	return analysis.Summary{AnalysisID: id, Completeness: analysis.Missing, MissingCalls: 1}, nil
}

// openReader returns a Program's OpenReader that opens this one.
func openReader(r ledger.Reader) func(context.Context, cli.Ledger) (ledger.Reader, func(), error) {
	return func(context.Context, cli.Ledger) (ledger.Reader, func(), error) { return r, func() {}, nil }
}

// call returns the n-th call of an analysis, a second after the one before.
func call(id string, n int, callType analysis.CallType) analysis.Call {
	at := started.Add(time.Duration(n) * time.Second)
	return analysis.Call{
		Key:        analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{byte(n)}},
		AnalysisID: id, Attribution: analysis.Attribution{Subject: "RELIANCE"}, Type: callType,
		Provider: "gcp.gemini", RequestModel: "gemini-2.5-flash", Attempts: 1,
		Start: at, End: at.Add(1500 * time.Millisecond),
		Usage: analysis.Usage{
			Status: analysis.StatusReported, Input: analysis.Known(12_345), Output: analysis.Known(67),
		},
		Cost: analysis.Cost{Amount: analysis.PicoDollars(3_871_000_000), Priced: true, PriceListVersion: "test"},
	}
}

func failed(c analysis.Call, errorType string) analysis.Call {
	c.ErrorType, c.Usage, c.Cost = errorType, analysis.Usage{}, analysis.Cost{}
	return c
}

// twoAnalyses is a ledger with one analysis of three calls, of which one
// failed and one is missing, and one of a single call.
func twoAnalyses() *memory {
	return &memory{
		calls: []analysis.Call{
			call("analysis_123", 0, "indicator_summary"),
			call("analysis_123", 1, "final_decision"),
			failed(call("analysis_123", 2, "final_decision"), "429"),
			call("analysis_7", 60, "indicator_summary"),
		},
		ends: []analysis.Closed{{AnalysisID: "analysis_123", Calls: 4, Start: started}},
	}
}

// program returns a Program over the ledger whose other functions do nothing.
func program(m *memory) *cli.Program {
	return &cli.Program{
		Version: "v1.2.3", DefaultDSN: "sqlite:spanledger.db",
		Getenv: func(string) string { return "" },
		Now:    func() time.Time { return now },
		Zone:   zone,
		OpenReader: func(_ context.Context, l cli.Ledger) (ledger.Reader, func(), error) {
			m.opened = l
			m.opens++
			return m, func() { m.closes++ }, nil
		},
		OpenKeeper: func(_ context.Context, l cli.Ledger) (ledger.Keeper, func(), error) {
			m.opened = l
			m.opens++
			return &keeper{}, func() { m.closes++ }, nil
		},
		Migrate:   func(context.Context, cli.Ledger) error { return nil },
		Demo:      func(context.Context, cli.DemoOptions) error { return nil },
		Serve:     func(context.Context, cli.ServeOptions) error { return nil },
		Collector: func(context.Context, []string) error { return nil },
	}
}

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

func run(t *testing.T, p *cli.Program, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p.Stdout, p.Stderr = &stdout, &stderr
	code := cli.Run(t.Context(), p, args)
	return result{code, stdout.String(), stderr.String()}
}

// readJSON reads the one document of a text into v.
func readJSON(t *testing.T, text string, v any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewBufferString(text))
	require.NoError(t, decoder.Decode(v))
	require.False(t, decoder.More(), "one document, nothing after it")
}
