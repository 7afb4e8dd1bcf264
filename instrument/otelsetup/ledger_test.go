// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

var errAway = errors.New("nobody listens")

func away([]string) error { return errAway }

// pass lets time pass in a bubble.
func pass(d time.Duration) { <-time.After(d) }

func TestLedgerProcessor_Batches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exporter := &fakeExporter{}
		p := newProcessor(t, exporter, otelsetup.LedgerConfig{BatchSize: 2, Interval: time.Second})
		for _, name := range []string{"a", "b", "c"} {
			p.OnEnd(llmSpan(name))
		}
		synctest.Wait()
		require.Equal(t, [][]string{{"a", "b"}}, exporter.got())

		pass(time.Second)
		synctest.Wait()
		require.Equal(t, [][]string{{"a", "b"}, {"c"}}, exporter.got())

		require.NoError(t, p.Shutdown(t.Context()))
		require.True(t, exporter.closed)
		require.Zero(t, p.Dropped())
	})
}

func TestLedgerProcessor_Selects(t *testing.T) {
	t.Parallel()
	exporter := &fakeExporter{}
	p := newProcessor(t, exporter, otelsetup.LedgerConfig{})
	p.OnStart(t.Context(), nil)
	p.OnEnd(llmSpan("call"))
	p.OnEnd(tracetest.SpanStub{Name: "query"}.Snapshot())
	p.OnEnd(tracetest.SpanStub{
		Name: "analysis", Attributes: []attribute.KeyValue{attribute.String("spanledger.analysis.id", "a-1")},
	}.Snapshot())
	require.NoError(t, p.Shutdown(t.Context()))
	require.Equal(t, [][]string{{"call", "analysis"}}, exporter.got())
}

func TestLedgerProcessor_OutageLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exporter := &fakeExporter{fail: away}
		p := newProcessor(t, exporter, otelsetup.LedgerConfig{BatchSize: 2})
		for i := range 5 {
			p.OnEnd(llmSpan(strconv.Itoa(i)))
		}
		pass(time.Hour)
		require.Empty(t, exporter.got())
		require.Less(t, exporter.attempts, 2000)

		exporter.setFail(nil)
		pass(10 * time.Second)
		require.Equal(t, []string{"0", "1", "2", "3", "4"}, slices.Concat(exporter.got()...))
		require.NoError(t, p.Shutdown(t.Context()))
		require.Zero(t, p.Dropped())
	})
	require.True(t, reports.contains("ledger spans wait, up to 8192 of them"))
}

// TestLedgerProcessor_QueueFull has one span on its way and two in the queue.
func TestLedgerProcessor_QueueFull(t *testing.T) {
	t.Parallel()
	fill := func(t *testing.T, maxBlock time.Duration) (*otelsetup.LedgerProcessor, *fakeExporter) {
		t.Helper()
		exporter := &fakeExporter{fail: away}
		p := newProcessor(t, exporter, otelsetup.LedgerConfig{QueueSize: 2, BatchSize: 1, MaxBlock: maxBlock})
		for _, name := range []string{"a", "b", "c"} {
			p.OnEnd(llmSpan(name))
			synctest.Wait()
		}
		return p, exporter
	}

	t.Run("WaitsForRoom", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p, exporter := fill(t, time.Minute)
			time.AfterFunc(30*time.Second, func() { exporter.setFail(nil) })
			start := time.Now()
			p.OnEnd(llmSpan("d"))
			require.GreaterOrEqual(t, time.Since(start), 30*time.Second)
			require.NoError(t, p.Shutdown(t.Context()))
			require.Equal(t, [][]string{{"a"}, {"b"}, {"c"}, {"d"}}, exporter.got())
		})
	})

	t.Run("GivesUpOncePerOutage", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p, exporter := fill(t, 5*time.Second)
			start := time.Now()
			for range 100 {
				p.OnEnd(llmSpan("lost"))
			}
			require.Equal(t, 5*time.Second, time.Since(start))
			require.Equal(t, int64(100), p.Dropped())

			exporter.setFail(nil)
			pass(10 * time.Second)
			p.OnEnd(llmSpan("d"))
			require.NoError(t, p.Shutdown(t.Context()))
			require.Equal(t, [][]string{{"a"}, {"b"}, {"c"}, {"d"}}, exporter.got())
		})
		require.True(t, reports.contains("ledger spans dropped: 1 queue_full"))
		require.True(t, reports.contains("100 queue_full since the start"))
	})

	t.Run("WaitsForEver", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p, exporter := fill(t, -1)
			time.AfterFunc(24*time.Hour, func() { exporter.setFail(nil) })
			p.OnEnd(llmSpan("d"))
			require.NoError(t, p.Shutdown(t.Context()))
			require.Zero(t, p.Dropped())
		})
	})

	t.Run("ShutdownReleasesWaiters", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p, _ := fill(t, -1)
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() { p.OnEnd(llmSpan("waiting")) })
			}
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			require.ErrorContains(t, p.Shutdown(ctx), "13 ledger spans could not be delivered")
			wg.Wait()
		})
	})
}

func TestLedgerProcessor_Shutdown(t *testing.T) {
	t.Parallel()

	t.Run("FlushesAll", func(t *testing.T) {
		t.Parallel()
		exporter := &fakeExporter{}
		p := newProcessor(t, exporter, otelsetup.LedgerConfig{BatchSize: 3, Interval: time.Hour})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					p.OnEnd(llmSpan("s"))
				}
			})
		}
		wg.Wait()
		require.NoError(t, p.Shutdown(t.Context()))
		require.Len(t, slices.Concat(exporter.got()...), 800)
	})

	t.Run("TriesAgainAtOnce", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			exporter := &fakeExporter{fail: away}
			p := newProcessor(t, exporter, otelsetup.LedgerConfig{})
			p.OnEnd(llmSpan("a"))
			pass(time.Minute)
			exporter.setFail(nil)
			start := time.Now()
			require.NoError(t, p.Shutdown(t.Context()))
			require.Less(t, time.Since(start), 100*time.Millisecond)
			require.Equal(t, [][]string{{"a"}}, exporter.got())
		})
	})

	t.Run("EndsWithItsContext", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newProcessor(t, &fakeExporter{fail: away}, otelsetup.LedgerConfig{})
			p.OnEnd(llmSpan("a"))
			start := time.Now()
			require.ErrorContains(t, p.Shutdown(t.Context()), "1 ledger spans could not be delivered")
			require.Equal(t, 30*time.Second, time.Since(start))
			require.Equal(t, int64(1), p.Dropped())
		})
	})

	t.Run("LateSpansAreCounted", func(t *testing.T) {
		t.Parallel()
		p := newProcessor(t, &fakeExporter{}, otelsetup.LedgerConfig{})
		require.NoError(t, p.Shutdown(t.Context()))
		require.NoError(t, p.Shutdown(t.Context()))
		require.NoError(t, p.ForceFlush(t.Context()))
		p.OnEnd(llmSpan("late"))
		require.Equal(t, int64(1), p.Dropped())
	})
}

func TestLedgerProcessor_ForceFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exporter := &fakeExporter{}
		p := newProcessor(t, exporter, otelsetup.LedgerConfig{BatchSize: 2, Interval: time.Hour})
		for _, name := range []string{"a", "b", "c"} {
			p.OnEnd(llmSpan(name))
		}
		require.NoError(t, p.ForceFlush(t.Context()))
		require.Equal(t, [][]string{{"a", "b"}, {"c"}}, exporter.got())

		exporter.setFail(away)
		p.OnEnd(llmSpan("d"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, p.ForceFlush(ctx), context.DeadlineExceeded) // waits for the answer
		require.ErrorIs(t, p.ForceFlush(ctx), context.DeadlineExceeded) // waits for its turn

		exporter.setFail(nil)
		require.NoError(t, p.Shutdown(t.Context()))
		require.Equal(t, []string{"a", "b", "c", "d"}, slices.Concat(exporter.got()...))
	})
}

// TestLedgerProcessor_ForceFlushEnds flushes without a deadline while nobody
// listens.
func TestLedgerProcessor_ForceFlushEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exporter := &fakeExporter{fail: away}
		p := newProcessor(t, exporter, otelsetup.LedgerConfig{})
		time.AfterFunc(time.Hour, func() { exporter.setFail(nil) })
		p.OnEnd(llmSpan("a"))
		start := time.Now()
		require.ErrorIs(t, p.ForceFlush(t.Context()), context.DeadlineExceeded)
		require.Equal(t, 30*time.Second, time.Since(start))
		pass(time.Hour)
		require.NoError(t, p.Shutdown(t.Context()))
		require.Zero(t, p.Dropped(), "a flush that ends loses nothing")
	})
}

func TestLedgerProcessor_Refused(t *testing.T) {
	t.Parallel()
	refuse := func(code codes.Code) func([]string) error {
		return func(names []string) error {
			if slices.Contains(names, "bad") {
				return status.Error(code, "")
			}
			return nil
		}
	}
	names := []string{"a", "b", "bad", "c", "d"}

	t.Run("OnlyTheSpanAtFaultIsLost", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			exporter := &fakeExporter{fail: refuse(codes.InvalidArgument)}
			p := newProcessor(t, exporter, otelsetup.LedgerConfig{})
			start := time.Now()
			for _, name := range names {
				p.OnEnd(llmSpan(name))
			}
			require.NoError(t, p.Shutdown(t.Context()))
			require.Zero(t, time.Since(start))
			require.Equal(t, []string{"a", "b", "c", "d"}, slices.Concat(exporter.got()...))
			require.Equal(t, int64(1), p.Dropped())
		})
	})

	t.Run("DoubtEnds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			exporter := &fakeExporter{fail: refuse(codes.Internal)}
			p := newProcessor(t, exporter, otelsetup.LedgerConfig{})
			for _, name := range names {
				p.OnEnd(llmSpan(name))
			}
			pass(4 * time.Minute)
			require.Empty(t, exporter.got())
			pass(2 * time.Minute)
			require.Equal(t, []string{"a", "b", "c", "d"}, slices.Concat(exporter.got()...))
			require.NoError(t, p.Shutdown(t.Context()))
		})
	})
}

func TestLedgerProcessor_CountsDrops(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	exporter := &fakeExporter{fail: func([]string) error { return status.Error(codes.InvalidArgument, "") }}
	p := newProcessor(t, exporter, otelsetup.LedgerConfig{
		MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
	})
	p.OnEnd(llmSpan("a"))
	p.OnEnd(llmSpan("b"))
	require.NoError(t, p.Shutdown(t.Context()))

	var got metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &got))
	metric := got.ScopeMetrics[0].Metrics[0]
	require.Equal(t, "spanledger.instrument.lost", metric.Name)
	points := metric.Data.(metricdata.Sum[int64]).DataPoints
	require.Len(t, points, 1)
	require.Equal(t, int64(2), points[0].Value)
	require.Equal(t, attribute.NewSet(attribute.String("spanledger.loss.reason", "rejected")), points[0].Attributes)
}
