// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"flag"
	"iter"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spanledger/spanledger/instrument"
)

var million = flag.Bool("million", false, "run BenchmarkAnalyses with 100,000 and a million analyses too")

const (
	// aliveAnalyses run at once: more than an instrument may have attribute
	// sets by the SDK's default.
	aliveAnalyses = 3000
	// callTokens are those of one call.
	callTokens = 160
	// collectEvery is how many analyses start between two collections.
	collectEvery = 5_000
)

// BenchmarkAnalyses runs analyses of two calls each, 3,000 of them at once,
// before a cumulative reader and a periodic one of deltas, both with the SDK's
// default limits. It fails where a value is wrong or lands in the overflow
// series, and reports the most series that a reader saw, and what is on the heap
// at the end.
func BenchmarkAnalyses(b *testing.B) {
	sizes := []int{1_000, 10_000}
	if *million {
		sizes = append(sizes, 100_000, 1_000_000)
	}
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				newFleet(b).run(n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/analysis")
		})
	}
}

// fleet runs many analyses, a window of them at once.
type fleet struct {
	*testing.B

	meters     *metric.MeterProvider
	cumulative *metric.ManualReader
	deltas     *deltas
	options    []instrument.Option
	alive      [aliveAnalyses]liveAnalysis
	before     float64 // bytes on the heap
}

type liveAnalysis struct {
	ctx      context.Context //nolint:containedctx // of its analysis
	analysis *instrument.Analysis
}

func newFleet(b *testing.B) *fleet {
	b.Helper()
	f := &fleet{B: b, before: float64(heap()), cumulative: metric.NewManualReader(), deltas: &deltas{}}
	f.meters = metric.NewMeterProvider(metric.WithReader(f.cumulative),
		metric.WithReader(metric.NewPeriodicReader(f.deltas, metric.WithInterval(time.Hour))))
	f.options = []instrument.Option{
		instrument.WithTracerProvider(noop.NewTracerProvider()), instrument.WithMeterProvider(f.meters),
	}
	return f
}

func (f *fleet) run(n int) {
	f.Helper()
	series := 0
	for i := range n {
		live := &f.alive[i%aliveAnalyses]
		f.end(live)
		f.start(live, "analysis_"+strconv.Itoa(i))
		if (i+1)%min(n, collectEvery) == 0 {
			series = max(series, f.check())
			require.NoError(f, f.meters.ForceFlush(f.Context()))
		}
	}
	f.StopTimer()
	f.ReportMetric((float64(heap())-f.before)/1e6, "heap-MB")
	f.ReportMetric(float64(max(series, f.deltas.most)), "series")
	for i := range f.alive {
		f.end(&f.alive[i])
	}
	f.check()
	require.NoError(f, f.meters.Shutdown(context.WithoutCancel(f.Context())))
	require.EqualValues(f, n*2*callTokens, f.deltas.tokens, "the sum of all deltas")
	require.Zero(f, f.deltas.lost)
	f.StartTimer()
}

// start begins an analysis and makes its first call.
func (f *fleet) start(live *liveAnalysis, id string) {
	live.ctx, live.analysis = instrument.StartAnalysis(f.Context(), id,
		instrument.WithCallDetails(0), instrument.WithTracerProvider(noop.NewTracerProvider()))
	f.call(live.ctx)
}

func (f *fleet) call(ctx context.Context) {
	start := instrument.CallStart{Provider: "gcp.gemini", Model: "gemini-2.5-flash"}
	_, call := instrument.Start(ctx, start, f.options...)
	call.End(instrument.CallResult{Usage: instrument.Usage{
		Status: instrument.StatusReported, Input: instrument.Known(120), Output: instrument.Known(40),
	}})
}

// end makes the second call of an analysis and ends it.
func (f *fleet) end(live *liveAnalysis) {
	if live.analysis == nil {
		return
	}
	f.call(live.ctx)
	live.analysis.End()
	*live = liveAnalysis{}
}

// check has every running analysis shown with the right values, and returns
// the number of series of spanledger.tokens.
func (f *fleet) check() int {
	f.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(f, f.cumulative.Collect(context.WithoutCancel(f.Context()), &all))
	seen, series := map[string]int64{}, 0
	for p := range tokenPoints(&all) {
		if p.Attributes.HasValue("otel.metric.overflow") {
			f.Fatal("overflow")
		}
		id, _ := p.Attributes.Value("spanledger.analysis.id")
		seen[id.AsString()] += p.Value
		series++
	}
	for i := range f.alive {
		if a := f.alive[i].analysis; a != nil {
			if seen[a.ID()] != callTokens {
				f.Fatal(a.ID(), seen[a.ID()])
			}
		}
	}
	return series
}

func tokenPoints(all *metricdata.ResourceMetrics) iter.Seq[metricdata.DataPoint[int64]] {
	return points(all, "spanledger.tokens")
}

// points returns the points of a counter, in all scopes.
func points(all *metricdata.ResourceMetrics, name string) iter.Seq[metricdata.DataPoint[int64]] {
	return func(yield func(metricdata.DataPoint[int64]) bool) {
		for _, scope := range all.ScopeMetrics {
			for _, m := range scope.Metrics {
				sum, ok := m.Data.(metricdata.Sum[int64])
				if !ok || m.Name != name {
					continue
				}
				for _, p := range sum.DataPoints {
					if !yield(p) {
						return
					}
				}
			}
		}
	}
}

// heap is what is in use after a collection of garbage.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// deltas is an exporter that adds up what it is given.
type deltas struct {
	tokens, lost int64
	most         int
}

// Export implements [metric.Exporter].
func (d *deltas) Export(_ context.Context, all *metricdata.ResourceMetrics) error {
	series := 0
	for p := range tokenPoints(all) {
		d.tokens += p.Value
		series++
	}
	for p := range points(all, "spanledger.instrument.lost") {
		d.lost += p.Value
	}
	d.most = max(d.most, series)
	return nil
}

// Temporality implements [metric.Exporter].
func (*deltas) Temporality(metric.InstrumentKind) metricdata.Temporality {
	return metricdata.DeltaTemporality
}

// Aggregation implements [metric.Exporter].
func (*deltas) Aggregation(kind metric.InstrumentKind) metric.Aggregation {
	return metric.DefaultAggregationSelector(kind)
}

// ForceFlush implements [metric.Exporter].
func (*deltas) ForceFlush(context.Context) error { return nil }

// Shutdown implements [metric.Exporter].
func (*deltas) Shutdown(context.Context) error { return nil }
