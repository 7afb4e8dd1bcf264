// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

func TestLedgerSampler(t *testing.T) {
	t.Parallel()
	state, err := trace.ParseTraceState("vendor=1")
	require.NoError(t, err)
	parent := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceState: state,
	}))
	plain := sdktrace.SamplingParameters{ParentContext: parent}
	call := sdktrace.SamplingParameters{ParentContext: parent, Attributes: llmAttributes}

	never := otelsetup.LedgerSampler(sdktrace.NeverSample())
	require.Equal(t, sdktrace.Drop, never.ShouldSample(plain).Decision)
	recorded := sdktrace.SamplingResult{Decision: sdktrace.RecordOnly, Tracestate: state}
	require.Equal(t, recorded, never.ShouldSample(call))
	require.Equal(t, "LedgerSampler{AlwaysOffSampler}", never.Description())

	always := otelsetup.LedgerSampler(sdktrace.AlwaysSample())
	require.Equal(t, sdktrace.RecordAndSample, always.ShouldSample(call).Decision)
}

// TestLedgerSampler_SampledFlagStaysOff makes sure that nothing downstream is
// sampled because the ledger wants a span.
func TestLedgerSampler_SampledFlagStaysOff(t *testing.T) {
	t.Parallel()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSampler(
		otelsetup.LedgerSampler(sdktrace.ParentBased(sdktrace.NeverSample()))))
	ctx, call := tracers.Tracer("test").Start(t.Context(), "call", trace.WithAttributes(llmAttributes...))
	require.True(t, call.IsRecording())
	require.False(t, call.SpanContext().IsSampled())
	_, child := tracers.Tracer("test").Start(ctx, "query")
	require.False(t, child.IsRecording())
	child.End()
	call.End()
}
