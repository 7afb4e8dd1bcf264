// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric"
	nometric "go.opentelemetry.io/otel/metric/noop"
	sdk "go.opentelemetry.io/otel/sdk/trace"
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

// TestLoss_WhileOthersWait has a span break that says nothing of its ids, which
// are asked for where another call waits for a retry.
func TestLoss_WhileOthersWait(t *testing.T) {
	t.Parallel()
	other, waits := instrument.StartAnalysis(t.Context(), "")
	defer waits.End()
	always := instrument.WithRetryPolicy(func(instrument.FailedAttempt) bool { return true })
	exchange(other, t, instrument.NewTransport(refusing(503), always), true)

	broken := instrument.WithTracerProvider(&brokenTracers{provides: true, starts: true})
	ctx, analysis := instrument.StartAnalysis(t.Context(), "", broken)
	require.Equal(t, answer, ask(ctx, t, instrument.NewTransport(answering(answer), broken)))
	analysis.End()
	require.EqualValues(t, 1, analysis.Summary().Calls)
}

func TestLoss_IsCounted(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ask(t.Context(), t, instrument.NewTransport(answering(answer),
		instrument.WithTracerProvider(&brokenTracers{provides: true}), instrument.WithMeterProvider(m.meters)))
	lost := m.points(semconv.MetricLost)
	require.Len(t, lost, 1)
	require.Equal(t, "panic", valueOf(lost[0].Attributes, semconv.LossReason))
	require.Empty(t, newTelemetry(t).points(semconv.MetricLost), "other providers lost nothing")
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

// TestLoss_ProviderThatCallsBack makes a transport of its own when it is asked
// for a meter, as one might that sends its logs through an instrumented client.
func TestLoss_ProviderThatCallsBack(t *testing.T) {
	t.Parallel()
	instrument.NewTransport(nil, instrument.WithMeterProvider(&callingBack{}))
}

type callingBack struct{ nometric.MeterProvider }

func (c *callingBack) Meter(name string, opts ...metric.MeterOption) metric.Meter {
	instrument.NewTransport(nil)
	return c.MeterProvider.Meter(name, opts...)
}

// TestLoss_ProcessorsMayCallBack has the end of every span look at its
// analysis, join it, and make a call of its own.
func TestLoss_ProcessorsMayCallBack(t *testing.T) {
	t.Parallel()
	silent := instrument.NewTransport(answering(answer))
	ended := 0
	processor := &onEnd{}
	tracers := instrument.WithTracerProvider(sdk.NewTracerProvider(sdk.WithSpanProcessor(processor)))
	ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name(), tracers)
	processor.call = func() {
		ended++
		_ = analysis.Summary()
		ctx, joined := instrument.StartAnalysis(context.WithoutCancel(t.Context()), analysis.ID())
		ask(ctx, t, silent)
		joined.End()
	}
	transport := instrument.NewTransport(answering("data: "+answer+"\n\n"), tracers)
	for range 2 {
		res, err := transport.RoundTrip(newRequest(ctx, t, streamURL))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	analysis.End()
	require.Equal(t, 3, ended)
	require.EqualValues(t, 4, analysis.Summary().Calls, "and two of the processor's; the third began anew")
}

type onEnd struct{ call func() }

func (*onEnd) OnStart(context.Context, sdk.ReadWriteSpan) {}
func (o *onEnd) OnEnd(sdk.ReadOnlySpan)                   { o.call() }
func (*onEnd) Shutdown(context.Context) error             { return nil }
func (*onEnd) ForceFlush(context.Context) error           { return nil }

// unhashable cannot be the key of a map.
type unhashable struct {
	nometric.MeterProvider
	_ []int
}
