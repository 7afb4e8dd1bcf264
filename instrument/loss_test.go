// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric"
	nometric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	notrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// TestLoss_BrokenTelemetry has every part of the telemetry fail in turn: the
// call goes on as if nothing was, and what is left still counts.
func TestLoss_BrokenTelemetry(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]instrument.Option{
		"TracerProvider": {instrument.WithTracerProvider(&brokenTracers{})},
		"Tracer":         {instrument.WithTracerProvider(&brokenTracers{provides: true})},
		"Span":           {instrument.WithTracerProvider(&brokenTracers{provides: true, starts: true})},
		"MeterProvider":  {instrument.WithMeterProvider(&brokenMeters{})},
		"Meter":          {instrument.WithMeterProvider(&brokenMeters{provides: true})},
		"Unhashable":     {instrument.WithMeterProvider(unhashable{})},
		"Nil":            {nil, instrument.WithMeterProvider(nil), instrument.WithTracerProvider(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var analysisOptions []instrument.AnalysisOption
			for _, o := range options {
				if both, ok := o.(instrument.ProviderOption); ok {
					analysisOptions = append(analysisOptions, both)
				}
			}
			ctx, analysis := instrument.StartAnalysis(t.Context(), "", append(analysisOptions, nil)...)
			_, joined := instrument.StartAnalysis(t.Context(), analysis.ID(), instrument.WithUser("u-7"))
			joined.End()
			require.Equal(t, answer, ask(ctx, t, instrument.NewTransport(answering(answer), options...)))
			analysis.End()
			require.EqualValues(t, 1, analysis.Summary().Calls)
		})
	}
}

// TestLoss_IsCounted looks at the count, which the process has in common.
func TestLoss_IsCounted(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	broken := instrument.WithTracerProvider(&brokenTracers{provides: true})
	ask(t.Context(), t, instrument.NewTransport(answering(answer), broken))
	ask(t.Context(), t, instrument.NewTransport(answering(answer), m.options()...))
	for _, p := range m.points(semconv.MetricLost) {
		if valueOf(p.Attributes, semconv.LossReason) == "panic" {
			require.Positive(t, p.Value)
			return
		}
	}
	require.Fail(t, "no loss was counted")
}

// brokenTracers panics as soon as it is asked for more than it provides.
type brokenTracers struct {
	notrace.TracerProvider
	provides, starts bool
}

func (b *brokenTracers) Tracer(string, ...trace.TracerOption) trace.Tracer {
	if !b.provides {
		panic("no tracer")
	}
	return brokenTracer{starts: b.starts}
}

type brokenTracer struct {
	notrace.Tracer
	starts bool
}

func (b brokenTracer) Start(
	ctx context.Context, _ string, _ ...trace.SpanStartOption,
) (context.Context, trace.Span) {
	if !b.starts {
		panic("no span")
	}
	return ctx, brokenSpan{}
}

type brokenSpan struct{ notrace.Span }

func (brokenSpan) SpanContext() trace.SpanContext { panic("no span context") }
func (brokenSpan) IsRecording() bool              { panic("no answer") }
func (brokenSpan) End(...trace.SpanEndOption)     { panic("no end") }

type brokenMeters struct {
	nometric.MeterProvider
	provides bool
}

func (b *brokenMeters) Meter(string, ...metric.MeterOption) metric.Meter {
	if !b.provides {
		panic("no meter")
	}
	return brokenMeter{}
}

type brokenMeter struct{ nometric.Meter }

func (brokenMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errors.New("no histogram")
}

// unhashable cannot be the key of a map.
type unhashable struct {
	nometric.MeterProvider
	_ []int
}
