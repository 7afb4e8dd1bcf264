// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/semconv"
)

// saying returns calls whose spans hold what was said in them.
func saying() ptrace.Traces {
	td := callTraces(12)
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	for i := range spans.Len() {
		for _, name := range []string{
			semconv.SystemInstructions, semconv.InputMessages, semconv.OutputMessages, semconv.ToolDefinitions,
			"gen_ai.prompt.0.content", "llm.input_messages.0.message.content",
		} {
			spans.At(i).Attributes().PutStr(name, `[{"role":"user","parts":[{"type":"text","content":"canary"}]}]`)
		}
	}
	return td
}

// TestContent_IsNotStored looks through every byte of a ledger.
func TestContent_IsNotStored(t *testing.T) {
	t.Parallel()
	cfg := sqliteConfig(t)
	p := startPipeline(t, cfg)
	require.NoError(t, p.send(t.Context(), saying()))
	p.stop(t)

	files, err := filepath.Glob(strings.TrimPrefix(string(cfg.DSN), "sqlite:") + "*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	found := false
	for _, file := range files {
		stored, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, string(stored), "canary")
		found = found || strings.Contains(string(stored), decoded(t).AnalysisID)
	}
	require.True(t, found, "the calls are in the ledger, and can be read there")
}

// TestContent_IsNotLogged has a ledger refuse a call, and then every call.
func TestContent_IsNotLogged(t *testing.T) {
	t.Parallel()
	poisoned := analysis.SpanID(testSpanID(1))
	b := newBench(t, &fakeStore{refuse: func(batch *ledger.Batch) error {
		for i := range batch.Calls {
			if batch.Calls[i].Key.Span == poisoned {
				return refusal(ledger.Permanent)
			}
		}
		return nil
	}})
	require.NoError(t, b.consume(t.Context(), saying()))
	require.Equal(t, 1, b.logs.Len())
	require.NotContains(t, fmt.Sprint(b.logs.All()), "canary")

	b = newBench(t, &fakeStore{refuse: always(refusal(ledger.Permanent))})
	err := b.consume(t.Context(), saying())
	require.Error(t, err)
	require.NotContains(t, fmt.Sprint(err, b.logs.All()), "canary")
	require.NotContains(t, decoded(t).All, "canary")
}

// decoded returns the first of the calls.
func decoded(t *testing.T) (first struct{ AnalysisID, All string }) {
	t.Helper()
	calls := decode.New(decode.Options{AnalysisID: []string{semconv.AnalysisID}}).Decode(saying()).Calls
	require.Len(t, calls, 12)
	first.AnalysisID, first.All = calls[0].AnalysisID, fmt.Sprintf("%+v", calls)
	return first
}
