// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spanledger/spanledger/internal/semconv"
)

// awayExporter delivers nothing.
type awayExporter struct{}

func (awayExporter) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	return errors.New("nobody listens")
}

func (awayExporter) Shutdown(context.Context) error { return nil }

// TestLedgerProcessor_RoomEndsPatience has a sender that found the queue full
// overtaken by the sending goroutine: it notes the time when there is room
// again. That must not count against the next time that the queue is full.
func TestLedgerProcessor_RoomEndsPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := NewLedgerProcessor(t.Context(), awayExporter{}, LedgerConfig{
			QueueSize: 2, BatchSize: 1, MaxBlock: time.Minute, MeterProvider: noop.NewMeterProvider(),
		})
		require.NoError(t, err)
		span := tracetest.SpanStub{
			Attributes: []attribute.KeyValue{attribute.String(semconv.OperationName, "chat")},
		}.Snapshot()
		p.OnEnd(span)
		synctest.Wait() // it is on its way
		p.fullSince.Store(time.Now().Add(-time.Hour).UnixNano())
		p.OnEnd(span)
		p.OnEnd(span)

		start := time.Now()
		p.OnEnd(span)
		require.Equal(t, time.Minute, time.Since(start))
		require.Equal(t, int64(1), p.Dropped())
		require.ErrorContains(t, p.Shutdown(t.Context()), "3 ledger spans")
	})
}
