// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/spanledger/spanledger/internal/semconv"
)

// readBoard is a board, and readers of its provider.
type readBoard struct {
	*board
	*testing.T

	readers []*metric.ManualReader
}

func newReadBoard(t *testing.T, readers ...metricdata.Temporality) *readBoard {
	t.Helper()
	b := &readBoard{T: t}
	var options []metric.Option
	for _, temporality := range readers {
		reader := metric.NewManualReader(metric.WithTemporalitySelector(
			func(metric.InstrumentKind) metricdata.Temporality { return temporality }))
		b.readers = append(b.readers, reader)
		options = append(options, metric.WithReader(reader))
	}
	b.board = newBoard(metric.NewMeterProvider(options...))
	return b
}

// run counts calls of one token in and two out for an analysis.
func (b *readBoard) run(a *Analysis, callTypes ...CallType) {
	for _, callType := range callTypes {
		c := &Call{analysis: a}
		c.record.AnalysisID, c.record.Type = a.ID(), callType
		c.record.Usage = Usage{Status: StatusReported, Input: Known(1), Output: Known(2)}
		b.add(c)
	}
}

func newAnalysis(id string) *Analysis { return &Analysis{tally: newTally(id, 0, nil)} }

func (a *Analysis) endSeries() { a.tally.series.end(a.ID()) }

// fill runs n analyses of one call each, numbered from first on, and ends them.
func (b *readBoard) fill(first, n int) {
	for i := range n {
		a := newAnalysis(strconv.Itoa(first + i))
		b.run(a, "t")
		a.endSeries()
	}
}

// read collects the tokens by analysis id.
func (b *readBoard) read(reader int) map[string]int64 {
	b.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(b, b.readers[reader].Collect(context.WithoutCancel(b.Context()), &all))
	sums := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok || m.Name != semconv.MetricTokens {
				continue
			}
			for _, p := range sum.DataPoints {
				require.False(b, p.Attributes.HasValue("otel.metric.overflow"), "overflow")
				id, _ := p.Attributes.Value(semconv.AnalysisID)
				sums[id.AsString()] += p.Value
			}
		}
	}
	return sums
}

func total(sums map[string]int64) (sum int64) {
	for _, n := range sums {
		sum += n
	}
	return sum
}

// TestBoard_NobodyCollects keeps the board bounded, and the sum right for the
// reader that comes at last.
func TestBoard_NobodyCollects(t *testing.T) {
	t.Parallel()
	b := newReadBoard(t, metricdata.CumulativeTemporality)
	b.fill(0, b.room+100)
	require.Len(t, b.shown, b.room)
	require.Len(t, b.ended, b.room)
	require.EqualValues(t, 100, b.losses.n[lossUncollected].Load())
	sums := b.read(0)
	require.EqualValues(t, 300, sums[semconv.AnalysisIDOther])
	require.EqualValues(t, 3*(b.room+100), total(sums))
}

// TestBoard_ReadersCollect has what was seen make room without a loss: both
// readers get everything.
func TestBoard_ReadersCollect(t *testing.T) {
	t.Parallel()
	b := newReadBoard(t, metricdata.DeltaTemporality, metricdata.DeltaTemporality)
	b.room = 2000
	var first, second int64
	for i := range 6 {
		b.fill(1000*i, 1000)
		first += total(b.read(0))
		if i%2 == 1 {
			second += total(b.read(1))
		}
	}
	require.EqualValues(t, 3*6000, first)
	require.EqualValues(t, 3*6000, second)
	require.Len(t, b.ended, b.room)
	require.Zero(t, b.losses.n[lossUncollected].Load())
	require.LessOrEqual(t, len(b.pages), b.room/maxPagePoints+1)
}

// TestBoard_SlowReaders have the first reader see half of each analysis, and
// room needed before any sees the rest: it goes to "_OTHER".
func TestBoard_SlowReaders(t *testing.T) {
	t.Parallel()
	b := newReadBoard(t, metricdata.DeltaTemporality)
	b.room = 500
	a := newAnalysis("slow")
	b.run(a, "t", "u")
	require.Equal(t, map[string]int64{"slow": 6}, b.read(0))
	b.run(a, "u", "v")
	a.endSeries()
	b.fill(0, b.room)
	require.EqualValues(t, 1, b.losses.n[lossUncollected].Load())
	sums := b.read(0)
	require.EqualValues(t, 6, sums[semconv.AnalysisIDOther])
	require.NotContains(t, sums, "slow")
	require.EqualValues(t, 6+3*b.room, total(sums))
}

// TestBoard_Grace lets every reader see the last values.
func TestBoard_Grace(t *testing.T) {
	t.Parallel()
	b := newReadBoard(t, metricdata.CumulativeTemporality, metricdata.DeltaTemporality)
	b.fill(0, 1500)
	for reader := range b.readers {
		require.EqualValues(t, 4500, total(b.read(reader)))
	}
	b.view(b.pages[0], time.Now().Add(collectionGrace+time.Second))
	require.Empty(t, b.shown)
	require.Empty(t, b.ended)
	require.Zero(t, b.endedPoints)
	for _, p := range b.pages {
		require.Empty(t, p.points)
		require.Empty(t, p.outcomes)
	}
}

// TestBoard_ManyAlive has more analyses alive than an instrument may have
// attribute sets: each is shown, on pages that come as they are needed.
func TestBoard_ManyAlive(t *testing.T) {
	t.Parallel()
	const alive = 3000
	b := newReadBoard(t, metricdata.CumulativeTemporality, metricdata.DeltaTemporality)
	handles := make([]*Analysis, alive)
	var delta int64
	for round := range 2 {
		for i := range handles {
			if handles[i] == nil {
				handles[i] = newAnalysis(strconv.Itoa(i))
			}
			b.run(handles[i], "t")
		}
		sums := b.read(0)
		require.Len(t, sums, alive)
		for id, n := range sums {
			require.EqualValues(t, 3*(round+1), n, id)
		}
		delta += total(b.read(1))
	}
	require.EqualValues(t, 6*alive, delta)
	require.Len(t, b.pages, (alive+maxPagePoints-1)/maxPagePoints)
}

// TestBoard_Pages tells the scopes of pages apart by their number; the first
// has none.
func TestBoard_Pages(t *testing.T) {
	t.Parallel()
	b := newReadBoard(t, metricdata.CumulativeTemporality)
	b.fill(0, maxPagePoints+1)
	var all metricdata.ResourceMetrics
	require.NoError(t, b.readers[0].Collect(t.Context(), &all))
	sizes := map[int64]int{}
	for _, scope := range all.ScopeMetrics {
		require.Equal(t, scopeName, scope.Scope.Name)
		page, _ := scope.Scope.Attributes.Value(attribute.Key(semconv.ScopePage))
		for _, m := range scope.Metrics {
			if sum, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == semconv.MetricTokens {
				sizes[page.AsInt64()] = len(sum.DataPoints)
			}
		}
	}
	require.Equal(t, map[int64]int{0: 2 * maxPagePoints, 1: 2}, sizes)
}

// TestBoard_Ends walks a series through ends, a new start and late calls.
func TestBoard_Ends(t *testing.T) {
	t.Parallel()
	b := &readBoard{T: t, board: newBoard(noop.NewMeterProvider())}
	first, second := newAnalysis("a"), newAnalysis("a")
	b.run(first, "t")
	first.endSeries()
	require.True(t, b.shown["a"].ended)
	require.Equal(t, 1, b.endedPoints)
	b.run(second, "t")
	require.False(t, b.shown["a"].ended, "a new start goes on with the series")
	require.Zero(t, b.endedPoints)
	b.run(first, "t")
	require.False(t, b.shown["a"].ended, "a late call of the first does not end the second")
	first.endSeries()
	require.False(t, b.shown["a"].ended)
	second.endSeries()
	require.True(t, b.shown["a"].ended)
	b.run(second, "late")
	require.Equal(t, 2, b.endedPoints)

	now := time.Now()
	b.view(b.pages[0], now)
	require.Len(t, b.shown, 1, "seen, but within the grace")
	b.view(b.pages[0], now.Add(collectionGrace+time.Second))
	require.Empty(t, b.shown)
	require.Empty(t, b.ended)
	require.Zero(t, b.endedPoints)
}

// TestBoard_PagesBeginWhileReadersCollect has analyses begin new pages, run on
// and end under the eyes of two readers.
func TestBoard_PagesBeginWhileReadersCollect(t *testing.T) {
	t.Parallel()
	const writers, each = 4, 400
	b := newReadBoard(t, metricdata.DeltaTemporality, metricdata.DeltaTemporality)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				a := newAnalysis(strconv.Itoa(w*each + i))
				b.run(a, "t", "u")
				if i%3 == 0 {
					a.endSeries()
				}
			}
		})
	}
	sums := make([]int64, len(b.readers))
	for range 5 {
		for reader := range b.readers {
			sums[reader] += total(b.read(reader))
		}
	}
	all.Wait()
	for reader := range b.readers {
		sums[reader] += total(b.read(reader))
		require.EqualValues(t, 2*3*writers*each, sums[reader])
	}
	require.Greater(t, len(b.pages), 2*writers*each/maxPagePoints)
}
