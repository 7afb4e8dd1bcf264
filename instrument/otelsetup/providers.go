// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"os"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/spanledger/spanledger/instrument"
)

// Providers are what a service needs of the SDK. They are safe for concurrent
// use. A provider whose signal is switched off does nothing.
type Providers struct {
	Tracer     trace.TracerProvider
	Meter      metric.MeterProvider
	Propagator propagation.TextMapPropagator

	tracing, metering control
	shutdown          sync.Once
}

// control is what can be done to a provider.
type control interface {
	ForceFlush(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// off controls a provider that does nothing.
type off struct{}

// ForceFlush does nothing.
func (off) ForceFlush(context.Context) error { return nil }

// Shutdown does nothing.
func (off) Shutdown(context.Context) error { return nil }

// New sets up what [Start] does, but makes nothing global. The caller must
// call Shutdown.
func New(ctx context.Context, config Config) (*Providers, error) {
	s, err := environment(os.Getenv).read(&config)
	if err != nil {
		return nil, err
	}
	p := &Providers{
		Tracer:     nooptrace.NewTracerProvider(),
		Meter:      noopmetric.NewMeterProvider(),
		Propagator: s.propagator,
		tracing:    off{},
		metering:   off{},
	}
	if s.disabled {
		return p, nil
	}
	if err := p.start(ctx, s, &config); err != nil {
		return nil, errors.Join(err, p.Shutdown(ctx))
	}
	return p, nil
}

// start makes the meter provider first and has it stopped last: the spans
// that the tracer provider loses are counted there.
func (p *Providers) start(ctx context.Context, s *settings, config *Config) error {
	res, err := newResource(ctx, config)
	if err != nil {
		return err
	}
	if s.metrics != nil {
		meters, err := newMeterProvider(ctx, s.metrics, res)
		if err != nil {
			return err
		}
		p.Meter, p.metering = meters, meters
	}
	if s.traces == nil {
		return nil
	}
	ledger := s.ledger
	if ledger.MeterProvider == nil {
		ledger.MeterProvider = p.Meter
	}
	tracers, err := newTracing(ctx, s, res, ledger)
	if err != nil {
		return err
	}
	p.Tracer, p.tracing = tracers.TracerProvider, tracers
	return nil
}

// SetGlobal makes these the providers and the propagator that libraries find
// when they are given none.
func (p *Providers) SetGlobal() {
	otel.SetTracerProvider(p.Tracer)
	otel.SetMeterProvider(p.Meter)
	otel.SetTextMapPropagator(p.Propagator)
}

// ForceFlush exports what is held, within the deadline of ctx or 30 seconds,
// and joins the errors. Calls that wait for a retry of their client end before.
func (p *Providers) ForceFlush(ctx context.Context) error {
	instrument.Flush()
	ctx, cancel := withLimit(ctx)
	defer cancel()
	return together(ctx, p.tracing.ForceFlush, p.metering.ForceFlush)
}

// Shutdown exports what is held and stops everything, within the deadline of
// ctx or 30 seconds, and joins the errors. Spans go first, and leave a fifth
// of the time to the metrics. After it the providers do nothing. A later call
// returns nil.
func (p *Providers) Shutdown(ctx context.Context) error {
	var err error
	p.shutdown.Do(func() {
		instrument.Flush()
		ctx, cancel := withLimit(ctx)
		defer cancel()
		err = inTurn(ctx, p.tracing.Shutdown, p.metering.Shutdown)
	})
	return err
}
