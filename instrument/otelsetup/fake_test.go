// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

const (
	waitFor = 20 * time.Second
	tick    = 5 * time.Millisecond
)

var llmAttributes = []attribute.KeyValue{attribute.String("gen_ai.operation.name", "chat")}

// llmSpan returns a recorded span of a call that is not sampled.
func llmSpan(name string) sdktrace.ReadOnlySpan {
	return tracetest.SpanStub{Name: name, Attributes: llmAttributes}.Snapshot()
}

// fakeExporter keeps the names of spans that it was given.
type fakeExporter struct {
	// fail, where it is set, decides about an export.
	fail func(names []string) error

	mu       sync.Mutex
	batches  [][]string
	attempts int
	closed   bool
}

// ExportSpans implements the SDK's SpanExporter.
func (e *fakeExporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.attempts++
	var names []string
	for _, s := range spans {
		names = append(names, s.Name())
	}
	if e.fail != nil {
		if err := e.fail(names); err != nil {
			return err
		}
	}
	e.batches = append(e.batches, names)
	return nil
}

// Shutdown implements the SDK's SpanExporter.
func (e *fakeExporter) Shutdown(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

func (e *fakeExporter) got() [][]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([][]string(nil), e.batches...)
}

func (e *fakeExporter) setFail(fail func([]string) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail = fail
}

// newProcessor starts a processor; the test shuts it down.
func newProcessor(
	t *testing.T, exporter sdktrace.SpanExporter, config otelsetup.LedgerConfig,
) *otelsetup.LedgerProcessor {
	t.Helper()
	if config.MeterProvider == nil {
		config.MeterProvider = noop.NewMeterProvider()
	}
	p, err := otelsetup.NewLedgerProcessor(t.Context(), exporter, config)
	require.NoError(t, err)
	return p
}
