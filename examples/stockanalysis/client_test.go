// SPDX-License-Identifier: Apache-2.0

package stockanalysis_test

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

var sixCallTypes = []instrument.CallType{
	"indicator_summary", "comprehensive_overview", "volume_analysis",
	"reversal_patterns", "continuation_levels", "final_decision",
}

func TestAnalyzeStock_SixCallsOfSixTypes(t *testing.T) {
	t.Parallel()
	h := newHarness(t, stockanalysis.CoreConfig{Model: "gemini-2.0-flash"}, stockanalysis.ClientConfig{
		User: "u-7", Tier: "gold", NewID: func() string { return "analysis_six_calls" },
	})
	h.ReuseCharts() // they are those of the same prices
	result, err := h.AnalyzeStock(t.Context(), "RELIANCE", bundled(t))
	require.NoError(t, err)
	t.Run("Result", func(t *testing.T) {
		t.Parallel()
		requireWholeResult(t, result)
	})
	t.Run("Summary", func(t *testing.T) {
		t.Parallel()
		summary := result.Metadata.TokenUsage
		require.Equal(t, "analysis_six_calls", summary.AnalysisID)
		require.Equal(t, "RELIANCE", summary.Subject)
		require.Equal(t, "u-7", summary.UserID)
		require.Equal(t, "gold", summary.UserTier)
		require.ElementsMatch(t, sixCallTypes, callTypes(&summary))
		requireAddsUp(t, &summary, h.fake)
		require.EqualValues(t, 6, summary.Calls)
		require.Zero(t, summary.Failed)
		require.Equal(t, instrument.Complete, summary.Completeness)
	})
	t.Run("Requests", func(t *testing.T) {
		t.Parallel()
		requireRequests(t, h.log)
	})
	t.Run("JSON", func(t *testing.T) {
		t.Parallel()
		requireDocument(t, result, h.fake.Usage().Total)
	})
}

func requireWholeResult(t *testing.T, result stockanalysis.Result) {
	t.Helper()
	require.Equal(t, stockanalysis.Hold, result.Decision.Action)
	require.InDelta(t, 0.62, result.Decision.Confidence, 1e-9)
	require.Empty(t, result.FailedCalls)
	require.Equal(t, "analysis_six_calls", result.Metadata.AnalysisID)
	require.Equal(t, "gemini-2.0-flash", result.Metadata.Model)
	require.Equal(t, "2025-06-13", result.Indicators.Date)
	var found []instrument.CallType
	for _, f := range result.Findings {
		found = append(found, f.CallType)
		require.True(t, strings.HasPrefix(f.Text, "Prepared answer"))
	}
	require.Equal(t, sixCallTypes[:5], found)
	require.Len(t, result.Findings[0].Code, 1)
	require.True(t, result.Findings[0].Code[0].OK)
}

func requireRequests(t *testing.T, log *requestLog) {
	t.Helper()
	images := map[instrument.CallType]int{
		"indicator_summary": 0, "comprehensive_overview": 4, "volume_analysis": 1,
		"reversal_patterns": 2, "continuation_levels": 2, "final_decision": 0,
	}
	for callType, want := range images {
		req := log.of(t, callType)
		require.Equal(t, want, req.Images, callType)
		require.Equal(t, "gemini-2.0-flash", req.Model)
		require.Contains(t, req.Prompt, `"rsi_14":74.1063`, callType)
	}
	require.Equal(t, []string{"codeExecution"}, log.of(t, "indicator_summary").Tools)
	require.Contains(t, log.of(t, "indicator_summary").Prompt, "1711.29]", "the last closing price")

	requests := log.all()
	last := requests[len(requests)-1]
	require.True(t, standin.ForStep("final_decision")(last), "the decision comes after all others")
	for _, callType := range sixCallTypes[:5] {
		require.Contains(t, last.Prompt, "Finding of "+string(callType)+":\nPrepared answer")
	}
}

// Whatever goes wrong with one call, it is counted as failed and the other five survive.
func TestAnalyzeStock_OneCallFails(t *testing.T) {
	t.Parallel()
	faults := map[instrument.CallType]struct {
		fault     instrumenttest.Fault
		wantError string
	}{
		"volume_analysis":        {instrumenttest.Fault{Status: http.StatusTooManyRequests}, "429 RESOURCE_EXHAUSTED"},
		"indicator_summary":      {instrumenttest.Fault{Status: http.StatusServiceUnavailable}, "503 UNAVAILABLE"},
		"comprehensive_overview": {instrumenttest.Fault{Delay: time.Hour}, "timeout"},
	}
	for callType, tt := range faults {
		t.Run(string(callType), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newBubbleHarness(t, stockanalysis.CoreConfig{})
				tt.fault.Match = standin.ForStep(callType)
				h.fake.Fail(1, tt.fault)
				result, err := h.AnalyzeStock(t.Context(), "RELIANCE", bundled(t))
				require.NoError(t, err)
				requireAllButOne(t, h, &result, callType, tt.wantError)
			})
		})
	}
}

func requireAllButOne(
	t *testing.T, h harness, result *stockanalysis.Result, failed instrument.CallType, wantError string,
) {
	t.Helper()
	require.Equal(t, []stockanalysis.FailedCall{{CallType: failed, Error: wantError}}, result.FailedCalls)
	require.Len(t, result.Findings, 4)
	require.Equal(t, stockanalysis.Hold, result.Decision.Action)
	require.Contains(t, h.log.of(t, "final_decision").Prompt, "There is no finding of "+string(failed))

	summary := &result.Metadata.TokenUsage
	require.ElementsMatch(t, sixCallTypes, callTypes(summary))
	require.EqualValues(t, 6, summary.Calls)
	require.EqualValues(t, 1, summary.Failed)
	require.EqualValues(t, 1, summary.WithoutUsage, "unknown is not zero")
	requireAddsUp(t, summary, h.fake)
}

// A blocked prompt comes as a 200 with usage: its tokens count although there is no answer.
func TestAnalyzeStock_BlockedPrompt(t *testing.T) {
	t.Parallel()
	h := newQuickHarness(t, stockanalysis.CoreConfig{})
	h.fake.Fail(1, instrumenttest.Fault{Match: standin.ForStep("reversal_patterns"), BlockReason: "SAFETY"})
	result, err := h.AnalyzeStock(t.Context(), "RELIANCE", bundled(t))
	require.NoError(t, err)
	require.Equal(
		t,
		[]stockanalysis.FailedCall{{CallType: "reversal_patterns", Error: "no answer"}},
		result.FailedCalls,
	)
	summary := result.Metadata.TokenUsage
	require.EqualValues(t, 6, summary.Calls)
	require.Zero(t, summary.WithoutUsage)
	requireAddsUp(t, &summary, h.fake)
}

func TestAnalyzeStock_AllCallsFail(t *testing.T) {
	t.Parallel()
	h := newQuickHarness(t, stockanalysis.CoreConfig{})
	h.fake.Fail(-1, instrumenttest.Fault{Status: http.StatusTooManyRequests})
	result, err := h.AnalyzeStock(t.Context(), "RELIANCE", bundled(t))
	require.NoError(t, err)
	require.Equal(t, stockanalysis.Undecided, result.Decision.Action)
	require.Len(t, result.FailedCalls, 6)
	require.Empty(t, result.Findings)
	summary := result.Metadata.TokenUsage
	require.EqualValues(t, 6, summary.Failed)
	require.False(t, summary.TotalTokens().IsKnown())
}

func TestAnalyzeStock_DecisionThatIsNone(t *testing.T) {
	t.Parallel()
	h := newQuickHarness(t, stockanalysis.CoreConfig{})
	h.log.respond = instrumenttest.DefaultResponder
	result, err := h.AnalyzeStock(t.Context(), "RELIANCE", bundled(t))
	require.NoError(t, err)
	require.Equal(t, stockanalysis.Decision{Action: stockanalysis.Undecided}, result.Decision)
	require.Equal(
		t,
		[]stockanalysis.FailedCall{
			{CallType: "final_decision", Error: "the answer is not a decision"},
		},
		result.FailedCalls,
	)
	require.Zero(t, result.Metadata.TokenUsage.Failed, "the call itself worked")
}

func TestAnalyzeStock_Canceled(t *testing.T) {
	t.Parallel()
	h := newQuickHarness(t, stockanalysis.CoreConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	h.fake.Fail(-1, instrumenttest.Fault{
		Match: func(instrumenttest.Request) bool { cancel(); return true }, Delay: time.Minute,
	})
	result, err := h.AnalyzeStock(ctx, "RELIANCE", bundled(t))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, result.FailedCalls, 6, "the result tells how far it came")
}

// Prices that cannot be analyzed are told before anything is asked, and paid for.
func TestAnalyzeStock_WrongPrices(t *testing.T) {
	t.Parallel()
	h := newHarness(t, stockanalysis.CoreConfig{}, stockanalysis.ClientConfig{})
	_, err := h.AnalyzeStock(t.Context(), "RELIANCE", bundled(t)[:indicator.MinDays-1])
	require.ErrorIs(t, err, indicator.ErrTooFewDays)
	days := bundled(t)
	days[7].Close = math.NaN()
	_, err = h.AnalyzeStock(t.Context(), "RELIANCE", days)
	require.ErrorContains(t, err, "analyze RELIANCE: day 2024-07-10: a price is not a number")
	require.Empty(t, h.fake.Exchanges())
}

func TestAnalyzeStock_TwoAtOnceDoNotMix(t *testing.T) {
	t.Parallel()
	h := newQuickHarness(t, stockanalysis.CoreConfig{})
	days := bundled(t)
	results := make([]stockanalysis.Result, 2)
	var wait sync.WaitGroup
	for i := range results {
		wait.Go(func() { results[i], _ = h.AnalyzeStock(t.Context(), "RELIANCE", days) })
	}
	wait.Wait()
	ids := make(map[string]bool)
	var total int64
	for _, r := range results {
		ids[r.Metadata.AnalysisID] = true
		require.EqualValues(t, 6, r.Metadata.TokenUsage.Calls)
		total += r.Metadata.TokenUsage.TotalTokens().OrZero()
	}
	require.Len(t, ids, len(results))
	require.EqualValues(t, h.fake.Usage().Total, total)
}

func requireDocument(t *testing.T, result stockanalysis.Result, wantTotal int) {
	t.Helper()
	encoded, err := json.Marshal(result)
	require.NoError(t, err)
	var document struct {
		Symbol     string
		Decision   struct{ Action string }
		Indicators map[string]any
		Failed     []any `json:"failed_calls"`
		Metadata   struct {
			AnalysisID string `json:"analysis_id"`
			Usage      struct {
				Total     int64                     `json:"total_tokens"`
				Calls     int64                     `json:"llm_calls_count"`
				Breakdown map[string]map[string]any `json:"usage_breakdown"`
			} `json:"token_usage"`
		} `json:"analysis_metadata"`
	}
	require.NoError(t, json.Unmarshal(encoded, &document))
	require.Equal(t, "RELIANCE", document.Symbol)
	require.Equal(t, "hold", document.Decision.Action)
	require.Contains(t, document.Indicators, "bollinger_upper")
	require.NotNil(t, document.Failed, "an empty list, not null")
	require.Equal(t, "analysis_six_calls", document.Metadata.AnalysisID)
	require.EqualValues(t, wantTotal, document.Metadata.Usage.Total)
	require.EqualValues(t, 6, document.Metadata.Usage.Calls)
	require.Len(t, document.Metadata.Usage.Breakdown, 6)
	require.NotContains(t, string(encoded), "PNG")
}

// requireAddsUp compares a summary with what the stand-in says it answered.
func requireAddsUp(t *testing.T, summary *instrument.Summary, fake *instrumenttest.Gemini) {
	t.Helper()
	answered := fake.Usage()
	require.EqualValues(t, answered.Input(), summary.InputTokens().OrZero())
	require.EqualValues(t, answered.Output(), summary.OutputTokens().OrZero())
	require.EqualValues(t, answered.Total, summary.TotalTokens().OrZero())
	var total, calls int64
	for i := range summary.Breakdowns {
		total += summary.Breakdowns[i].TotalTokens().OrZero()
		calls += summary.Breakdowns[i].Calls
	}
	require.EqualValues(t, answered.Total, total)
	require.Equal(t, summary.Calls, calls)
}

func callTypes(summary *instrument.Summary) []instrument.CallType {
	types := make([]instrument.CallType, 0, len(summary.Breakdowns))
	for i := range summary.Breakdowns {
		types = append(types, summary.Breakdowns[i].CallType)
	}
	return types
}
