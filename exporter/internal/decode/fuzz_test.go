// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
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
	for _, n := range []analysis.Count{c.Usage.Input, c.Usage.Output, c.Usage.CacheRead, c.Usage.ProviderTotal} {
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
	seeds := [][]byte{nil}
	for _, td := range []ptrace.Traces{callTraces(2), hostile, foreign} {
		message, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
		require.NoError(tb, err)
		seeds = append(seeds, message)
	}
	return seeds
}
