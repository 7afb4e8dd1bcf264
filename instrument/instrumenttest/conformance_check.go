// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"net/http"
	"strconv"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// checkSpan holds a call's span against the exchange that it stands for.
func (r *rig) checkSpan(s span, x *Exchange) {
	t := r.t
	t.Helper()
	operation := r.operationOf(x)
	require.Equal(t, operation+" "+x.Model, s.Name())
	require.Equal(t, operation, s.text(semconv.OperationName))
	require.Equal(t, r.api.provider, s.text(semconv.ProviderName))
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
	r.checkUsage(s, x)
}

// operationOf is the operation of a call that the stand-in answered.
func (r *rig) operationOf(x *Exchange) string {
	switch x.Kind {
	case KindEmbed, KindBatchEmbed, KindEmbeddings:
		return semconv.OperationEmbeddings
	}
	return r.api.operation
}

func (r *rig) checkUsage(s span, x *Exchange) {
	t := r.t
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
		require.Equal(t, r.api.tier, s.text(semconv.ServiceTier))
	}
	require.Equal(t, u.Input(), s.count(semconv.UsageInputTokens))
	require.Equal(t, u.Output(), s.count(semconv.UsageOutputTokens))
	require.Equal(t, u.Cached, s.count(semconv.UsageCacheReadTokens))
	require.Equal(t, u.CacheWrite, s.count(semconv.UsageCacheWriteTokens))
	require.Equal(t, u.Thoughts, s.count(semconv.UsageReasoningTokens))
	require.Equal(t, u.ToolUse, s.count(semconv.UsageToolUse))
	require.Equal(t, u.Total, s.count(semconv.UsageTotal))
	require.Equal(t, u.PromptDetails.Image, s.count(semconv.UsageImageInputTokens))
	if x.Complete && x.Stream {
		require.True(t, s.has(semconv.ResponseTimeToFirstChunk))
	}
}

// checkOne expects one call, whatever number of requests it took: its span is
// that of the last. It returns the span.
func (r *rig) checkOne(analysis *instrument.Analysis, errorType string) span {
	r.t.Helper()
	calls, exchanges := r.await(1), r.fake.Exchanges()
	require.Len(r.t, calls, 1)
	require.NotEmpty(r.t, exchanges)
	last := &exchanges[len(exchanges)-1]
	if len(exchanges) > 1 {
		errorType = "" // an SDK that tried again
	}
	require.Equal(r.t, errorType, calls[0].text(semconv.ErrorType))
	require.Equal(r.t, len(exchanges), calls[0].count(semconv.CallAttempts))
	r.checkSpan(calls[0], last)
	r.checkOwner(calls[0], analysis)
	r.checkSums(analysis, exchanges, 1)
	return calls[0]
}

// checkAll holds everything that was measured against everything that the
// stand-in answered, each request a call of one analysis.
func (r *rig) checkAll(analysis *instrument.Analysis) {
	r.t.Helper()
	exchanges := r.fake.Exchanges()
	calls := r.await(len(exchanges))
	require.Len(r.t, calls, len(exchanges), "one span for each call")
	for i := range exchanges {
		require.Equal(r.t, 1, calls[i].count(semconv.CallAttempts))
		r.checkSpan(calls[i], &exchanges[i])
		r.checkOwner(calls[i], analysis)
	}
	r.checkSums(analysis, exchanges, len(exchanges))
}

func (r *rig) checkOwner(s span, analysis *instrument.Analysis) {
	r.t.Helper()
	require.Equal(r.t, analysis.ID(), s.text(semconv.AnalysisID))
	require.Equal(r.t, "RELIANCE", s.text(semconv.AnalysisSubject))
}

// checkSums holds the summary, the counters and the histogram of tokens
// against the exchanges, which were so many calls.
func (r *rig) checkSums(analysis *instrument.Analysis, exchanges []Exchange, calls int) {
	r.t.Helper()
	var want Usage
	for i := range exchanges {
		want = want.Add(exchanges[i].Usage)
	}
	got := analysis.Summary()
	require.EqualValues(r.t, calls, got.Calls)
	require.EqualValues(r.t, want.Input(), got.Input)
	require.EqualValues(r.t, want.Output(), got.Output)
	require.EqualValues(r.t, want.Cached, got.CacheRead)
	require.EqualValues(r.t, want.CacheWrite, got.CacheWrite)
	require.EqualValues(r.t, want.Thoughts, got.Reasoning)
	require.EqualValues(r.t, want.ToolUse, got.ToolUse)

	metrics, id := r.collect(), attribute.String(semconv.AnalysisID, analysis.ID())
	require.Equal(r.t, want.Input(), metrics.sum(semconv.MetricTokens, id, inputTokens))
	require.Equal(r.t, want.Output(), metrics.sum(semconv.MetricTokens, id, outputTokens))
	require.Equal(r.t, want.Cached, metrics.sum(semconv.MetricCachedTokens, id))
	require.Equal(r.t, want.Thoughts, metrics.sum(semconv.MetricReasoningTokens, id))
	require.Equal(r.t, calls, metrics.sum(semconv.MetricCalls, id))
	require.EqualValues(r.t, got.Failed, metrics.sum(semconv.MetricCalls, id,
		attribute.String(semconv.CallOutcome, semconv.OutcomeError)))
	require.Zero(r.t, metrics.sum(semconv.MetricLost))
}

// checkHistograms holds the gen_ai histograms against what all analyses of the
// rig used in so many calls.
func (r *rig) checkHistograms(calls int) {
	r.t.Helper()
	metrics, want := r.collect(), r.fake.Usage()
	require.Equal(r.t, want.Input(), metrics.sum(semconv.MetricTokenUsage, inputTokens))
	require.Equal(r.t, want.Output(), metrics.sum(semconv.MetricTokenUsage, outputTokens))
	require.Equal(r.t, calls, metrics.sum(semconv.MetricOperationDuration))
}
