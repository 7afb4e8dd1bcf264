// SPDX-License-Identifier: Apache-2.0

//go:build unix

package instrument_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	metricapi "go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument"
)

const (
	benchRequest  = `{"contents":[{"parts":[{"text":"Where does the price go?"}],"role":"user"}],"generationConfig":{"temperature":0.2}}`
	benchUsage    = `"usageMetadata":{"promptTokenCount":120,"candidatesTokenCount":40,"totalTokenCount":160,"promptTokensDetails":[{"modality":"TEXT","tokenCount":120}]}`
	benchDocument = `{"candidates":[{"content":{"parts":[{"text":%q}],"role":"model"}%s,"index":0}],` + benchUsage + `,"modelVersion":"gemini-2.0-flash","responseId":"r1"}`
)

// BenchmarkTransport measures what the transport adds to a call: compare bare
// with measured, with content, which records what was said, and with floor,
// which writes a span and three points of histograms by hand and reads nothing.
//
//	go test -bench=Transport -benchmem ./instrument
func BenchmarkTransport(b *testing.B) {
	chunk := func(finish string) string {
		return fmt.Sprintf(benchDocument, strings.Repeat("word ", 20), finish)
	}
	unary := chunk(`,"finishReason":"STOP"`)
	stream := strings.Repeat("data: "+chunk("")+"\r\n\r\n", 19) + "data: " + unary + "\r\n\r\n"
	for name, c := range map[string]struct{ method, body string }{
		"Unary":    {"generateContent", unary},
		"Stream20": {"streamGenerateContent?alt=sse", stream},
	} {
		b.Run(name+"/Bare", func(b *testing.B) { benchmark(b, canned(c.body), c.method) })
		b.Run(name+"/Floor", func(b *testing.B) { benchmark(b, newFloor(b, canned(c.body)), c.method) })
		b.Run(name+"/Measured", func(b *testing.B) {
			benchmark(b, instrument.NewTransport(canned(c.body), benchProviders(b)...), c.method)
		})
		b.Run(name+"/Content", func(b *testing.B) {
			options := append(benchProviders(b), instrument.WithContent(instrument.ContentConfig{}))
			benchmark(b, instrument.NewTransport(canned(c.body), options...), c.method)
		})
	}
}

func benchProviders(b *testing.B) []instrument.Option {
	b.Helper()
	return []instrument.Option{
		instrument.WithTracerProvider(benchTracers()), instrument.WithMeterProvider(benchMeters()),
	}
}

func benchTracers() *trace.TracerProvider {
	return trace.NewTracerProvider(trace.WithSpanProcessor(discard{}))
}

func benchMeters() *metric.MeterProvider {
	return metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
}

// floor is the least that telemetry of the same size costs: everything that
// can be is prepared.
type floor struct {
	base     http.RoundTripper
	tracer   api.Tracer
	points   metricapi.Float64Histogram
	set      metricapi.MeasurementOption
	from, to []attribute.KeyValue
}

func newFloor(b *testing.B, base http.RoundTripper) *floor {
	b.Helper()
	points, err := benchMeters().Meter("floor").Float64Histogram("points")
	require.NoError(b, err)
	f := &floor{base: base, tracer: benchTracers().Tracer("floor"), points: points}
	for i := range 8 {
		f.from = append(f.from, attribute.String(fmt.Sprintf("gen_ai.request.name%d", i), "value"))
		f.to = append(f.to, attribute.Int(fmt.Sprintf("gen_ai.usage.count%d", i), i))
	}
	f.set = metricapi.WithAttributeSet(attribute.NewSet(f.from...))
	return f
}

func (f *floor) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, span := f.tracer.Start(req.Context(), "generate_content gemini-2.0-flash", api.WithAttributes(f.from...))
	defer span.End()
	res, err := f.base.RoundTrip(req.WithContext(ctx))
	span.SetAttributes(f.to...)
	for range 3 {
		f.points.Record(ctx, 1, f.set)
	}
	return res, err
}

func benchmark(b *testing.B, transport http.RoundTripper, method string) {
	b.Helper()
	ctx, analysis := instrument.StartAnalysis(b.Context(), "", instrument.WithCallDetails(0))
	defer analysis.End()
	ctx = instrument.ContextWithCallType(ctx, "indicator_summary")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	url := "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:" + method
	buffer := make([]byte, 4096)
	b.ReportAllocs()
	before, n := cpuTime(b), 0
	for ; b.Loop(); n++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(benchRequest))
		require.NoError(b, err)
		res, err := transport.RoundTrip(req)
		require.NoError(b, err)
		for err == nil {
			_, err = res.Body.Read(buffer)
		}
		require.NoError(b, res.Body.Close())
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(n), "cpu-ns/op")
}

// cpuTime is what the whole process has used, its garbage collection included:
// unlike the time on the wall it does not grow with what else the machine does.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// canned answers every request with the same body.
type canned string

func (c canned) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(c))), ContentLength: int64(len(c)),
		Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
	}, nil
}

// discard is a span processor that keeps nothing.
type discard struct{}

func (discard) OnStart(context.Context, trace.ReadWriteSpan) {}
func (discard) OnEnd(trace.ReadOnlySpan)                     {}
func (discard) Shutdown(context.Context) error               { return nil }
func (discard) ForceFlush(context.Context) error             { return nil }
