// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

func ExampleStart() {
	ctx := context.Background()
	shutdown, err := otelsetup.Start(ctx, otelsetup.Config{ServiceName: "stock-api"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := shutdown(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err) // tells what could not be delivered
		}
	}()
	fmt.Println("ready")
	// Output: ready
}

func ExampleConfigError() {
	_, err := otelsetup.Start(context.Background(), otelsetup.Config{Endpoint: "localhost:4317"})
	if configError, ok := errors.AsType[*otelsetup.ConfigError](err); ok {
		fmt.Println(configError.Setting)
		fmt.Println(configError.Problem)
		fmt.Println(configError.Remedy)
	}
	// Output:
	// Config.Endpoint
	// does not start with http:// or https://
	// write it like http://localhost:4318 or https://otlp.example.com
}

// A service with a set-up of its own adds what the ledger needs to it: the
// sampler around its own, and the processor beside its own. Its traces stay
// sampled as they were.
func ExampleNewLedgerProcessor() {
	ctx := context.Background()
	calls, jaeger := tracetest.NewInMemoryExporter(), tracetest.NewInMemoryExporter() // stand for two OTLP exporters
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(
		sdkmetric.NewManualReader(sdkmetric.WithCardinalityLimitSelector(otelsetup.CardinalityLimit))))

	ledger, err := otelsetup.NewLedgerProcessor(ctx, calls, otelsetup.LedgerConfig{MeterProvider: meters})
	if err != nil {
		fmt.Println(err)
		return
	}
	tracers := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(otelsetup.LedgerSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0)))),
		sdktrace.WithSpanProcessor(ledger),
		sdktrace.WithBatcher(jaeger), // as before
	)

	_, span := tracers.Tracer("stock-api").Start(ctx, "generate_content", trace.WithAttributes(llmAttributes...))
	span.End()
	if err := errors.Join(tracers.ForceFlush(ctx), meters.ForceFlush(ctx)); err != nil {
		fmt.Println(err)
	}
	fmt.Println("ledger:", len(calls.GetSpans()), "Jaeger:", len(jaeger.GetSpans()))
	if err := errors.Join(tracers.Shutdown(ctx), meters.Shutdown(ctx)); err != nil {
		fmt.Println(err)
	}
	// Output: ledger: 1 Jaeger: 0
}

// A service that sends all its spans to one Collector routes each to one of
// two processors, so that none goes out twice.
func ExampleRoute() {
	ctx := context.Background()
	calls, rest := tracetest.NewInMemoryExporter(), tracetest.NewInMemoryExporter() // stand for two OTLP exporters
	ledger, err := otelsetup.NewLedgerProcessor(ctx, calls, otelsetup.LedgerConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	tracers := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(otelsetup.LedgerSampler(sdktrace.AlwaysSample())),
		sdktrace.WithSpanProcessor(otelsetup.Route(ledger, sdktrace.NewBatchSpanProcessor(rest))),
	)
	ctx, request := tracers.Tracer("stock-api").Start(ctx, "GET /analysis")
	_, call := tracers.Tracer("stock-api").Start(ctx, "generate_content", trace.WithAttributes(llmAttributes...))
	call.End()
	request.End()
	if err := tracers.ForceFlush(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println("ledger:", calls.GetSpans()[0].Name, "rest:", rest.GetSpans()[0].Name)
	if err := tracers.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	// Output: ledger: generate_content rest: GET /analysis
}

// What the Collector does not take goes to disk, and out again when it is
// back, also after a restart.
func ExampleNewSpillExporter() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "spill")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	away := otlptracehttp.NewClient(otlptracehttp.WithEndpointURL("http://127.0.0.1:1/v1/traces"))
	exporter, err := otelsetup.NewSpillExporter(ctx, away)
	if err != nil {
		fmt.Println(err)
		return
	}
	ledger, err := otelsetup.NewLedgerProcessor(ctx, exporter, otelsetup.LedgerConfig{SpillDir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ledger))
	_, span := tracers.Tracer("stock-api").Start(ctx, "generate_content", trace.WithAttributes(llmAttributes...))
	span.End()
	fmt.Println("shutdown:", tracers.Shutdown(ctx), "lost:", ledger.Dropped())
	waiting, err := filepath.Glob(filepath.Join(dir, "*.spans"))
	fmt.Println("files:", len(waiting), err)
	// Output:
	// shutdown: <nil> lost: 0
	// files: 1 <nil>
}
