// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// TestConsistency_ThousandStreams runs streams of ten analyses at once that end
// in every way there is, while summaries are taken and metrics are collected.
// Spans, summaries and the counters of both kinds of readers agree in the end.
func TestConsistency_ThousandStreams(t *testing.T) {
	t.Parallel()
	const analyses, streams = 10, 100
	m := newTelemetry(t)
	delta := metric.NewManualReader(metric.WithTemporalitySelector(
		func(metric.InstrumentKind) metricdata.Temporality { return metricdata.DeltaTemporality }))
	m.reader = metric.NewManualReader()
	m.meters = metric.NewMeterProvider(metric.WithReader(m.reader), metric.WithReader(delta))
	transport := instrument.NewTransport(roundTripper(thirds), m.options()...)

	var handles [analyses]*instrument.Analysis
	var all sync.WaitGroup
	for i := range handles {
		ctx, analysis := m.start(context.WithoutCancel(t.Context()), fmt.Sprintf("%s/%d", t.Name(), i))
		handles[i] = analysis
		for j := range streams {
			all.Go(func() { leave(ctx, t, transport, j) })
		}
	}
	deltas := map[string]int64{}
	collect := func() {
		addTokens(t, delta, deltas)
		for _, analysis := range handles {
			_ = analysis.Summary().String()
		}
	}
	for range 10 {
		collect()
	}
	all.Wait()
	require.Eventually(t, func() bool { // for the abandoned ones
		runtime.GC()
		return len(m.spans.Ended()) == analyses*streams
	}, 20*time.Second, time.Millisecond)
	collect()

	inSpans := map[string]int64{}
	for _, s := range m.spans.Ended() {
		got := attributesOf(s)
		for _, name := range []string{semconv.UsageInputTokens, semconv.UsageOutputTokens} {
			n, _ := strconv.ParseInt(got[name], 10, 64)
			inSpans[got[semconv.AnalysisID]] += n
		}
	}
	inSummaries := map[string]int64{}
	for _, analysis := range handles {
		s := analysis.Summary()
		require.EqualValues(t, streams, s.Calls)
		inSummaries[s.AnalysisID] = s.TotalTokens().OrZero()
		analysis.End()
	}
	require.Equal(t, inSpans, inSummaries)
	require.Equal(t, inSpans, m.tokens())
	require.Equal(t, inSpans, deltas)
}

// thirds answers with a stream of three events that come one by one.
func thirds(req *http.Request) (*http.Response, error) {
	res, err := answering("")(req)
	if err == nil {
		var events []io.Reader
		for i := range 3 {
			events = append(events, strings.NewReader(fmt.Sprintf(
				"data: {\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":%d,\"totalTokenCount\":%d}}\n\n",
				i+1,
				i+8,
			)))
		}
		res.Body = io.NopCloser(io.MultiReader(events...))
	}
	return res, err
}

// leave makes a call and leaves its stream in the n-th way.
func leave(ctx context.Context, t *testing.T, transport http.RoundTripper, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	res, err := transport.RoundTrip(newRequest(ctx, t, streamURL))
	if err != nil {
		cancel()
		t.Error(err)
		return
	}
	first := func() { _, err = res.Body.Read(make([]byte, 512)) }
	switch n % 6 {
	case 0: // reads to the end
		_, err = io.Copy(io.Discard, res.Body)
		cancel()
	case 1: // reads byte by byte, and closes
		_, err = io.Copy(io.Discard, iotest.OneByteReader(res.Body))
		err = errors.Join(err, res.Body.Close())
	case 2: // breaks
		first()
		err = errors.Join(err, res.Body.Close())
	case 3: // cancels
		first()
		cancel()
	case 4: // panics, and closes on the way out
		func() {
			defer func() { _ = recover() }()
			defer res.Body.Close()
			first()
			panic("the consumer")
		}()
	default: // goes away; nobody holds on to the context
		first()
	}
	if err != nil {
		t.Error(err)
	}
	runtime.KeepAlive(cancel)
}

// addTokens adds what a reader collects to the sums by analysis.
func addTokens(t *testing.T, reader *metric.ManualReader, sums map[string]int64) {
	t.Helper()
	m := &telemetry{t: t, reader: reader}
	for id, n := range m.tokens() {
		sums[id] += n
	}
}
