// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/semconv"
)

func TestDecoder_Decode_Times(t *testing.T) {
	t.Parallel()
	const second = pcommon.Timestamp(time.Second)
	from, to := time.Unix(1, 0).UTC(), time.Unix(2, 0).UTC()
	for _, tt := range []struct {
		name               string
		start, end         pcommon.Timestamp
		wantStart, wantEnd time.Time
		mended             [decode.NumMends]int
	}{
		{"Both", second, 2 * second, from, to, mended()},
		{"Microseconds", second + 1999, 2*second + 999, from.Add(time.Microsecond), to, mended()},
		{"NoStart", 0, 2 * second, to, to, mended(decode.MendTime)},
		{"NoEnd", second, 0, from, from, mended(decode.MendTime)},
		{"EndBeforeStart", 2 * second, second, to, to, mended(decode.MendTime)},
		{"StartBeyondClocks", math.MaxUint64, second, from, from, mended(decode.MendTime)},
		{"EndBeyondClocks", second, math.MaxUint64, from, from, mended(decode.MendTime)},
		{"Longest", second, second + pcommon.Timestamp(decode.MaxDuration), from, from.Add(decode.MaxDuration), mended()},
		{"TooLong", second, second + pcommon.Timestamp(decode.MaxDuration) + 1, from, from, mended(decode.MendTime)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, result := only(t, traces(t, chat(nil), func(s ptrace.Span) {
				s.SetStartTimestamp(tt.start)
				s.SetEndTimestamp(tt.end)
			}))
			require.Equal(t, tt.wantStart, call.Start)
			require.Equal(t, tt.wantEnd, call.End)
			require.Equal(t, tt.mended, result.Mended)
		})
	}
}

func TestDecoder_Decode_Dropped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		reason decode.Drop
		change func(ptrace.Span)
	}{
		{"NoTraceID", decode.DropNoIDs, func(s ptrace.Span) { s.SetTraceID(pcommon.TraceID{}) }},
		{"NoSpanID", decode.DropNoIDs, func(s ptrace.Span) { s.SetSpanID(pcommon.SpanID{}) }},
		{"NoTimes", decode.DropNoTime, func(s ptrace.Span) {
			s.SetStartTimestamp(0)
			s.SetEndTimestamp(0)
		}},
		{"Unclassified", decode.DropUnclassified, func(s ptrace.Span) {
			s.Attributes().PutStr(semconv.OperationName, "summon_oracle")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result := decode.New(defaults()).Decode(traces(t, chat(nil), tt.change))
			want := decode.Result{Spans: 1}
			want.Dropped[tt.reason] = 1
			require.Equal(t, want, result)
		})
	}
}

func TestDecoder_Decode_Mended(t *testing.T) {
	t.Parallel()
	many := slices.Repeat([]any{"stop"}, decode.MaxFinishReasons+1)
	for _, tt := range []struct {
		name   string
		attr   string
		value  any
		mended [decode.NumMends]int
	}{
		{"Text", semconv.RequestModel, "gpt\x005", mended(decode.MendText)},
		{"LongText", semconv.CallType, strings.Repeat("x", decode.MaxTextBytes+1), mended(decode.MendLength)},
		{"LongestText", semconv.CallType, strings.Repeat("x", decode.MaxTextBytes), mended()},
		{"TextFromBool", semconv.CallType, true, mended(decode.MendRetyped)},
		{"TextFromMap", semconv.CallType, attrs{"a": 1}, mended(decode.MendWrongType)},
		{"FinishReasonAlone", semconv.ResponseFinishReasons, "stop", mended()},
		{"FinishReasonsMixed", semconv.ResponseFinishReasons, []any{"stop", 1, attrs{}}, mended(decode.MendRetyped, decode.MendWrongType)},
		{"FinishReasonsMany", semconv.ResponseFinishReasons, many, mended(decode.MendLength)},
		{"StreamAsText", semconv.RequestStream, "true", mended(decode.MendRetyped)},
		{"StreamAsWord", semconv.RequestStream, "yes, please", mended(decode.MendWrongType)},
		{"AttemptsTooMany", semconv.CallAttempts, decode.MaxAttempts + 1, mended(decode.MendCount)},
		{"AttemptsNone", semconv.CallAttempts, 0, mended()},
		{"FirstChunkInteger", semconv.ResponseTimeToFirstChunk, 1, mended()},
		{"FirstChunkNegative", semconv.ResponseTimeToFirstChunk, -1.5, mended(decode.MendTime)},
		{"FirstChunkNaN", semconv.ResponseTimeToFirstChunk, math.NaN(), mended(decode.MendTime)},
		{"FirstChunkHuge", semconv.ResponseTimeToFirstChunk, math.Inf(1), mended(decode.MendTime)},
		{"FirstChunkText", semconv.ResponseTimeToFirstChunk, "soon", mended(decode.MendWrongType)},
		{"LargestRequestOfAllInput", semconv.UsageLargestInput, 10, mended()},
		{"LargestRequestBeyondAllInput", semconv.UsageLargestInput, 11, mended(decode.MendCount)},
		{"LargestRequestNegative", semconv.UsageLargestInput, -1, mended(decode.MendCount)},
		{"CountNaN", semconv.UsageInputTokens, math.NaN(), mended(decode.MendWrongType)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, result := only(t, traces(t, chat(attrs{tt.attr: tt.value})))
			require.Equal(t, tt.mended, result.Mended)
			require.Positive(t, call.Attempts)
			require.LessOrEqual(t, len(call.FinishReasons), decode.MaxFinishReasons)
			require.Zero(t, result.Dropped)
		})
	}
}

// TestDecoder_Decode_PoisonCostsNothingElse mixes every kind of bad span with
// good ones.
func TestDecoder_Decode_PoisonCostsNothingElse(t *testing.T) {
	t.Parallel()
	td := callTraces(100)
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	poison := []func(ptrace.Span){
		func(s ptrace.Span) { s.SetTraceID(pcommon.TraceID{}) },
		func(s ptrace.Span) { s.SetStartTimestamp(0); s.SetEndTimestamp(0) },
		func(s ptrace.Span) { s.Attributes().PutInt(semconv.UsageInputTokens, math.MinInt64) },
		func(s ptrace.Span) { s.Attributes().PutStr(semconv.AnalysisID, "\x00") },
		func(s ptrace.Span) { s.Attributes().PutEmptyMap(semconv.RequestModel) },
		func(s ptrace.Span) { s.SetEndTimestamp(1) },
	}
	for i, spoil := range poison {
		spoil(spans.At(10 * i))
	}
	result := decode.New(defaults()).Decode(td)
	require.Len(t, result.Calls, 98)
	require.Equal(t, 100, result.Spans)
	clean := decode.New(defaults()).Decode(callTraces(100))
	require.Equal(t, clean.Calls[91:], result.Calls[89:])
}

func TestReasons(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{"": true}
	for d := range decode.Drop(decode.NumDrops) {
		require.NotContains(t, seen, d.String())
		seen[d.String()] = true
	}
	for m := range decode.Mend(decode.NumMends) {
		require.NotContains(t, seen, m.String())
		seen[m.String()] = true
	}
}
