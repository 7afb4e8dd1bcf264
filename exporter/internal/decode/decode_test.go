// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// start and end are those of every span that a test does not say otherwise of.
var (
	start = time.Date(2026, time.March, 1, 12, 0, 0, 123_456_789, time.UTC)
	end   = start.Add(1500 * time.Millisecond)
)

type attrs = map[string]any

// traces returns one span with the given attributes.
func traces(t *testing.T, a attrs, change ...func(ptrace.Span)) ptrace.Traces {
	t.Helper()
	td := ptrace.NewTraces()
	addSpan(t, td.ResourceSpans().AppendEmpty(), a, change...)
	return td
}

func addSpan(t *testing.T, rs ptrace.ResourceSpans, a attrs, change ...func(ptrace.Span)) {
	t.Helper()
	span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID(traceID(1))
	span.SetSpanID(spanID(2))
	span.SetParentSpanID(spanID(3))
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(end))
	require.NoError(t, span.Attributes().FromRaw(a))
	for _, f := range change {
		f(span)
	}
}

// only decodes traces that hold one call.
func only(t *testing.T, td ptrace.Traces) (analysis.Call, decode.Result) {
	t.Helper()
	result := decode.New(defaults()).Decode(td)
	require.Len(t, result.Calls, 1)
	return result.Calls[0], result
}

// chat returns the attributes of a call, changed by those given; nil removes.
func chat(changes attrs) attrs {
	a := attrs{
		semconv.OperationName:     semconv.OperationChat,
		semconv.ProviderName:      semconv.ProviderOpenAI,
		semconv.RequestModel:      "gpt-5",
		semconv.AnalysisID:        "analysis_1",
		semconv.UsageInputTokens:  10,
		semconv.UsageOutputTokens: 5,
	}
	for name, value := range changes {
		if value == nil {
			delete(a, name)
			continue
		}
		a[name] = value
	}
	return a
}

func mended(reasons ...decode.Mend) (counts [decode.NumMends]int) {
	for _, reason := range reasons {
		counts[reason] = 1
	}
	return counts
}

func TestDecoder_Decode(t *testing.T) {
	t.Parallel()
	call, result := only(t, traces(t, attrs{
		semconv.OperationName:            semconv.OperationGenerateContent,
		semconv.ProviderName:             semconv.ProviderGemini,
		semconv.RequestModel:             "gemini-2.5-flash",
		semconv.RequestStream:            true,
		semconv.ResponseModel:            "gemini-2.5-flash-001",
		semconv.ResponseID:               "r-1",
		semconv.ResponseFinishReasons:    []any{"stop", "max_tokens"},
		semconv.ResponseTimeToFirstChunk: 0.25,
		semconv.AnalysisID:               "analysis_1",
		semconv.AnalysisSubject:          "RELIANCE",
		semconv.UserID:                   "u-7",
		semconv.UserTier:                 "gold",
		semconv.TenantID:                 "acme",
		semconv.CallType:                 "indicator_summary",
		semconv.CallAttempts:             3,
		semconv.ServiceTier:              semconv.TierFlex,
		semconv.UsageStatus:              semconv.StatusPartial,
		semconv.UsageInputTokens:         100,
		semconv.UsageOutputTokens:        50,
		semconv.UsageTotal:               151,
		semconv.UsageCacheReadTokens:     40,
		semconv.UsageCacheWriteTokens:    30,
		semconv.UsageReasoningTokens:     20,
		semconv.UsageToolUse:             10,
		semconv.UsageLargestInput:        60,
		semconv.UsageTextInputTokens:     1,
		semconv.UsageImageInputTokens:    2,
		semconv.UsageAudioInputTokens:    3,
		semconv.UsageVideoInputTokens:    4,
		semconv.UsageTextOutputTokens:    5,
		semconv.UsageImageOutputTokens:   6,
		semconv.UsageAudioOutputTokens:   7,
		semconv.UsageVideoOutputTokens:   8,
		semconv.ErrorType:                semconv.ErrorTypeStreamCut,
		"gen_ai.input.messages":          "never read",
	}))
	known := analysis.Known
	require.Equal(t, analysis.Call{
		Key:         analysis.SpanKey{Trace: analysis.TraceID(traceID(1)), Span: analysis.SpanID(spanID(2))},
		Parent:      analysis.SpanID(spanID(3)),
		AnalysisID:  "analysis_1",
		Attribution: analysis.Attribution{Subject: "RELIANCE", UserID: "u-7", UserTier: "gold", TenantID: "acme"},
		Type:        "indicator_summary",
		Provider:    semconv.ProviderGemini, Operation: semconv.OperationGenerateContent,
		RequestModel: "gemini-2.5-flash", ResponseModel: "gemini-2.5-flash-001", ResponseID: "r-1",
		ServiceTier: semconv.TierFlex, FinishReasons: []string{"stop", "max_tokens"}, Stream: true, Attempts: 3,
		Start: start.Truncate(time.Microsecond), End: end.Truncate(time.Microsecond),
		TimeToFirstChunk: 250 * time.Millisecond,
		Usage: analysis.Usage{
			Status: analysis.StatusPartial, Input: known(100), Output: known(50), ProviderTotal: known(151),
			CacheRead: known(40), CacheWrite: known(30), Reasoning: known(20),
			ToolUse: known(10), LargestInput: known(60),
			InputBy:  analysis.Modalities{Text: known(1), Image: known(2), Audio: known(3), Video: known(4)},
			OutputBy: analysis.Modalities{Text: known(5), Image: known(6), Audio: known(7), Video: known(8)},
		},
		ErrorType: semconv.ErrorTypeStreamCut,
	}, call)
	require.Equal(t, decode.Result{Calls: result.Calls, Spans: 1}, result)
}

func TestDecoder_Decode_Closed(t *testing.T) {
	t.Parallel()
	closing := func(changes attrs) attrs {
		a := attrs{
			semconv.AnalysisCalls: 6, semconv.AnalysisInputTokens: 100, semconv.AnalysisOutputTokens: 50,
			semconv.AnalysisID: "analysis_1", semconv.AnalysisSubject: "RELIANCE",
		}
		maps.Copy(a, changes)
		return a
	}
	decoder := decode.New(defaults())

	t.Run("AnalysisSpan", func(t *testing.T) {
		t.Parallel()
		result := decoder.Decode(traces(t, closing(nil), func(s ptrace.Span) {
			s.SetName(semconv.AnalysisSpanName)
			s.SetKind(ptrace.SpanKindInternal)
			s.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(30 * 24 * time.Hour)))
		}))
		require.Empty(t, result.Calls)
		require.Equal(t, []analysis.Closed{{
			Key:         analysis.SpanKey{Trace: analysis.TraceID(traceID(1)), Span: analysis.SpanID(spanID(2))},
			AnalysisID:  "analysis_1",
			Attribution: analysis.Attribution{Subject: "RELIANCE"},
			Start:       start.Truncate(time.Microsecond),
			End:         start.Add(30 * 24 * time.Hour).Truncate(time.Microsecond),
			Calls:       6, Input: 100, Output: 50,
		}}, result.Closed)
		require.Zero(t, result.Mended, "an analysis may take longer than a call")
	})
	t.Run("TokensOutOfRange", func(t *testing.T) {
		t.Parallel()
		result := decoder.Decode(traces(t, closing(attrs{semconv.AnalysisInputTokens: -1})))
		require.Len(t, result.Closed, 1)
		require.Zero(t, result.Closed[0].Input)
		require.Equal(t, mended(decode.MendCount), result.Mended)
	})
	for name, calls := range map[string]any{"NoNumber": "six", "Negative": -6} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := decoder.Decode(traces(t, closing(attrs{semconv.AnalysisCalls: calls})))
			require.Empty(t, result.Closed)
			require.Equal(t, 1, result.Dropped[decode.DropBadClose])
			require.Zero(t, result.Mended, "what is dropped is not mended")
		})
	}
	t.Run("NoIDs", func(t *testing.T) {
		t.Parallel()
		result := decoder.Decode(traces(t, closing(nil), func(s ptrace.Span) { s.SetSpanID(pcommon.SpanID{}) }))
		require.Empty(t, result.Closed)
		require.Equal(t, 1, result.Dropped[decode.DropNoIDs])
	})
}

func TestDecoder_Decode_AnalysisID(t *testing.T) {
	t.Parallel()
	trace := analysis.TraceID(traceID(1)).String()
	for _, tt := range []struct {
		name           string
		span, resource attrs
		want           string
		mended         [decode.NumMends]int
	}{
		{"FirstOfTheList", attrs{"session.id": "s", semconv.ConversationID: "c", semconv.AnalysisID: "a"}, nil, "a", mended()},
		{"NextOfTheList", attrs{"langfuse.session.id": "l", "session.id": "s"}, nil, "s", mended()},
		{"EmptyIsNone", attrs{semconv.AnalysisID: "", "session.id": "s"}, nil, "s", mended()},
		{"Resource", nil, attrs{"session.id": "s", semconv.AnalysisID: "a"}, "a", mended()},
		{"SpanBeforeResource", attrs{"session.id": "s"}, attrs{semconv.AnalysisID: "a"}, "s", mended()},
		{"Fallback", nil, nil, trace, mended()},
		{"Number", attrs{"session.id": 42}, nil, "42", mended(decode.MendRetyped)},
		{"NoText", attrs{"session.id": []any{"s"}}, nil, trace, mended(decode.MendWrongType)},
		{"Hostile", attrs{semconv.AnalysisID: "a\x00b\xff"}, nil, "a\uFFFDb\uFFFD", mended(decode.MendText)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			td := ptrace.NewTraces()
			rs := td.ResourceSpans().AppendEmpty()
			require.NoError(t, rs.Resource().Attributes().FromRaw(tt.resource))
			changes := attrs{semconv.AnalysisID: nil}
			maps.Copy(changes, tt.span)
			addSpan(t, rs, chat(changes))
			call, result := only(t, td)
			require.Equal(t, tt.want, call.AnalysisID)
			require.Equal(t, tt.mended, result.Mended)
		})
	}
	t.Run("AnyAttribute", func(t *testing.T) {
		t.Parallel()
		decoder := decode.New(decode.Options{AnalysisID: []string{"my.job", semconv.UserID}})
		named := decoder.Decode(traces(t, chat(attrs{"my.job": "j", semconv.UserID: "u-7"})))
		require.Equal(t, "j", named.Calls[0].AnalysisID)
		byUser := decoder.Decode(traces(t, chat(attrs{semconv.UserID: "u-7"})))
		require.Equal(t, "u-7", byUser.Calls[0].AnalysisID)
		require.Equal(t, "u-7", byUser.Calls[0].Attribution.UserID, "a name may serve twice")
	})
	t.Run("DropUnnamed", func(t *testing.T) {
		t.Parallel()
		decoder := decode.New(decode.Options{AnalysisID: []string{semconv.AnalysisID}, DropUnnamed: true})
		result := decoder.Decode(traces(t, chat(attrs{semconv.AnalysisID: nil})))
		require.Empty(t, result.Calls)
		require.Equal(t, 1, result.Dropped[decode.DropNoAnalysis])
	})
}

func TestDecoder_Decode_LongText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	one, result := only(t, traces(t, chat(attrs{semconv.AnalysisID: long + "1"})))
	two, _ := only(t, traces(t, chat(attrs{semconv.AnalysisID: long + "2"})))
	require.Equal(t, mended(decode.MendLength), result.Mended)
	require.Len(t, one.AnalysisID, decode.MaxTextBytes)
	require.NotEqual(t, one.AnalysisID, two.AnalysisID, "distinct ids stay distinct")
}

func TestDecoder_Decode_Attribution(t *testing.T) {
	t.Parallel()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr(semconv.TenantID, "acme")
	rs.Resource().Attributes().PutStr(semconv.UserTier, "free")
	addSpan(t, rs, chat(attrs{semconv.UserTier: "gold", "langfuse.user.id": "u-7"}))
	call, _ := only(t, td)
	require.Equal(t, analysis.Attribution{UserID: "u-7", UserTier: "gold", TenantID: "acme"}, call.Attribution)
}

func TestDecoder_Decode_CallType(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]analysis.CallType{
		semconv.OperationGenerateContent: "call_llm",
		semconv.OperationChat:            "call_llm",
		semconv.OperationTextCompletion:  "call_llm",
		semconv.OperationEmbeddings:      "embeddings",
	} {
		call, _ := only(t, traces(t, chat(attrs{semconv.OperationName: operation})))
		require.Equal(t, want, call.Type)
		require.Equal(t, operation, call.Operation)
	}
}

func TestDecoder_Decode_Success(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		status    ptrace.StatusCode
		errorType any
		want      string
		mended    [decode.NumMends]int
	}{
		{"Unset", ptrace.StatusCodeUnset, nil, "", mended()},
		{"OK", ptrace.StatusCodeOk, nil, "", mended()},
		{"ErrorWithoutType", ptrace.StatusCodeError, nil, semconv.ErrorTypeOther, mended()},
		{"ErrorWithType", ptrace.StatusCodeError, "429", "429", mended()},
		{"TypeWithoutStatus", ptrace.StatusCodeUnset, "timeout", "timeout", mended()},
		{"TypeAsNumber", ptrace.StatusCodeError, 429, "429", mended(decode.MendRetyped)},
		{"Message", ptrace.StatusCodeError, "invalid key AIzaSecret", semconv.ErrorTypeOther, mended(decode.MendErrorType)},
		{
			"LongMessage", ptrace.StatusCodeError, strings.Repeat("x", decode.MaxErrorTypeBytes+1),
			semconv.ErrorTypeOther, mended(decode.MendErrorType),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, result := only(t, traces(t, chat(attrs{semconv.ErrorType: tt.errorType}),
				func(s ptrace.Span) { s.Status().SetCode(tt.status) }))
			require.Equal(t, tt.want, call.ErrorType)
			require.Equal(t, tt.want == "", call.Succeeded())
			require.Equal(t, tt.mended, result.Mended)
		})
	}
}

func TestDecoder_Decode_Usage(t *testing.T) {
	t.Parallel()
	none := attrs{semconv.UsageInputTokens: nil, semconv.UsageOutputTokens: nil}
	with := func(changes attrs) attrs {
		a := attrs{}
		maps.Copy(a, none)
		maps.Copy(a, changes)
		return a
	}
	known, unknown := analysis.Known, analysis.Unknown()
	for _, tt := range []struct {
		name          string
		changes       attrs
		status        analysis.UsageStatus
		input, output analysis.Count
		mended        [decode.NumMends]int
	}{
		{"Reported", nil, analysis.StatusReported, known(10), known(5), mended()},
		{"None", none, analysis.StatusUnknown, unknown, unknown, mended()},
		{"NoneSaysSo", with(attrs{semconv.UsageStatus: "unknown"}), analysis.StatusUnknown, unknown, unknown, mended()},
		{"ZeroIsKnown", with(attrs{semconv.UsageInputTokens: 0}), analysis.StatusReported, known(0), unknown, mended()},
		{
			"OursBeforeTheOwnersOfTheSpan",
			attrs{semconv.UsageInput: 12, semconv.UsageOutput: 7},
			analysis.StatusReported, known(12), known(7), mended(),
		},
		{"Estimated", attrs{semconv.UsageStatus: "estimated"}, analysis.StatusEstimated, known(10), known(5), mended()},
		{
			"NoSuchStatus",
			attrs{semconv.UsageStatus: "guess"},
			analysis.StatusReported, known(10), known(5), mended(decode.MendUsageStatus),
		},
		{
			"UnknownWithCounts",
			attrs{semconv.UsageStatus: "unknown"},
			analysis.StatusReported, known(10), known(5), mended(decode.MendUsageStatus),
		},
		{
			"ReportedWithoutCounts", with(attrs{semconv.UsageStatus: "reported"}),
			analysis.StatusUnknown, unknown, unknown, mended(decode.MendUsageStatus),
		},
		{"Text", attrs{semconv.UsageInputTokens: " 123 "}, analysis.StatusReported, known(123), known(5), mended(decode.MendRetyped)},
		{"Double", attrs{semconv.UsageInputTokens: 123.0}, analysis.StatusReported, known(123), known(5), mended(decode.MendRetyped)},
		{"Fraction", attrs{semconv.UsageInputTokens: 1.5}, analysis.StatusReported, unknown, known(5), mended(decode.MendWrongType)},
		{"Words", attrs{semconv.UsageInputTokens: "many"}, analysis.StatusReported, unknown, known(5), mended(decode.MendWrongType)},
		{"List", attrs{semconv.UsageInputTokens: []any{1}}, analysis.StatusReported, unknown, known(5), mended(decode.MendWrongType)},
		{"Bool", attrs{semconv.UsageInputTokens: true}, analysis.StatusReported, unknown, known(5), mended(decode.MendWrongType)},
		{"Negative", attrs{semconv.UsageInputTokens: -1}, analysis.StatusReported, unknown, known(5), mended(decode.MendCount)},
		{"Largest", attrs{semconv.UsageInputTokens: decode.MaxCount}, analysis.StatusReported, known(decode.MaxCount), known(5), mended()},
		{"TooLarge", attrs{semconv.UsageInputTokens: decode.MaxCount + 1}, analysis.StatusReported, unknown, known(5), mended(decode.MendCount)},
		{"HugeDouble", attrs{semconv.UsageInputTokens: 1e300}, analysis.StatusReported, unknown, known(5), mended(decode.MendCount)},
		{
			"HugeText",
			attrs{semconv.UsageInputTokens: "99999999999999999999"},
			analysis.StatusReported, unknown, known(5), mended(decode.MendCount),
		},
		{
			"NothingLeft",
			attrs{semconv.UsageInputTokens: -1, semconv.UsageOutputTokens: -1},
			analysis.StatusUnknown, unknown, unknown, mended(decode.MendCount),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, result := only(t, traces(t, chat(tt.changes)))
			require.Equal(t, tt.status, call.Usage.Status)
			require.Equal(t, tt.input, call.Usage.Input)
			require.Equal(t, tt.output, call.Usage.Output)
			require.Equal(t, tt.mended, result.Mended)
		})
	}
}
