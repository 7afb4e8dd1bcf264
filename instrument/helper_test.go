// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

const (
	generateURL = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:generateContent"
	streamURL   = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse"
	question    = `{"contents":[{"parts":[{"text":"Where does the price go?"}]}],"generationConfig":{"temperature":0.5}}`
)

// answer costs 120 tokens in and 40 out.
var answer = strings.Join([]string{
	`{"candidates":[{"content":{"parts":[{"text":"Up."}]},"finishReason":"STOP"}]`,
	`"usageMetadata":{"promptTokenCount":120,"candidatesTokenCount":40,"totalTokenCount":160}`,
	`"modelVersion":"gemini-2.0-flash","responseId":"r1"}`,
}, ",")

// telemetry is providers that keep in memory what they are given.
type telemetry struct {
	t       *testing.T
	spans   *tracetest.SpanRecorder
	tracers *trace.TracerProvider
	reader  *metric.ManualReader
	meters  *metric.MeterProvider
}

func newTelemetry(t *testing.T, readerOptions ...metric.ManualReaderOption) *telemetry {
	t.Helper()
	spans, reader := tracetest.NewSpanRecorder(), metric.NewManualReader(readerOptions...)
	return &telemetry{
		t: t, spans: spans, reader: reader,
		tracers: trace.NewTracerProvider(trace.WithSpanProcessor(spans)),
		meters:  metric.NewMeterProvider(metric.WithReader(reader)),
	}
}

func (m *telemetry) options() []instrument.Option {
	return []instrument.Option{instrument.WithTracerProvider(m.tracers), instrument.WithMeterProvider(m.meters)}
}

func (m *telemetry) start(
	ctx context.Context, id string, opts ...instrument.AnalysisOption,
) (context.Context, *instrument.Analysis) {
	return instrument.StartAnalysis(ctx, id, append(opts, instrument.WithTracerProvider(m.tracers))...)
}

// span returns the only ended span of a name.
func (m *telemetry) span(name string) trace.ReadOnlySpan {
	m.t.Helper()
	var found []trace.ReadOnlySpan
	for _, s := range m.spans.Ended() {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	require.Len(m.t, found, 1, name)
	return found[0]
}

const callSpan = "generate_content gemini-2.0-flash"

// attributesOf returns a span's attributes as text by name.
func attributesOf(s trace.ReadOnlySpan) map[string]string {
	found := map[string]string{}
	for _, kv := range s.Attributes() {
		found[string(kv.Key)] = kv.Value.String()
	}
	return found
}

// tokens returns the sums of spanledger.tokens by analysis id.
func (m *telemetry) tokens() map[string]int64 {
	m.t.Helper()
	sums := map[string]int64{}
	for _, p := range m.points(semconv.MetricTokens) {
		id, _ := p.Attributes.Value(semconv.AnalysisID)
		sums[id.AsString()] += p.Value
	}
	return sums
}

// collect returns the metrics of all scopes by name.
func (m *telemetry) collect() map[string]metricdata.Metrics {
	m.t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(m.t, m.reader.Collect(context.WithoutCancel(m.t.Context()), &all))
	found := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, one := range scope.Metrics {
			found[one.Name] = one
		}
	}
	return found
}

// points collects and returns the points of a counter, in all scopes.
func (m *telemetry) points(name string) []metricdata.DataPoint[int64] {
	m.t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(m.t, m.reader.Collect(context.WithoutCancel(m.t.Context()), &all))
	var points []metricdata.DataPoint[int64]
	for _, scope := range all.ScopeMetrics {
		for _, found := range scope.Metrics {
			if sum, ok := found.Data.(metricdata.Sum[int64]); ok && found.Name == name {
				points = append(points, sum.DataPoints...)
			}
		}
	}
	return points
}

// histogram collects and returns the one point of a histogram.
func (m *telemetry) histogram(name string) metricdata.HistogramDataPoint[float64] {
	var all metricdata.ResourceMetrics
	require.NoError(m.t, m.reader.Collect(m.t.Context(), &all))
	for _, found := range all.ScopeMetrics[0].Metrics {
		if found.Name == name {
			points := found.Data.(metricdata.Histogram[float64]).DataPoints
			require.Len(m.t, points, 1)
			return points[0]
		}
	}
	require.Fail(m.t, "no such histogram", name)
	return metricdata.HistogramDataPoint[float64]{}
}

func valueOf(set attribute.Set, key attribute.Key) string {
	value, _ := set.Value(key)
	return value.AsString()
}

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answering reads the request and answers with a body.
func answering(body string) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
		return respond(http.StatusOK, io.NopCloser(strings.NewReader(body))), nil
	}
}

func respond(status int, body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: status, Body: body, ContentLength: -1, Header: http.Header{}}
}

func newRequest(ctx context.Context, t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(question))
	require.NoError(t, err)
	return req
}

// ask makes a call and reads its answer.
func ask(ctx context.Context, t *testing.T, transport http.RoundTripper) string {
	t.Helper()
	res, err := transport.RoundTrip(newRequest(ctx, t, generateURL))
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body)
}
