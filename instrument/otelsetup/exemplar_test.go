// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// exemplarsOf returns the exemplars of a histogram of durations.
func exemplarsOf(t *testing.T, reader sdkmetric.Reader) []metricdata.Exemplar[float64] {
	t.Helper()
	var got metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(context.WithoutCancel(t.Context()), &got))
	for _, scope := range got.ScopeMetrics {
		for _, metric := range scope.Metrics {
			if metric.Name == "gen_ai.client.operation.duration" {
				points := metric.Data.(metricdata.Histogram[float64]).DataPoints
				require.Len(t, points, 1)
				return points[0].Exemplars
			}
		}
	}
	require.Fail(t, "the histogram is not there")
	return nil
}

// TestExemplars has exemplars lead from the histograms to the span in the
// ledger, for sampled traces, and on request for all.
func TestExemplars(t *testing.T) {
	for _, tt := range []struct {
		name, filter string
		sampler      sdktrace.Sampler
		want         bool
	}{
		{"SampledByDefault", "", sdktrace.AlwaysSample(), true},
		{"LedgerSpanByDefault", "", sdktrace.NeverSample(), false},
		{"LedgerSpanTraceBased", "trace_based", sdktrace.NeverSample(), false},
		{"LedgerSpanAlwaysOn", "always_on", sdktrace.NeverSample(), true},
		{"SampledAlwaysOff", "always_off", sdktrace.AlwaysSample(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			setEnv(t, map[string]string{"OTEL_METRICS_EXEMPLAR_FILTER": tt.filter})
			reader, ledger := sdkmetric.NewManualReader(), tracetest.NewInMemoryExporter()
			meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
			tracers := sdktrace.NewTracerProvider(
				sdktrace.WithSampler(otelsetup.LedgerSampler(tt.sampler)),
				sdktrace.WithSpanProcessor(newProcessor(t, ledger, otelsetup.LedgerConfig{})),
			)
			_, call := instrument.Start(t.Context(), instrument.CallStart{Provider: "gcp.gemini", Model: "gemini"},
				instrument.WithTracerProvider(tracers), instrument.WithMeterProvider(meters))
			call.End(instrument.CallResult{})
			require.NoError(t, tracers.ForceFlush(t.Context()))
			spans := ledger.GetSpans()
			require.Len(t, spans, 1)

			exemplars := exemplarsOf(t, reader)
			require.Equal(t, tt.want, len(exemplars) == 1)
			if tt.want {
				trace, span := spans[0].SpanContext.TraceID(), spans[0].SpanContext.SpanID()
				require.Equal(t, trace[:], exemplars[0].TraceID)
				require.Equal(t, span[:], exemplars[0].SpanID)
			}
			require.NoError(t, tracers.Shutdown(t.Context()))
			require.NoError(t, meters.Shutdown(t.Context()))
		})
	}
}
