// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

var began = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// rowOf returns the n-th call of an analysis.
func rowOf(n int) *ledger.Row {
	at := began.Add(time.Duration(n) * time.Minute)
	return &ledger.Row{Added: true, Call: analysis.Call{
		AnalysisID:   "a",
		Type:         "step",
		Provider:     "p",
		RequestModel: "m",
		Start:        at,
		End:          at.Add(1500 * time.Millisecond),
		Attribution:  analysis.Attribution{Subject: "RELIANCE"},
		Usage: analysis.Usage{
			Status: analysis.StatusReported,
			Input:  analysis.Known(100),
			Output: analysis.Known(20),
		},
		Cost: analysis.Cost{Amount: analysis.PicoDollars(250_000_000_000), Priced: true},
	}}
}

// said is what views and Summary say of two such calls.
type said struct {
	analysis, group map[string]string
	breakdown       string
	summary         analysis.Summary
}

func twoCalls(t *testing.T) *said {
	t.Helper()
	sums := map[string]string{
		"total_input_tokens": "200", "total_output_tokens": "40", "total_tokens": "240", "cache_read_tokens": "0",
		"cache_write_tokens": "0", "reasoning_tokens": "0", "tool_use_tokens": "0", "successful_calls": "2",
		"failed_calls": "0", "calls_without_usage": "0", "partial_calls": "0", "estimated_calls": "0",
		"unaccounted_tokens": "0", "cost_usd": "0.5", "unpriced_calls": "0",
		"start_time": "2026-03-01T09:00:00.000000Z", "end_time": "2026-03-01T09:01:01.500000Z",
	}
	with := func(more map[string]string) map[string]string {
		maps.Copy(more, sums)
		return more
	}
	calls := []analysis.Call{rowOf(0).Call, rowOf(1).Call}
	calls[1].Key.Span[0] = 1
	summary, err := analysis.Fold("a", calls)
	require.NoError(t, err)
	breakdown, err := json.Marshal(map[string]map[string]json.Number{"step": {"calls": "2"}})
	require.NoError(t, err)
	s := &said{
		group: with(map[string]string{"busy_seconds": "3", "calls": "2"}),
		analysis: with(map[string]string{
			"subject": "RELIANCE", "duration_seconds": "61.5", "llm_calls_count": "2", "completeness": "open",
			"missing_calls": "0",
		}),
		summary: summary,
	}
	var numbers []string
	for name, value := range sums {
		if !strings.HasSuffix(name, "_time") {
			numbers = append(numbers, `"`+name+`": `+value)
		}
	}
	s.breakdown = strings.Replace(string(breakdown), `"calls":2`, `"calls": 2, `+strings.Join(numbers, ", "), 1)
	return s
}

// prove holds what is said against the two calls, of which the first is left
// out where the horizon is past it.
func (s *said) prove(horizon time.Time) ledger.Reconciliation {
	page := ledger.NewPage(horizon)
	for n := range 2 {
		if row := rowOf(n); !row.Start.Before(horizon) {
			page.AddCall(row)
		}
	}
	key := analysis.GroupKey{AnalysisID: "a", CallType: "step", Provider: "p", Model: "m"}
	page.AddSums(key, rowOf(0).Start)
	page.AddGroupRow(key, cells(ledger.GroupColumns(), s.group))
	page.AddAnalysisRow("a", cells(ledger.AnalysisColumns(), s.analysis), s.breakdown)
	page.AddSummary(&s.summary)
	proof := ledger.NewProof(ledger.ReconcileQuery{})
	proof.Check(page)
	return proof.Result()
}

func cells(columns []ledger.Column, values map[string]string) []*string {
	all := make([]*string, len(columns))
	for i := range columns {
		if value, ok := values[columns[i].Name]; ok {
			all[i] = &value
		}
	}
	return all
}

func TestProof_EachPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage       func(s *said)
		view, column string
		sums, rows   string
	}{
		"Group":    {func(s *said) { s.group["calls"] = "3" }, ledger.ViewCallType, "calls", "3", "2"},
		"Busy":     {func(s *said) { s.group["busy_seconds"] = "2.999999" }, ledger.ViewCallType, "busy_seconds", "2.999999", "3.000000"},
		"Null":     {func(s *said) { delete(s.group, "cost_usd") }, ledger.ViewCallType, "cost_usd", "unknown", "0.5"},
		"Analysis": {func(s *said) { s.analysis["cost_usd"] = "0.500000000001" }, ledger.ViewAnalysis, "cost_usd", "0.500000000001", "0.5"},
		"Subject":  {func(s *said) { delete(s.analysis, "subject") }, ledger.ViewAnalysis, "subject", "unknown", "RELIANCE"},
		"Breakdown": {
			func(s *said) { s.breakdown = strings.Replace(s.breakdown, `_tokens": 240`, `_tokens": 241`, 1) },
			ledger.ViewBreakdown, "total_tokens", "241", "240",
		},
		"BreakdownMissing": {func(s *said) { s.breakdown = "{}" }, ledger.ViewBreakdown, "calls", "0", "2"},
		"BreakdownBroken": {
			func(s *said) { s.breakdown = "[" }, ledger.ViewAnalysis, "token_usage_breakdown", "not a breakdown", "1 call types",
		},
		"SummaryType": {func(s *said) { s.summary.Breakdowns[0].Input++ }, ledger.ViewSummary, "total_input_tokens", "201", "200"},
		"Summary":     {func(s *said) { s.summary.MissingCalls = 1 }, ledger.ViewSummary, "missing_calls", "1", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := twoCalls(t)
			require.Empty(t, s.prove(time.Time{}).Differences)
			c.damage(s)
			got := s.prove(time.Time{})
			require.NotEmpty(t, got.Differences)
			first := got.Differences[0]
			require.Equal(t, ledger.SumDiffers, first.Kind)
			require.Equal(t, []string{c.view, c.column, c.sums, c.rows},
				[]string{first.View, first.Column, first.InSums, first.InRows})
		})
	}
}

// TestProof_FromBelow: of two calls one is left, and the sums must not be less
// than that.
func TestProof_FromBelow(t *testing.T) {
	t.Parallel()
	horizon := began.Add(time.Second)
	got := twoCalls(t).prove(horizon)
	require.Equal(t, ledger.Reconciliation{
		Analyses: 1, Calls: 1, PastRetention: 1, Differences: []ledger.Difference{},
	}, got)
	for column, value := range map[string]string{
		"total_input_tokens": "99", "cost_usd": "0.249", "calls": "0", "end_time": "2026-03-01T09:01:01.499999Z",
		"busy_seconds": "1.4",
	} {
		s := twoCalls(t)
		s.group[column] = value
		got := s.prove(horizon)
		require.NotEmpty(t, got.Differences, column)
		require.Equal(t, column, got.Differences[0].Column)
	}
	for column, value := range map[string]string{
		"subject": "ZEE", "completeness": "complete", "missing_calls": "1", "start_time": "2026-03-01T09:02:00.000000Z",
	} {
		s := twoCalls(t)
		s.analysis[column] = value
		require.NotEmpty(t, s.prove(horizon).Differences, column)
	}
}
