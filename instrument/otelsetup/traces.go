// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// tracing is a tracer provider with its processor.
type tracing struct {
	*sdktrace.TracerProvider
	processor sdktrace.SpanProcessor
}

// newTracing returns a provider with both ways for spans, which share one
// exporter.
func newTracing(ctx context.Context, s *settings, res *resource.Resource, ledger LedgerConfig) (*tracing, error) {
	exporter, err := newTraceExporter(ctx, s.traces)
	if err != nil {
		return nil, fmt.Errorf("otelsetup: make the trace exporter: %w", err)
	}
	processor, err := NewLedgerProcessor(ctx, keepOpen{exporter}, ledger)
	if err != nil {
		return nil, errors.Join(err, exporter.Shutdown(ctx))
	}
	routed := &closer{
		SpanProcessor: Route(processor, sdktrace.NewBatchSpanProcessor(keepOpen{exporter})),
		exporter:      exporter,
	}
	return &tracing{processor: routed, TracerProvider: sdktrace.NewTracerProvider(
		sdktrace.WithResource(res),
		sdktrace.WithSampler(LedgerSampler(s.sampler)),
		sdktrace.WithSpanProcessor(routed),
	)}, nil
}

// Shutdown also stops what the provider leaves running when ctx is over
// before it begins.
func (t *tracing) Shutdown(ctx context.Context) error {
	return errors.Join(t.TracerProvider.Shutdown(ctx), t.processor.Shutdown(ctx))
}

// keepOpen is an exporter that several processors share.
type keepOpen struct{ *SpillExporter }

// Shutdown leaves the exporter open.
func (keepOpen) Shutdown(context.Context) error { return nil }

// closer shuts the exporter down after the processors that share it.
type closer struct {
	sdktrace.SpanProcessor
	exporter sdktrace.SpanExporter
}

// Shutdown implements the SDK's SpanProcessor.
func (c *closer) Shutdown(ctx context.Context) error {
	return errors.Join(c.SpanProcessor.Shutdown(ctx), c.exporter.Shutdown(ctx))
}

func newTraceExporter(ctx context.Context, s *exporterSettings) (*SpillExporter, error) {
	if s.protocol == ProtocolGRPC {
		return NewSpillExporter(ctx, otlptracegrpc.NewClient(s.traceOptionsGRPC()...))
	}
	return NewSpillExporter(ctx, otlptracehttp.NewClient(s.traceOptionsHTTP()...))
}

func (s *exporterSettings) traceOptionsGRPC() []otlptracegrpc.Option {
	return withAddress(s, otlptracegrpc.WithInsecure, otlptracegrpc.WithEndpointURL,
		otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{
			Enabled: true, InitialInterval: retryInitial, MaxInterval: retryMax, MaxElapsedTime: retryElapsed,
		}),
		otlptracegrpc.WithDialOption(reconnectSoon()))
}

func (s *exporterSettings) traceOptionsHTTP() []otlptracehttp.Option {
	return withAddress(s, otlptracehttp.WithInsecure, otlptracehttp.WithEndpointURL,
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: retryInitial, MaxInterval: retryMax, MaxElapsedTime: retryElapsed,
		}))
}

// reconnectSoon keeps gRPC from waiting for up to two minutes before it looks
// for a Collector again.
func reconnectSoon() grpc.DialOption {
	return grpc.WithConnectParams(grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: retryInitial, Multiplier: 1.6, Jitter: 0.2, MaxDelay: retryMax},
		MinConnectTimeout: 5 * time.Second,
	})
}
