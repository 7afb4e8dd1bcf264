// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/spanledger/spanledger/internal/semconv"
)

// metrics are the instruments of one meter provider.
type metrics struct {
	tokens     metric.Int64Histogram
	duration   metric.Float64Histogram
	firstChunk metric.Float64Histogram
	chunk      metric.Float64Histogram
	sets       optionCache
	board      *board
}

func newMetrics(provider metric.MeterProvider) (m *metrics) {
	m = &metrics{
		tokens:     noop.Int64Histogram{},
		duration:   noop.Float64Histogram{},
		firstChunk: noop.Float64Histogram{},
		chunk:      noop.Float64Histogram{},
		board:      newBoard(),
	}
	defer m.board.losses.contain()
	meter := provider.Meter(scopeName, metric.WithInstrumentationVersion(semconv.ScopeVersion()))
	m.board.register(meter)
	var err error
	m.tokens, err = meter.Int64Histogram(semconv.MetricTokenUsage,
		metric.WithUnit(semconv.UnitToken),
		metric.WithDescription("Number of input and output tokens used."),
		metric.WithExplicitBucketBoundaries(semconv.TokenBounds()...))
	m.board.losses.check(err)
	m.duration, err = meter.Float64Histogram(semconv.MetricOperationDuration,
		metric.WithUnit(semconv.UnitSeconds),
		metric.WithDescription("Duration of calls, their whole stream included."),
		metric.WithExplicitBucketBoundaries(semconv.DurationBounds()...))
	m.board.losses.check(err)
	m.firstChunk, err = meter.Float64Histogram(semconv.MetricTimeToFirstChunk,
		metric.WithUnit(semconv.UnitSeconds),
		metric.WithDescription("Time from the request to the first piece of a stream."),
		metric.WithExplicitBucketBoundaries(semconv.DurationBounds()...))
	m.board.losses.check(err)
	m.chunk, err = meter.Float64Histogram(semconv.MetricTimePerOutputChunk,
		metric.WithUnit(semconv.UnitSeconds),
		metric.WithDescription("Time from one piece of a stream to the next."),
		metric.WithExplicitBucketBoundaries(semconv.DurationBounds()...))
	m.board.losses.check(err)
	return m
}

// recordChunk adds the time that one further piece of a stream took.
func (m *metrics) recordChunk(call *Call, took time.Duration) {
	defer m.board.losses.contain()
	if !m.chunk.Enabled(call.ctx) {
		return
	}
	options := m.sets.get(callLabels{
		operation: call.record.Operation, provider: call.record.Provider, requestModel: call.started.Model,
		address: call.started.ServerAddress, port: call.started.ServerPort,
	})
	m.chunk.Record(call.ctx, took.Seconds(), options.call...)
}

// record adds one finished call to the histograms and to the counters of its
// analysis.
func (m *metrics) record(call *Call) {
	defer m.board.losses.contain()
	ctx, c := call.ctx, &call.record
	// Without an SDK nobody would ever ask the board.
	enabled := m.duration.Enabled(ctx) || m.tokens.Enabled(ctx) || m.firstChunk.Enabled(ctx)
	if enabled || m.board.isCollected() {
		m.board.add(call)
	}
	if !enabled {
		return
	}
	options := m.sets.get(callLabels{
		operation: c.Operation, provider: c.Provider,
		requestModel: c.RequestModel, responseModel: c.ResponseModel,
		address: call.started.ServerAddress, port: call.started.ServerPort,
		errorType: c.ErrorType,
	})
	m.duration.Record(ctx, c.Duration().Seconds(), options.call...)
	if n, known := c.Usage.Input.Value(); known {
		m.tokens.Record(ctx, n, options.input...)
	}
	if n, known := c.Usage.Output.Value(); known {
		m.tokens.Record(ctx, n, options.output...)
	}
	if c.TimeToFirstChunk > 0 {
		m.firstChunk.Record(ctx, c.TimeToFirstChunk.Seconds(), options.call...)
	}
}
