// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	api "go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// patience bounds every wait of the suite; nothing is to take that long.
const patience = 10 * time.Second

// rig is a stand-in, an instrumented client, and all that it measures.
type rig struct {
	t      *testing.T
	api    *API
	fake   fake
	target Target
	client Client

	spans   *tracetest.SpanRecorder
	tracers *trace.TracerProvider
	reader  *metric.ManualReader
}

// conformanceKey is the API key of the suite: nothing may repeat it.
const conformanceKey = "canary-key-7f3a"

func (s *suite) rig(t *testing.T, opts ...Option) *rig {
	t.Helper()
	return s.rigFor(t, Target{}, opts...)
}

// rigFor returns a rig whose client has what the target asks for.
func (s *suite) rigFor(t *testing.T, target Target, opts ...Option) *rig {
	t.Helper()
	fake, err := s.api.start(t.Context(), append(opts, WithKey(conformanceKey))...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })

	r := &rig{t: t, api: s.api, fake: fake, spans: tracetest.NewSpanRecorder(), reader: metric.NewManualReader()}
	r.tracers = trace.NewTracerProvider(trace.WithSpanProcessor(r.spans))
	r.target = target
	r.target.URL, r.target.Key = fake.URL()+s.api.path, conformanceKey
	r.target.Options = []instrument.Option{
		instrument.WithTracerProvider(r.tracers),
		instrument.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(r.reader))),
	}
	r.client = s.factory(t, r.target)
	return r
}

// start opens an analysis that ends with the test at the latest.
func (r *rig) start(id string) (context.Context, *instrument.Analysis) {
	r.t.Helper()
	ctx, analysis := instrument.StartAnalysis(r.t.Context(), id,
		instrument.WithTracerProvider(r.tracers), instrument.WithSubject("RELIANCE"))
	r.t.Cleanup(analysis.End)
	return ctx, analysis
}

// ask makes a call and returns the answer and the error.
func (r *rig) ask(ctx context.Context, p Prompt) (string, error) {
	if !p.stream {
		return r.client.Generate(ctx, p)
	}
	text := ""
	for piece, err := range r.client.Stream(ctx, p) {
		if err != nil {
			return text, err
		}
		text += piece
	}
	return text, nil
}

// calls returns the spans of calls that have ended, in order of their start.
func (r *rig) calls() []span {
	var calls []span
	for _, s := range r.spans.Ended() {
		if s.SpanKind() == api.SpanKindClient {
			calls = append(calls, newSpan(s))
		}
	}
	slices.SortFunc(calls, func(a, b span) int { return a.StartTime().Compare(b.StartTime()) })
	return calls
}

// await returns the calls once there are n of them: a canceled one ends in its
// own time.
func (r *rig) await(n int) []span {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return len(r.calls()) >= n }, patience, time.Millisecond)
	return r.calls()
}

// span is a span whose attributes are found by name.
type span struct {
	trace.ReadOnlySpan
	attributes map[attribute.Key]attribute.Value
}

func newSpan(s trace.ReadOnlySpan) span {
	found := make(map[attribute.Key]attribute.Value, len(s.Attributes()))
	for _, kv := range s.Attributes() {
		found[kv.Key] = kv.Value
	}
	return span{s, found}
}

func (s span) text(key attribute.Key) string { return s.attributes[key].AsString() }
func (s span) count(key attribute.Key) int   { return int(s.attributes[key].AsInt64()) }

func (s span) has(key attribute.Key) bool {
	_, ok := s.attributes[key]
	return ok
}

// collected is one collection of all metrics.
type collected struct{ metricdata.ResourceMetrics }

func (r *rig) collect() *collected {
	r.t.Helper()
	var c collected
	require.NoError(r.t, r.reader.Collect(context.WithoutCancel(r.t.Context()), &c.ResourceMetrics))
	return &c
}

// sum adds up the points of a counter, or the sums of a histogram, that have
// all of the attributes.
func (c *collected) sum(name string, having ...attribute.KeyValue) int {
	total := 0
	for _, scope := range c.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				total += sumOf(m.Data, having)
			}
		}
	}
	return total
}

func sumOf(data metricdata.Aggregation, having []attribute.KeyValue) int {
	total := 0
	switch data := data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			if hasAll(p.Attributes, having) {
				total += int(p.Value)
			}
		}
	case metricdata.Histogram[int64]:
		for _, p := range data.DataPoints {
			if hasAll(p.Attributes, having) {
				total += int(p.Sum)
			}
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			if hasAll(p.Attributes, having) {
				total += int(p.Count) //nolint:gosec // a test makes a few calls
			}
		}
	}
	return total
}

func hasAll(set attribute.Set, having []attribute.KeyValue) bool {
	for _, kv := range having {
		if value, ok := set.Value(kv.Key); !ok || value != kv.Value {
			return false
		}
	}
	return true
}

var (
	inputTokens  = attribute.String(semconv.TokenType, semconv.TokenTypeInput)
	outputTokens = attribute.String(semconv.TokenType, semconv.TokenTypeOutput)
)
