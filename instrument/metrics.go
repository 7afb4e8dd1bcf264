// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// metrics are the instruments of one meter provider.
type metrics struct {
	gen   generation
	board *board

	calls, streams optionCache
}

// generation is the gen_ai instruments of one generation of the conventions.
// Its methods are given the call's context, so that exemplars lead from the
// metrics to the call's trace.
type generation interface {
	// enabled tells whether anybody listens to any of them.
	enabled(ctx context.Context) bool
	// record adds one finished call.
	record(ctx context.Context, call *analysis.Call, options *callOptions)
	// chunks returns the instrument of the times between pieces of a stream.
	chunks() metric.Float64Histogram
	// options prepares what a call with these labels is recorded with.
	options(labels callLabels) *callOptions
}

// metering is what metrics are made for.
type metering struct {
	meters      metric.MeterProvider
	conventions Conventions
}

// boards hold one board for each meter provider: what a call counts for its
// analysis does not depend on the names of other metrics.
var boards = table[metric.MeterProvider, *board]{rows: make(map[metric.MeterProvider]func() *board)}

func newMetrics(of metering) (m *metrics) {
	m = &metrics{gen: silent{}}
	m.board = boards.get(of.meters, func() *board { return newBoard(of.meters) })
	defer m.board.losses.contain()
	maker := instrumentMaker{meter: of.meters.Meter(scopeName, scopeVersion()), losses: &m.board.losses}
	if of.conventions == ConventionsLatest {
		m.gen = newLatestMetrics(maker)
	} else {
		m.gen = newReleasedMetrics(maker)
	}
	return m
}

// recordChunk adds the time that one further piece of a stream took. It is
// recorded together with others.
func (m *metrics) recordChunk(call *Call, took time.Duration) {
	defer m.board.losses.contain()
	if m.gen.chunks().Enabled(call.ctx) {
		m.recordChunks(call.ctx, call, call.gaps.add(took))
	}
}

// recordChunks records the times of one batch. Only the slowest is offered as
// an exemplar: it is the one to look at, and the offer is half of the cost.
func (m *metrics) recordChunks(ctx context.Context, call *Call, times []time.Duration) {
	if len(times) == 0 {
		return
	}
	to, options := m.gen.chunks(), m.streams.get(callLabels{
		operation: call.record.Operation, provider: call.record.Provider, requestModel: call.started.Model,
		address: call.started.ServerAddress, port: call.started.ServerPort,
	}, m.gen.options)
	slowest := slices.Index(times, slices.Max(times))
	var rest context.Context = unlinked{ctx}
	for i, took := range times {
		if i != slowest {
			to.Record(rest, took.Seconds(), options.call...) //nolint:contextcheck // the call's, without its span
		}
	}
	to.Record(ctx, times[slowest].Seconds(), options.call...)
}

// unlinked is a context that leads to no span.
type unlinked struct{ context.Context }

// Value implements [context.Context].
func (unlinked) Value(any) any { return nil }

// counts tells whether anybody takes what record is given. Without an SDK
// nobody would ever ask the board.
func (m *metrics) counts(ctx context.Context) bool {
	return m.board.collected.Load() || m.gen.enabled(ctx)
}

// record adds one finished call to the gen_ai metrics and to the counters of
// its analysis.
func (m *metrics) record(call *Call) {
	defer m.board.losses.contain()
	ctx, c := call.ctx, &call.record
	m.recordChunks(ctx, call, call.gaps.close())
	enabled := m.gen.enabled(ctx)
	if enabled || m.board.collected.Load() {
		m.board.add(call)
	}
	if !enabled {
		return
	}
	m.gen.record(ctx, c, m.calls.get(callLabels{
		operation: c.Operation, provider: c.Provider,
		requestModel: c.RequestModel, responseModel: c.ResponseModel,
		address: call.started.ServerAddress, port: call.started.ServerPort,
		errorType: c.ErrorType,
	}, m.gen.options))
}

// instrumentMaker makes instruments, and counts those that cannot be made.
type instrumentMaker struct {
	meter  metric.Meter
	losses *losses
}

func (m instrumentMaker) seconds(name, description string) metric.Float64Histogram {
	made, err := m.meter.Float64Histogram(name,
		metric.WithUnit(semconv.UnitSeconds), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(semconv.DurationBounds()...))
	m.losses.check(err)
	return made
}

func (m instrumentMaker) sizes(name, description string) metric.Int64Histogram {
	made, err := m.meter.Int64Histogram(name,
		metric.WithUnit(semconv.UnitToken), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(semconv.TokenBounds()...))
	m.losses.check(err)
	return made
}

func (m instrumentMaker) tokens(name, description string) metric.Int64Counter {
	made, err := m.meter.Int64Counter(name,
		metric.WithUnit(semconv.UnitToken), metric.WithDescription(description))
	m.losses.check(err)
	return made
}
