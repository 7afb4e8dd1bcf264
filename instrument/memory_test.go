// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"io"
	"net/http"
	"runtime"
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
		board := boards.get(meters, nil)
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
