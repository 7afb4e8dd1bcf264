// SPDX-License-Identifier: Apache-2.0

package inmemory_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/inmemory"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i, analysis := range []string{"a", "a", "b"} {
		span := spans.AppendEmpty()
		span.SetTraceID([16]byte{1})
		span.SetSpanID([8]byte{byte(i + 1)})
		span.SetEndTimestamp(1)
		span.Attributes().PutStr("gen_ai.operation.name", "chat")
		span.Attributes().PutStr("spanledger.analysis.id", analysis)
		span.Attributes().PutInt("gen_ai.usage.input_tokens", 10)
		span.Attributes().PutInt("gen_ai.usage.output_tokens", 5)
	}
	td.MarkReadOnly()
	folder := inmemory.New()
	require.False(t, folder.Capabilities().MutatesData)
	for range 2 {
		require.NoError(t, folder.ConsumeTraces(t.Context(), td))
		require.Equal(t, 2, folder.Groups())
	}
	calls, tokens := folder.Totals()
	require.EqualValues(t, 6, calls)
	require.EqualValues(t, 90, tokens)
}
