// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/semconv"
)

// FuzzDecoder_Decode feeds any OTLP message to the decoder. Whatever it
// reads is what a store keeps, no span is lost in silence, and reading again
// gives the same.
func FuzzDecoder_Decode(f *testing.F) {
	for _, seed := range fuzzSeeds(f) {
		f.Add(seed)
	}
	decoder := decode.New(defaults())
	f.Fuzz(func(t *testing.T, message []byte) {
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(message)
		if err != nil {
			return
		}
		td.MarkReadOnly() // a decoder that writes panics
		result := decoder.Decode(td)
		require.Equal(t, result, decoder.Decode(td))

		counted := len(result.Calls) + len(result.Closed) + result.Ignored
		for _, n := range result.Dropped {
			counted += n
		}
		require.Equal(t, td.SpanCount(), counted)
		require.Equal(t, td.SpanCount(), result.Spans)
		for i := range result.Calls {
			requireSound(t, &result.Calls[i])
		}
		for i := range result.Closed {
			c := result.Closed[i]
			require.Equal(t, ledger.CanonicalClosed(c), c)
			require.NotEmpty(t, c.AnalysisID)
			require.GreaterOrEqual(t, c.Calls, int64(0))
		}
	})
}

// FuzzDecoder_UsageDocument feeds any text to the readers of JSON. What they
// read of it is what a store keeps.
func FuzzDecoder_UsageDocument(f *testing.F) {
	for _, seed := range []string{
		`{"input":1,"output":2.0,"total":"3","input_cached_tokens":4}`, `["stop","b"]`, `{"a":[{"b":"\\""}],"input_audio":1}`,
		`{"prompt_tokens":7,"prompt_tokens_details":{"cached_tokens":3,"audio_tokens":null}}`, `{"input":1`, "\x00{\xff",
	} {
		f.Add(seed)
	}
	decoder := decode.New(defaults())
	f.Fuzz(func(t *testing.T, text string) {
		result := decoder.Decode(traces(t, attrs{
			"langfuse.observation.type": "generation", "langfuse.observation.usage_details": text,
			semconv.ResponseFinishReasons: text, "langfuse.observation.completion_start_time": text,
		}))
		require.Len(t, result.Calls, 1)
		requireSound(t, &result.Calls[0])
		require.LessOrEqual(t, len(result.Calls[0].FinishReasons), decode.MaxFinishReasons)
	})
}

func requireSound(t *testing.T, c *analysis.Call) {
	t.Helper()
	require.Equal(t, ledger.Canonical(*c), *c)
	require.NotZero(t, c.Key.Trace)
	require.NotZero(t, c.Key.Span)
	require.NotEmpty(t, c.AnalysisID)
	require.NotEmpty(t, c.Type)
	require.True(t, utf8.ValidString(c.AnalysisID))
	require.GreaterOrEqual(t, c.Attempts, 1)
	require.GreaterOrEqual(t, c.Duration(), time.Duration(0))
	require.LessOrEqual(t, c.Duration(), decode.MaxDuration)
	for _, n := range []analysis.Count{
		c.Usage.Input, c.Usage.Output, c.Usage.CacheRead, c.Usage.CacheWrite, c.Usage.Reasoning, c.Usage.ProviderTotal,
		c.Usage.InputBy.Audio, c.Usage.OutputBy.Audio,
	} {
		require.GreaterOrEqual(t, n.OrZero(), int64(0))
		require.LessOrEqual(t, n.OrZero(), int64(decode.MaxCount))
	}
}

func fuzzSeeds(tb testing.TB) [][]byte {
	tb.Helper()
	hostile := callTraces(3)
	spans := hostile.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	spans.At(0).Attributes().PutStr(semconv.AnalysisID, "\x00\xff")
	spans.At(0).SetStartTimestamp(pcommon.Timestamp(1 << 63))
	spans.At(1).Attributes().PutDouble(semconv.UsageInputTokens, 1e300)
	spans.At(1).Attributes().PutEmptyMap(semconv.ErrorType).PutStr("a", "b")
	spans.At(2).Attributes().PutStr(semconv.AnalysisCalls, "7")
	foreign := callTraces(1)
	attributes := foreign.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
	attributes.Clear()
	for _, name := range []string{"openinference.span.kind", "ai.operationId", "llm.request.type", "gen_ai.system"} {
		attributes.PutStr(name, "LLM")
	}
	document := callTraces(2)
	for i, text := range []string{`{"input":1,"input_token_details":{"cache_read":"2"},"x":[{}]}`, `{"output":1e3,"input_x`} {
		attributes := document.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(i).Attributes()
		attributes.RemoveIf(func(name string, _ pcommon.Value) bool { return strings.HasPrefix(name, "gen_ai.usage") })
		attributes.PutStr("langfuse.observation.usage_details", text)
		attributes.PutStr(semconv.ResponseFinishReasons, `["a","b"]`)
	}
	seeds := [][]byte{nil}
	for _, td := range []ptrace.Traces{callTraces(2), hostile, foreign, document} {
		message, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
		require.NoError(tb, err)
		seeds = append(seeds, message)
	}
	return seeds
}
