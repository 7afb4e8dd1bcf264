// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/instrument"
)

// TestExemplars_LeadToTheCall has every point of every gen_ai metric carry the
// trace and the span of its call, in both generations.
func TestExemplars_LeadToTheCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		conventions instrument.Conventions
		metrics     []string
	}{
		{instrument.ConventionsReleased, []string{
			"gen_ai.client.token.usage", "gen_ai.client.operation.duration",
			"gen_ai.client.operation.time_to_first_chunk", "gen_ai.client.operation.time_per_output_chunk",
		}},
		{instrument.ConventionsLatest, []string{
			"gen_ai.client.inference.usage.input_tokens", "gen_ai.client.inference.usage.output_tokens",
			"gen_ai.client.inference.operation.input_tokens", "gen_ai.client.inference.operation.output_tokens",
			"gen_ai.client.inference.duration",
			"gen_ai.client.inference.time_to_first_chunk", "gen_ai.client.inference.time_per_output_chunk",
		}},
	} {
		m := newExemplarTelemetry(t)
		transport := instrument.NewTransport(answering(strings.Repeat("data: "+answer+"\n\n", 3)),
			append(m.options(), instrument.WithConventions(c.conventions))...)
		res, err := transport.RoundTrip(newRequest(t.Context(), t, streamURL))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, iotest.OneByteReader(res.Body))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		span := m.span(callSpan).SpanContext()
		require.True(t, span.IsSampled())
		got := m.collect()
		for _, name := range c.metrics {
			found := exemplarsOf(t, got[name])
			require.NotEmpty(t, found, name)
			for _, e := range found {
				require.Equal(t, [2]string{span.TraceID().String(), span.SpanID().String()}, e, name)
			}
		}
	}
}

// TestExemplars_NotOfUnsampledTraces keeps no exemplar that leads nowhere.
func TestExemplars_NotOfUnsampledTraces(t *testing.T) {
	t.Parallel()
	m := newExemplarTelemetry(t)
	m.tracers = trace.NewTracerProvider(trace.WithSampler(trace.NeverSample()))
	ask(t.Context(), t, instrument.NewTransport(answering(answer), m.options()...))
	require.Empty(t, exemplarsOf(t, m.collect()["gen_ai.client.operation.duration"]))
}

func newExemplarTelemetry(t *testing.T) *telemetry {
	t.Helper()
	m := newTelemetry(t)
	m.reader = metric.NewManualReader()
	m.meters = metric.NewMeterProvider(metric.WithReader(m.reader),
		metric.WithExemplarFilter(exemplar.TraceBasedFilter))
	return m
}

// exemplarsOf returns the trace and span ids of a metric's exemplars. A point
// without one fails the test where another has one.
func exemplarsOf(t *testing.T, found metricdata.Metrics) (ids [][2]string) {
	t.Helper()
	points := 0
	switch data := found.Data.(type) {
	case metricdata.Histogram[int64]:
		for _, p := range data.DataPoints {
			points++
			ids = append(ids, idsOf(p.Exemplars)...)
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			points++
			ids = append(ids, idsOf(p.Exemplars)...)
		}
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			points++
			ids = append(ids, idsOf(p.Exemplars)...)
		}
	}
	require.NotZero(t, points, found.Name)
	require.True(t, len(ids) == 0 || len(ids) >= points, found.Name)
	return ids
}

func idsOf[N int64 | float64](exemplars []metricdata.Exemplar[N]) (ids [][2]string) {
	for _, e := range exemplars {
		ids = append(ids, [2]string{hex.EncodeToString(e.TraceID), hex.EncodeToString(e.SpanID)})
	}
	return ids
}
