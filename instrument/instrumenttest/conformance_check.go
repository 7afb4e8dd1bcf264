// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// checkSpan holds a call's span against the exchange that it stands for.
func checkSpan(t *testing.T, s span, x *Exchange) {
	t.Helper()
	require.Equal(t, semconv.OperationGenerateContent+" "+x.Model, s.Name())
	require.Equal(t, semconv.OperationGenerateContent, s.text(semconv.OperationName))
	require.Equal(t, semconv.ProviderGemini, s.text(semconv.ProviderName))
	require.Equal(t, x.Model, s.text(semconv.RequestModel))
	require.Equal(t, x.Stream, s.has(semconv.RequestStream))
	require.Equal(t, "127.0.0.1", s.text(semconv.ServerAddress))
	require.Positive(t, s.count(semconv.ServerPort))
	require.NotEmpty(t, s.text(semconv.CallType))
	require.Empty(t, s.Events(), "errors are no span events")
	require.Empty(t, s.Status().Description)
	if x.Status >= http.StatusBadRequest {
		require.Equal(t, strconv.Itoa(x.Status), s.text(semconv.ErrorType))
	}
	failed := s.has(semconv.ErrorType)
	require.Equal(t, failed, s.Status().Code == codes.Error)
	checkUsage(t, s, x)
}

func checkUsage(t *testing.T, s span, x *Exchange) {
	t.Helper()
	if !x.Reported {
		require.Equal(t, semconv.StatusUnknown, s.text(semconv.UsageStatus))
		require.False(t, s.has(semconv.UsageInputTokens), "unknown is not zero")
		require.False(t, s.has(semconv.UsageOutputTokens))
		return
	}
	want := semconv.StatusReported
	if !x.Complete {
		want = semconv.StatusPartial
	}
	u := x.Usage
	if u.Candidates > 0 && !s.has(semconv.ErrorType) {
		require.Equal(t, want, s.text(semconv.UsageStatus))
		require.Equal(t, x.ResponseID, s.text(semconv.ResponseID))
		require.Equal(t, x.Model, s.text(semconv.ResponseModel))
		require.Equal(t, "standard", s.text(semconv.ServiceTier))
	}
	require.Equal(t, u.Input(), s.count(semconv.UsageInputTokens))
	require.Equal(t, u.Output(), s.count(semconv.UsageOutputTokens))
	require.Equal(t, u.Cached, s.count(semconv.UsageCacheReadTokens))
	require.Equal(t, u.Thoughts, s.count(semconv.UsageReasoningTokens))
	require.Equal(t, u.ToolUse, s.count(semconv.UsageToolUse))
	require.Equal(t, u.Total, s.count(semconv.UsageTotal))
	require.Equal(t, u.PromptDetails.Image, s.count(semconv.UsageImageInputTokens))
	if x.Complete && x.Stream {
		require.True(t, s.has(semconv.ResponseTimeToFirstChunk))
	}
}

// checkAll holds everything that was measured against everything that the
// stand-in answered, all of it in one analysis.
func (r *rig) checkAll(analysis *instrument.Analysis) {
	r.t.Helper()
	exchanges := r.answers()
	calls := r.calls()
	require.Len(r.t, calls, len(exchanges), "one span for each call")
	for i := range exchanges {
		checkSpan(r.t, calls[i], &exchanges[i])
		require.Equal(r.t, analysis.ID(), calls[i].text(semconv.AnalysisID))
		require.Equal(r.t, "RELIANCE", calls[i].text(semconv.AnalysisSubject))
	}
	r.checkSums(analysis, exchanges)
}

// answers waits until every request belongs to a call that has ended, and
// returns the exchange that each of them ended with: some SDKs send again what
// failed.
func (r *rig) answers() []Exchange {
	r.t.Helper()
	exchanges := r.fake.Exchanges()
	attempts := func() (sum int) {
		for _, s := range r.calls() {
			sum += s.count(semconv.CallAttempts)
		}
		return sum
	}
	require.Eventually(r.t, func() bool { return attempts() >= len(exchanges) }, patience, time.Millisecond)
	require.Equal(r.t, len(exchanges), attempts(), "each request is an attempt of one call")
	var last []Exchange
	next := -1
	for _, s := range r.calls() {
		next += s.count(semconv.CallAttempts)
		last = append(last, exchanges[next])
	}
	return last
}

// checkSums holds the summary, the counters and the histogram of tokens
// against the exchanges.
func (r *rig) checkSums(analysis *instrument.Analysis, exchanges []Exchange) {
	r.t.Helper()
	var want Usage
	for i := range exchanges {
		want = want.Add(exchanges[i].Usage)
	}
	got := analysis.Summary()
	require.EqualValues(r.t, len(exchanges), got.Calls)
	require.EqualValues(r.t, want.Input(), got.Input)
	require.EqualValues(r.t, want.Output(), got.Output)
	require.EqualValues(r.t, want.Cached, got.CacheRead)
	require.EqualValues(r.t, want.Thoughts, got.Reasoning)
	require.EqualValues(r.t, want.ToolUse, got.ToolUse)

	metrics, id := r.collect(), attribute.String(semconv.AnalysisID, analysis.ID())
	require.Equal(r.t, want.Input(), metrics.sum(semconv.MetricTokens, id, inputTokens))
	require.Equal(r.t, want.Output(), metrics.sum(semconv.MetricTokens, id, outputTokens))
	require.Equal(r.t, want.Cached, metrics.sum(semconv.MetricCachedTokens, id))
	require.Equal(r.t, want.Thoughts, metrics.sum(semconv.MetricReasoningTokens, id))
	require.Equal(r.t, len(exchanges), metrics.sum(semconv.MetricCalls, id))
	require.EqualValues(r.t, got.Failed, metrics.sum(semconv.MetricCalls, id,
		attribute.String(semconv.CallOutcome, semconv.OutcomeError)))
	require.Zero(r.t, metrics.sum(semconv.MetricLost))
}

// checkHistograms holds the gen_ai histograms against what all analyses of the
// rig used.
func (r *rig) checkHistograms() {
	r.t.Helper()
	metrics, want := r.collect(), r.fake.Usage()
	require.Equal(r.t, want.Input(), metrics.sum(semconv.MetricTokenUsage, inputTokens))
	require.Equal(r.t, want.Output(), metrics.sum(semconv.MetricTokenUsage, outputTokens))
	require.Equal(r.t, len(r.calls()), metrics.sum(semconv.MetricOperationDuration))
}
