// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

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

// A service with a set-up of its own adds what the ledger needs to it.
func ExampleNewLedgerProcessor() {
	ctx := context.Background()
	calls, rest := tracetest.NewInMemoryExporter(), tracetest.NewInMemoryExporter() // stand for two OTLP exporters
	ledger, err := otelsetup.NewLedgerProcessor(ctx, calls, otelsetup.LedgerConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	tracers := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(otelsetup.LedgerSampler(sdktrace.NeverSample())),
		sdktrace.WithSpanProcessor(otelsetup.Route(ledger, sdktrace.NewBatchSpanProcessor(rest))),
	)
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(
		sdkmetric.NewManualReader(sdkmetric.WithCardinalityLimitSelector(otelsetup.CardinalityLimit))))

	_, span := tracers.Tracer("stock-api").Start(ctx, "generate_content", trace.WithAttributes(llmAttributes...))
	span.End()
	if err := errors.Join(tracers.ForceFlush(ctx), meters.ForceFlush(ctx)); err != nil {
		fmt.Println(err)
	}
	for _, exported := range calls.GetSpans().Snapshots() {
		fmt.Println(exported.Name(), "sampled:", exported.SpanContext().IsSampled())
	}
	if err := errors.Join(tracers.Shutdown(ctx), meters.Shutdown(ctx)); err != nil {
		fmt.Println(err)
	}
	// Output: generate_content sampled: false
}
