// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"strconv"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/internal/semconv"
)

// BenchmarkMetrics measures what metrics add to one call, unary and with 20
// pieces of a stream, in both generations of the conventions; Floor is the same
// 22 points of the stream recorded by hand with prepared options.
//
//	go test -run '^$' -bench Metrics -benchmem ./instrument
func BenchmarkMetrics(b *testing.B) {
	for name, conventions := range map[string]Conventions{
		"Released": ConventionsReleased, "Latest": ConventionsLatest,
	} {
		for kind, pieces := range map[string]int{"Unary": 0, "Stream20": 20} {
			b.Run(name+"/"+kind, func(b *testing.B) { benchmarkMetrics(b, conventions, pieces) })
		}
	}
	b.Run("Floor/Stream20", benchmarkMetricsFloor)
}

func benchmarkMetrics(b *testing.B, conventions Conventions, pieces int) {
	b.Helper()
	meters := metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	m := newMetrics(metering{meters, conventions})
	call := newBenchCall(b)
	if pieces > 0 {
		call.record.TimeToFirstChunk = time.Millisecond
	}
	b.ReportAllocs()
	for b.Loop() {
		call.gaps = gaps{}
		for range pieces - 1 {
			m.recordChunk(call, time.Millisecond)
		}
		m.record(call)
	}
}

func newBenchCall(b *testing.B) *Call {
	b.Helper()
	call := &Call{ctx: sampled(b), analysis: newAnalysis("a")}
	c := &call.record
	c.AnalysisID, c.Type = "a", "indicator_summary"
	c.Operation, c.Provider = semconv.OperationGenerateContent, semconv.ProviderGemini
	c.RequestModel, c.ResponseModel = "gemini-2.5-flash", "gemini-2.5-flash"
	c.Start, c.End = time.Now(), time.Now()
	c.Usage = Usage{
		Status: StatusReported, Input: Known(120), Output: Known(40),
		InputBy: Modalities{Text: Known(120)},
	}
	call.started = CallStart{Model: c.RequestModel, ServerAddress: "generativelanguage.googleapis.com", ServerPort: 443}
	return call
}

// sampled is the context of a call whose span is sampled, so that exemplars
// are kept.
func sampled(b *testing.B) context.Context {
	b.Helper()
	ctx, span := sdk.NewTracerProvider().Tracer("bench").Start(b.Context(), "call")
	b.Cleanup(func() { span.End() })
	return ctx
}

func benchmarkMetricsFloor(b *testing.B) {
	meters := metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	m := instrumentMaker{meter: meters.Meter("floor"), losses: &losses{}}
	chunk := m.seconds("chunk", "")
	duration, firstChunk, tokens := m.seconds("duration", ""), m.seconds("first", ""), m.sizes("tokens", "")
	options := recordWith(newFloorAttributes())
	ctx := sampled(b)
	b.ReportAllocs()
	for b.Loop() {
		for range 19 {
			chunk.Record(ctx, 0.001, options...)
		}
		duration.Record(ctx, 1, options...)
		firstChunk.Record(ctx, 1, options...)
		tokens.Record(ctx, 120, options...)
		tokens.Record(ctx, 40, options...)
	}
}

func newFloorAttributes() (a attributes) {
	for i := range 6 {
		a = append(a, attribute.String("gen_ai.name"+strconv.Itoa(i), "value"))
	}
	return a
}

// BenchmarkBoard measures a call that counts for its analysis, from 64
// goroutines at once.
func BenchmarkBoard(b *testing.B) {
	b.Run("Add", func(b *testing.B) {
		board := newBoard(metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())))
		b.ReportAllocs()
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			call := newBenchCall(b)
			for pb.Next() {
				board.add(call)
			}
		})
	})
}
