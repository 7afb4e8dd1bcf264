// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	api "go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

func TestMetrics_Histograms(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ask(t.Context(), t, instrument.NewTransport(answering(answer), m.options()...))
	var all metricdata.ResourceMetrics
	require.NoError(t, m.reader.Collect(t.Context(), &all))
	got := map[string]metricdata.Metrics{}
	for _, found := range all.ScopeMetrics[0].Metrics {
		got[found.Name] = found
	}
	tokens, ok := got["gen_ai.client.token.usage"].Data.(metricdata.Histogram[int64])
	require.True(t, ok)
	require.Equal(t, "{token}", got["gen_ai.client.token.usage"].Unit)
	require.Len(t, tokens.DataPoints, 2)
	for _, p := range tokens.DataPoints {
		want := map[string]int64{"input": 120, "output": 40}[valueOf(p.Attributes, "gen_ai.token.type")]
		require.Equal(t, want, p.Sum)
		require.Equal(t, semconv.TokenBounds(), p.Bounds)
		require.Equal(t, "gemini-2.0-flash", valueOf(p.Attributes, "gen_ai.response.model"))
		require.False(t, p.Attributes.HasValue(semconv.AnalysisID), "series would be without end")
	}
	duration, ok := got["gen_ai.client.operation.duration"].Data.(metricdata.Histogram[float64])
	require.True(t, ok)
	require.Equal(t, semconv.DurationBounds(), duration.DataPoints[0].Bounds)
	require.NotContains(t, got, "gen_ai.client.operation.time_to_first_chunk")
}

// TestMetrics_Chunks has four pieces of a stream, of which two come at once:
// the first is timed from the start of the call, each other from the one before.
func TestMetrics_Chunks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t)
		reader, body := io.Pipe()
		transport := instrument.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
			return respond(http.StatusOK, reader), nil
		}), m.options()...)
		res, err := transport.RoundTrip(newRequest(t.Context(), t, streamURL))
		require.NoError(t, err)
		go func() {
			event := "data: " + answer + "\n\n"
			for _, piece := range []string{event, event + event, event} {
				pass(time.Second)
				_, _ = io.WriteString(body, piece)
			}
			_ = body.Close()
		}()
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)

		first := m.histogram(semconv.MetricTimeToFirstChunk)
		require.EqualValues(t, 1, first.Count)
		require.InDelta(t, 1, first.Sum, 1e-9)
		further := m.histogram(semconv.MetricTimePerOutputChunk)
		require.EqualValues(t, 3, further.Count)
		require.InDelta(t, 2, further.Sum, 1e-9)
	})
}

func TestMetrics_Counters(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), t.Name())
	defer analysis.End()
	ctx = instrument.ContextWithCallType(ctx, "indicator_summary")
	ask(ctx, t, instrument.NewTransport(answering(answer), m.options()...))
	_, call := instrument.Start(ctx, instrument.CallStart{Provider: "openai", Model: "m"}, m.options()...)
	call.End(instrument.CallResult{ErrorType: "429"})
	ask(t.Context(), t, instrument.NewTransport(answering(answer), m.options()...))

	require.Equal(t, map[string]int64{t.Name(): 160, "": 160}, m.tokens(), "calls without an analysis have no id")
	outcomes := map[string]int64{}
	for _, p := range m.points(semconv.MetricCalls) {
		if valueOf(p.Attributes, semconv.AnalysisID) == t.Name() {
			require.Equal(t, "indicator_summary", valueOf(p.Attributes, semconv.CallType))
			outcomes[valueOf(p.Attributes, semconv.CallOutcome)+valueOf(p.Attributes, semconv.ErrorType)] += p.Value
		}
	}
	require.Equal(t, map[string]int64{"ok": 1, "error429": 1}, outcomes)
}

func TestMetrics_Cost(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), "")
	defer analysis.End()
	ask(ctx, t, instrument.NewTransport(answering(answer), m.options()...))
	var all metricdata.ResourceMetrics
	require.NoError(t, m.reader.Collect(t.Context(), &all))
	for _, found := range all.ScopeMetrics[0].Metrics {
		if cost, ok := found.Data.(metricdata.Sum[float64]); ok && found.Name == semconv.MetricCost {
			require.InDelta(t, 0.000028, cost.DataPoints[0].Value, 1e-12)
			require.Equal(t, "USD", found.Unit)
			return
		}
	}
	require.Fail(t, "no cost")
}

// TestMetrics_EndedAnalyses are shown until every reader has had the time to
// see their last values, and no longer.
func TestMetrics_EndedAnalyses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t)
		transport := instrument.NewTransport(answering(answer), m.options()...)
		ctx, analysis := m.start(t.Context(), t.Name())
		ask(ctx, t, transport)
		require.EqualValues(t, 160, m.tokens()[t.Name()])
		ask(ctx, t, transport)
		analysis.End()

		pass(time.Hour)
		require.EqualValues(t, 320, m.tokens()[t.Name()], "the first reader to come sees the last values")
		require.Empty(t, m.tokens(), "an hour later nobody waits for them")

		again, resumed := m.start(t.Context(), t.Name())
		ask(again, t, transport)
		require.EqualValues(t, 160, m.tokens()[t.Name()], "it counts from zero")
		resumed.End()
		require.EqualValues(t, 160, m.tokens()[t.Name()])
		pass(time.Minute)
		require.EqualValues(t, 160, m.tokens()[t.Name()], "within the grace for further readers")
		pass(time.Hour)
		require.Empty(t, m.tokens())
	})
}

// TestMetrics_Delta adds up what a reader with delta temporality gets, through
// ends, joins, late calls and new starts of one id.
func TestMetrics_Delta(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t, metric.WithTemporalitySelector(func(metric.InstrumentKind) metricdata.Temporality {
			return metricdata.DeltaTemporality
		}))
		transport := instrument.NewTransport(answering(answer), m.options()...)
		var sum int64
		calls := 0
		for round := range 12 {
			ctx, analysis := m.start(t.Context(), t.Name())
			for range round % 3 {
				ask(ctx, t, transport)
				calls++
			}
			analysis.End()
			if round%4 == 1 {
				ask(ctx, t, transport)
				calls++
			}
			sum += m.tokens()[t.Name()]
			pass(time.Duration(round) * 30 * time.Second)
		}
		sum += m.tokens()[t.Name()]
		require.EqualValues(t, calls*160, sum)
	})
}

// pass lets time go by in a bubble.
func pass(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
}

// TestMetrics_NoOverflow runs many analyses through readers with the default
// limit of series, a reader coming by now and then.
func TestMetrics_NoOverflow(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), m.options()...)
	seen := map[string]int64{}
	overflowed := 0
	for i := range 2500 {
		ctx, analysis := m.start(t.Context(), fmt.Sprintf("%s/%d", t.Name(), i))
		ask(ctx, t, transport)
		analysis.End()
		if i%250 != 249 {
			continue
		}
		points := m.points(semconv.MetricTokens)
		require.LessOrEqual(t, len(points), 2*2500)
		for _, p := range points {
			if p.Attributes.HasValue("otel.metric.overflow") {
				overflowed++
			}
			seen[valueOf(p.Attributes, semconv.AnalysisID)] = p.Value
		}
	}
	require.Len(t, seen, 2500)
	require.Zero(t, overflowed)
}

func TestMetrics_ManyErrorTypesAndCallTypes(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	for i := range 1000 {
		ctx := instrument.ContextWithCallType(t.Context(), instrument.CallType(strconv.Itoa(i)))
		end(ctx, m, instrument.CallResult{})
		end(t.Context(), m, instrument.CallResult{ErrorType: strconv.Itoa(i)})
	}
	var sum int64
	points := m.points(semconv.MetricCalls)
	for _, p := range points {
		sum += p.Value
	}
	require.EqualValues(t, 2000, sum)
	require.Less(t, len(points), 250)
}

func end(ctx context.Context, m *telemetry, result instrument.CallResult) {
	_, call := instrument.Start(ctx, instrument.CallStart{Provider: "p", Model: "m"}, m.options()...)
	call.End(result)
}

func TestMetrics_ManyLabels(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	for i := range 1100 {
		_, call := instrument.Start(t.Context(), instrument.CallStart{Model: strconv.Itoa(i)}, m.options()...)
		call.End(instrument.CallResult{})
	}
	require.NotEmpty(t, m.points(semconv.MetricCalls))
}

func TestMetrics_TwoTransportsShareInstruments(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	for range 2 {
		ask(t.Context(), t, instrument.NewTransport(answering(answer), m.options()...))
	}
	require.EqualValues(t, 320, m.tokens()[""])
}

// TestMetrics_Views has one histogram dropped: the others and the counters do
// not depend on it.
func TestMetrics_Views(t *testing.T) {
	t.Parallel()
	for _, dropped := range []string{
		semconv.MetricOperationDuration, semconv.MetricTokenUsage, semconv.MetricTimeToFirstChunk,
		semconv.MetricTimePerOutputChunk,
	} {
		m := newTelemetry(t)
		m.reader = metric.NewManualReader()
		m.meters = metric.NewMeterProvider(metric.WithReader(m.reader), metric.WithView(metric.NewView(
			metric.Instrument{Name: dropped}, metric.Stream{Aggregation: metric.AggregationDrop{}})))
		_, call := instrument.Start(t.Context(), instrument.CallStart{Stream: true}, m.options()...)
		call.Chunk()
		call.Chunk()
		call.End(
			instrument.CallResult{Usage: instrument.Usage{Input: instrument.Known(1), Output: instrument.Known(2)}},
		)
		var all metricdata.ResourceMetrics
		require.NoError(t, m.reader.Collect(t.Context(), &all))
		got := map[string]bool{}
		for _, found := range all.ScopeMetrics[0].Metrics {
			got[found.Name] = true
		}
		for _, name := range []string{
			semconv.MetricOperationDuration, semconv.MetricTokenUsage, semconv.MetricTimeToFirstChunk,
			semconv.MetricTimePerOutputChunk, semconv.MetricTokens, semconv.MetricCalls,
		} {
			require.Equal(t, name != dropped, got[name], "%s without %s", name, dropped)
		}
	}
}

// TestMetrics_TwoWaysToOneProvider has the global provider that stands for one
// to come beside the one that came: both lead to the same readers.
func TestMetrics_TwoWaysToOneProvider(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), t.Name())
	defer analysis.End()
	broken := instrument.WithTracerProvider(&brokenTracers{provides: true})
	ask(ctx, t, instrument.NewTransport(answering(answer), m.options()...))
	ask(ctx, t, instrument.NewTransport(answering(answer), broken,
		instrument.WithMeterProvider(&standIn{MeterProvider: m.meters})))
	require.EqualValues(t, 320, m.tokens()[t.Name()])
	lost := m.points(semconv.MetricLost)
	require.Len(t, lost, 1)
	require.EqualValues(t, 1, lost[0].Value, "a loss counts where it happened, and nowhere else")
}

// standIn leads to another provider.
type standIn struct{ api.MeterProvider }
