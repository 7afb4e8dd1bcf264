// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
)

const document = `{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"totalTokenCount":7}}`

type answerer struct{}

func (answerer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(document))}, nil
}

func call(ctx context.Context, t *testing.T, transport http.RoundTripper) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://h/v1/models/m:generateContent", http.NoBody)
	require.NoError(t, err)
	res, err := transport.RoundTrip(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
}

func TestMemory_EndedAnalysisIsFree(t *testing.T) {
	t.Parallel()
	reader := metric.NewManualReader()
	transport := NewTransport(answerer{}, WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))
	ended := func() weak.Pointer[tally] {
		ctx, analysis := StartAnalysis(t.Context(), t.Name())
		call(ctx, t, transport)
		analysis.End()
		require.EqualValues(t, 1, analysis.Summary().Calls)
		return weak.Make(analysis.tally)
	}()
	requireCollected(t, ended)
}

// TestMemory_AbandonedAnalysisIsForgotten has nobody end the analysis.
func TestMemory_AbandonedAnalysisIsForgotten(t *testing.T) {
	t.Parallel()
	meters := metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	transport := NewTransport(answerer{}, WithMeterProvider(meters))
	abandoned := func() weak.Pointer[tally] {
		ctx, analysis := StartAnalysis(t.Context(), t.Name(), WithMeterProvider(meters))
		call(ctx, t, transport)
		return weak.Make(analysis.tally)
	}()
	requireCollected(t, abandoned)
	require.Eventually(t, func() bool {
		analyses.mu.Lock()
		_, known := analyses.tallies[t.Name()]
		analyses.mu.Unlock()
		board := meterings.get(meters, nil).board
		board.mu.Lock()
		defer board.mu.Unlock()
		return !known && board.shown[t.Name()].ended && board.losses.n[lossAbandoned].Load() == 1
	}, 10*time.Second, time.Millisecond)
}

func requireCollected(t *testing.T, pointer weak.Pointer[tally]) {
	t.Helper()
	require.Eventually(t, func() bool {
		runtime.GC()
		return pointer.Value() == nil
	}, 10*time.Second, time.Millisecond)
}

func TestMemory_NothingIsKeptWithoutAnSDK(t *testing.T) {
	t.Parallel()
	ctx, analysis := StartAnalysis(t.Context(), "")
	defer analysis.End()
	call(ctx, t, NewTransport(answerer{}))
	require.Empty(t, recorderFor(globalProviders()).metrics.board.shown)
}

func TestBoard_IsBounded(t *testing.T) {
	t.Parallel()

	// fill runs n analyses of one call each, numbered from first on.
	fill := func(b *board, first, n int) {
		for i := range n {
			id := strconv.Itoa(first + i)
			c := &Call{analysis: &Analysis{tally: newTally(id, 0, nil)}}
			c.record.AnalysisID = id
			b.add(c)
			c.analysis.tally.series.end(id)
		}
	}
	t.Run("NobodyCollects", func(t *testing.T) {
		t.Parallel()
		b := newBoard()
		fill(b, 0, maxEnded+100)
		require.Len(t, b.shown, maxEnded)
		require.Len(t, b.ended, maxEnded)
		require.GreaterOrEqual(t, b.losses.n[lossUncollected].Load(), int64(100))
	})
	t.Run("SomebodyCollects", func(t *testing.T) {
		t.Parallel()
		b := newBoard()
		for i := range 5 {
			fill(b, 3000*i, 3000)
			_, ended := b.collect(time.Now())
			require.Len(t, ended, 3000, "the new ones; those seen before made room")
		}
		require.Len(t, b.ended, 3000)
	})
}

// TestBoard_Ends walks a series through ends, a new start and late calls.
func TestBoard_Ends(t *testing.T) {
	t.Parallel()
	b, first, second := newBoard(), &Analysis{tally: newTally("a", 0, nil)}, &Analysis{tally: newTally("a", 0, nil)}
	add := func(a *Analysis) {
		c := &Call{analysis: a}
		c.record.AnalysisID = "a"
		b.add(c)
	}
	add(first)
	first.tally.series.end("a")
	require.True(t, b.shown["a"].ended)
	add(second)
	require.False(t, b.shown["a"].ended, "a new start goes on with the series")
	add(first)
	require.False(t, b.shown["a"].ended, "a late call of the first does not end the second")
	first.tally.series.end("a")
	require.False(t, b.shown["a"].ended)
	second.tally.series.end("a")
	require.True(t, b.shown["a"].ended)

	now := time.Now()
	running, ended := b.collect(now)
	require.Empty(t, running)
	require.Len(t, ended, 1)
	_, ended = b.collect(now.Add(collectionGrace + time.Second))
	require.Empty(t, ended)
	require.Empty(t, b.shown)
	require.Empty(t, b.ended)
}
