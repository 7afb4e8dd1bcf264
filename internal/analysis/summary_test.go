// SPDX-License-Identifier: Apache-2.0

package analysis_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

var begin = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// call returns a call that worked, n seconds after begin.
func call(n int, callType analysis.CallType) analysis.Call {
	return analysis.Call{
		Key:        analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{byte(n), byte(n >> 8), 1}},
		AnalysisID: "analysis_123",
		Type:       callType,
		Provider:   "gcp.gemini", RequestModel: "gemini-2.5-flash", ResponseModel: "gemini-2.5-flash",
		Attempts: 1,
		Start:    begin.Add(time.Duration(n) * time.Second),
		End:      begin.Add(time.Duration(n+1) * time.Second),
		Usage: analysis.Usage{
			Status: analysis.StatusReported,
			Input:  analysis.Known(1000), Output: analysis.Known(100),
			CacheRead: analysis.Known(400), Reasoning: analysis.Known(30), ToolUse: analysis.Known(5),
			ProviderTotal: analysis.Known(1101),
		},
		Cost: analysis.Cost{Amount: analysis.PicoDollars(450_000_000), Priced: true, PriceListVersion: "2026-03-01"},
	}
}

func failed(n int, callType analysis.CallType) analysis.Call {
	c := call(n, callType)
	c.ErrorType, c.Usage, c.Cost = "429", analysis.Usage{}, analysis.Cost{}
	return c
}

func TestFold_AddsUp(t *testing.T) {
	t.Parallel()
	s, err := analysis.Fold("analysis_123", []analysis.Call{
		call(3, "final_decision"), call(1, "indicator_summary"), failed(2, "indicator_summary"),
	})
	require.NoError(t, err)

	require.EqualValues(t, 3, s.Calls)
	require.EqualValues(t, 2, s.Succeeded())
	require.EqualValues(t, 1, s.Failed)
	require.EqualValues(t, 1, s.WithoutUsage)
	require.Zero(t, s.Unpriced, "a call without usage has no cost to look for")
	require.Equal(t, analysis.Known(2000), s.InputTokens())
	require.Equal(t, analysis.Known(200), s.OutputTokens())
	require.Equal(t, analysis.Known(2200), s.TotalTokens())
	require.EqualValues(t, 2, s.Unaccounted)
	cost, ok := s.CostUSD()
	require.True(t, ok)
	require.Equal(t, "0.0009", cost.String())
	require.Equal(t, 3*time.Second, s.Duration())
	require.Equal(t, []analysis.CallType{"indicator_summary", "final_decision"},
		[]analysis.CallType{s.Breakdowns[0].CallType, s.Breakdowns[1].CallType})
	require.InDelta(t, 0.5, s.Breakdowns[0].SuccessRate(), 0)
}

func TestFold_OrderAndCopiesDoNotMatter(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	types := []analysis.CallType{"a", "b", "c"}
	calls := make([]analysis.Call, 0, 40)
	for n := range 40 {
		c := call(n, types[rng.IntN(len(types))])
		if rng.IntN(4) == 0 {
			c = failed(n, c.Type)
		}
		calls = append(calls, c)
	}
	want, err := analysis.Fold("analysis_123", calls)
	require.NoError(t, err)

	for range 50 {
		again := append(slices.Clone(calls), calls[:rng.IntN(len(calls))]...)
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		got, err := analysis.Fold("analysis_123", again)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestFold_RefusesCallsOfAnotherAnalysis(t *testing.T) {
	t.Parallel()
	_, err := analysis.Fold("analysis_1", []analysis.Call{call(1, "a")})
	require.ErrorContains(t, err, `"analysis_123"`)
}

func TestTotals_UnknownIsNotZero(t *testing.T) {
	t.Parallel()
	var none analysis.Totals
	require.Equal(t, analysis.Known(0), none.TotalTokens(), "no call used no token")
	_, ok := none.CostUSD()
	require.True(t, ok, "no call cost nothing")

	c := failed(1, "a")
	none.Add(&c)
	require.Equal(t, analysis.Unknown(), none.TotalTokens())
	_, ok = none.CostUSD()
	require.False(t, ok)
}

func TestTotals_CountsEachStatus(t *testing.T) {
	t.Parallel()
	var totals analysis.Totals
	for n, status := range []analysis.UsageStatus{
		analysis.StatusReported, analysis.StatusPartial, analysis.StatusEstimated, analysis.StatusUnknown,
	} {
		c := call(n, "a")
		c.Usage.Status = status
		c.Cost = analysis.Cost{}
		totals.Add(&c)
	}
	require.EqualValues(t, 1, totals.Partial)
	require.EqualValues(t, 1, totals.Estimated)
	require.EqualValues(t, 1, totals.WithoutUsage)
	require.EqualValues(t, 3, totals.Unpriced)
}

func TestFoldGroups_EqualsFold(t *testing.T) {
	t.Parallel()
	calls := []analysis.Call{call(1, "a"), call(2, "b"), call(3, "a"), failed(4, "a")}
	calls[2].ResponseModel = "gemini-2.5-pro"

	groups := analysis.FoldGroups(calls)
	require.Len(t, groups, 3)
	require.True(t, slices.IsSortedFunc(groups, func(a, b analysis.Group) int { return a.Key.Compare(b.Key) }))

	var sum analysis.Totals
	for i := range groups {
		sum.Merge(&groups[i].Totals)
	}
	whole, err := analysis.Fold("analysis_123", calls)
	require.NoError(t, err)
	require.Equal(t, whole.Totals, sum)
}

func TestSummary_Close(t *testing.T) {
	t.Parallel()
	s, err := analysis.Fold("analysis_123", []analysis.Call{call(1, "a"), call(2, "a")})
	require.NoError(t, err)
	require.Equal(t, analysis.Open, s.Completeness)

	s.Close()
	require.Equal(t, analysis.Open, s.Completeness, "no analysis span says nothing")

	closed := analysis.Closed{
		AnalysisID: "analysis_123", Calls: 2, Start: begin, End: begin.Add(time.Minute),
		Attribution: analysis.Attribution{Subject: "RELIANCE"},
	}
	whole := s
	whole.Close(closed)
	require.Equal(t, analysis.Complete, whole.Completeness)
	require.Equal(t, "RELIANCE", whole.Name())
	require.Equal(t, time.Minute, whole.Duration())

	s.Close(closed, closed)
	require.Equal(t, analysis.Missing, s.Completeness)
	require.EqualValues(t, 2, s.MissingCalls)
}

func TestAttribution_Merge(t *testing.T) {
	t.Parallel()
	a := analysis.Attribution{Subject: "RELIANCE", UserID: "u-7"}
	b := analysis.Attribution{Subject: "INFY", TenantID: "acme"}
	want := analysis.Attribution{Subject: "INFY", UserID: "u-7", TenantID: "acme"}
	require.Equal(t, want, a.Merge(b))
	require.Equal(t, want, b.Merge(a))
	require.Equal(t, want, want.Merge(want))
	require.Equal(t, a, a.Merge(analysis.Attribution{}))
}

func TestSummary_JSON(t *testing.T) {
	t.Parallel()
	s, err := analysis.Fold("analysis_123", []analysis.Call{call(1, "indicator_summary"), failed(2, "final_decision")})
	require.NoError(t, err)
	s.Subject = "RELIANCE"

	encoded, err := json.Marshal(struct {
		Usage analysis.Summary `json:"token_usage"`
	}{s})
	require.NoError(t, err)
	require.JSONEq(t, `{"token_usage": {
		"analysis_id": "analysis_123", "subject": "RELIANCE",
		"start_time": "2026-03-01T09:00:01Z", "end_time": "2026-03-01T09:00:03Z", "duration_seconds": 2,
		"total_input_tokens": 1000, "total_output_tokens": 100, "total_tokens": 1100,
		"cache_read_tokens": 400, "cache_write_tokens": 0, "reasoning_tokens": 30, "tool_use_tokens": 5,
		"llm_calls_count": 2, "total_calls": 2, "successful_calls": 1, "failed_calls": 1,
		"calls_without_usage": 1, "partial_calls": 0, "estimated_calls": 0, "unaccounted_tokens": 1,
		"completeness": "open", "missing_calls": 0,
		"cost": {"amount": "0.00045", "currency": "USD", "unpriced_calls": 0},
		"call_types": ["indicator_summary", "final_decision"],
		"usage_breakdown": {
			"indicator_summary": {
				"calls": 1, "total_input_tokens": 1000, "total_output_tokens": 100, "total_tokens": 1100,
				"cache_read_tokens": 400, "cache_write_tokens": 0, "reasoning_tokens": 30, "tool_use_tokens": 5,
				"successful_calls": 1, "failed_calls": 0, "calls_without_usage": 0, "partial_calls": 0,
				"estimated_calls": 0, "unaccounted_tokens": 1, "success_rate": 1,
				"cost_usd": "0.00045", "unpriced_calls": 0,
				"call_details": [{
					"trace_id": "01000000000000000000000000000000", "span_id": "0100010000000000",
					"call_type": "indicator_summary", "provider": "gcp.gemini",
					"request_model": "gemini-2.5-flash", "response_model": "gemini-2.5-flash",
					"start_time": "2026-03-01T09:00:01Z", "duration_seconds": 1,
					"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100,
					"cache_read_tokens": 400, "cache_write_tokens": null, "reasoning_tokens": 30, "tool_use_tokens": 5,
					"provider_total_tokens": 1101, "unaccounted_tokens": 1, "usage_status": "reported", "success": true,
					"cost_usd": "0.00045", "price_list_version": "2026-03-01", "attempts": 1
				}]
			},
			"final_decision": {
				"calls": 1, "total_input_tokens": null, "total_output_tokens": null, "total_tokens": null,
				"cache_read_tokens": null, "cache_write_tokens": null, "reasoning_tokens": null, "tool_use_tokens": null,
				"successful_calls": 0, "failed_calls": 1, "calls_without_usage": 1, "partial_calls": 0,
				"estimated_calls": 0, "unaccounted_tokens": 0, "success_rate": 0,
				"cost_usd": null, "unpriced_calls": 0,
				"call_details": [{
					"trace_id": "01000000000000000000000000000000", "span_id": "0200010000000000",
					"call_type": "final_decision", "provider": "gcp.gemini",
					"request_model": "gemini-2.5-flash", "response_model": "gemini-2.5-flash",
					"start_time": "2026-03-01T09:00:02Z", "duration_seconds": 1,
					"input_tokens": null, "output_tokens": null, "total_tokens": null,
					"cache_read_tokens": null, "cache_write_tokens": null, "reasoning_tokens": null, "tool_use_tokens": null,
					"provider_total_tokens": null, "unaccounted_tokens": null, "usage_status": "unknown", "success": false, "error_type": "429",
					"cost_usd": null, "attempts": 1
				}]
			}
		}
	}}`, string(encoded))
}

func TestCall_MarshalJSON_LargestRequest(t *testing.T) {
	t.Parallel()
	call := analysis.Call{Usage: analysis.Usage{Input: analysis.Known(9)}}
	encoded, err := json.Marshal(call)
	require.NoError(t, err)
	require.NotContains(t, string(encoded), "largest_request")

	call.Usage.LargestInput = analysis.Known(0)
	encoded, err = json.Marshal(call)
	require.NoError(t, err)
	require.Contains(t, string(encoded), `"largest_request_input_tokens":0`)
}
