// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// BenchmarkOnEnd compares what the end of a span costs. All processors export
// to nowhere and wait when their queue is full: none gets away with dropping.
func BenchmarkOnEnd(b *testing.B) {
	span := tracetest.SpanStub{
		Name: "chat", Attributes: llmAttributes,
		SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled,
		}),
	}.Snapshot()
	processors := map[string]func() sdktrace.SpanProcessor{
		"Ledger": func() sdktrace.SpanProcessor {
			p, err := otelsetup.NewLedgerProcessor(b.Context(), tracetest.NewNoopExporter(),
				otelsetup.LedgerConfig{MaxBlock: -1})
			require.NoError(b, err)
			return p
		},
		"LedgerRouted": func() sdktrace.SpanProcessor {
			p, err := otelsetup.NewLedgerProcessor(b.Context(), tracetest.NewNoopExporter(),
				otelsetup.LedgerConfig{MaxBlock: -1})
			require.NoError(b, err)
			return otelsetup.Route(p, sdktrace.NewBatchSpanProcessor(tracetest.NewNoopExporter()))
		},
		"Batch": func() sdktrace.SpanProcessor {
			return sdktrace.NewBatchSpanProcessor(tracetest.NewNoopExporter(),
				sdktrace.WithBlocking(), sdktrace.WithMaxQueueSize(8192))
		},
	}
	for _, name := range []string{"Ledger", "LedgerRouted", "Batch"} {
		b.Run(name, func(b *testing.B) {
			p := processors[name]()
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					p.OnEnd(span)
				}
			})
			require.NoError(b, p.Shutdown(b.Context()))
		})
	}
}
