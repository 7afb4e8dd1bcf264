// SPDX-License-Identifier: Apache-2.0

// Package bench measures what counting costs, beside the way without it: a
// client bare and wrapped, the exporter and the least that its database can
// do. README.md has the commands.
package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
)

// chunks is the number of events of a stream.
const chunks = 20

// BenchmarkClient makes calls through Google's SDK: as it is, instrumented,
// and with the tracing of HTTP requests that many services have. The answers
// come from memory.
func BenchmarkClient(b *testing.B) {
	for _, kind := range []struct {
		name  string
		event int
		call  func(context.Context, *testing.B, *genai.Client)
	}{
		{"Unary", 1, unary},
		{"Stream20", chunks, stream},
	} {
		b.Run(kind.name+"/Bare", func(b *testing.B) {
			measure(b, newClient(b, nil), kind.event, kind.call)
		})
		b.Run(kind.name+"/Wrapped", func(b *testing.B) {
			tracers, meters := newSDK(b)
			client := newClient(b, nil)
			require.NoError(b, gemini.Instrument(client,
				instrument.WithTracerProvider(tracers), instrument.WithMeterProvider(meters)))
			measure(b, client, kind.event, kind.call)
		})
		b.Run(kind.name+"/otelhttp", func(b *testing.B) {
			tracers, meters := newSDK(b)
			client := newClient(b, func(base http.RoundTripper) http.RoundTripper {
				return otelhttp.NewTransport(base,
					otelhttp.WithTracerProvider(tracers), otelhttp.WithMeterProvider(meters))
			})
			measure(b, client, kind.event, kind.call)
		})
	}
}

func measure(b *testing.B, client *genai.Client, events int, call func(context.Context, *testing.B, *genai.Client)) {
	b.Helper()
	ctx, analysis := instrument.StartAnalysis(b.Context(), "", instrument.WithCallDetails(0))
	defer analysis.End()
	ctx = instrument.ContextWithCallType(ctx, "indicator_summary")
	b.ReportAllocs()
	for b.Loop() {
		call(ctx, b, client)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*events), "ns/event")
}

func unary(ctx context.Context, b *testing.B, client *genai.Client) {
	b.Helper()
	if _, err := client.Models.GenerateContent(ctx, "gemini-2.5-flash", question(), nil); err != nil {
		b.Fatal(err)
	}
}

func stream(ctx context.Context, b *testing.B, client *genai.Client) {
	b.Helper()
	n := 0
	for _, err := range client.Models.GenerateContentStream(ctx, "gemini-2.5-flash", question(), nil) {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != chunks {
		b.Fatalf("%d events, not %d", n, chunks)
	}
}

func question() []*genai.Content { return genai.Text("Is the trend up or down?") }

// newClient returns a client whose answers come from memory.
func newClient(b *testing.B, wrap func(http.RoundTripper) http.RoundTripper) *genai.Client {
	b.Helper()
	var transport http.RoundTripper = newMemory()
	if wrap != nil {
		transport = wrap(transport)
	}
	client, err := genai.NewClient(b.Context(), &genai.ClientConfig{
		APIKey: "any", Backend: genai.BackendGeminiAPI, HTTPClient: &http.Client{Transport: transport},
	})
	require.NoError(b, err)
	return client
}

// newSDK returns providers as a service has them: spans leave in batches, for
// nowhere, and metrics are kept.
func newSDK(b *testing.B) (*trace.TracerProvider, *metric.MeterProvider) {
	b.Helper()
	tracers := trace.NewTracerProvider(trace.WithBatcher(nowhere{}))
	meters := metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	b.Cleanup(func() {
		ctx := context.WithoutCancel(b.Context())
		require.NoError(b, tracers.Shutdown(ctx))
		require.NoError(b, meters.Shutdown(ctx))
	})
	return tracers, meters
}

// nowhere is a span exporter.
type nowhere struct{}

// ExportSpans implements trace.SpanExporter.
func (nowhere) ExportSpans(context.Context, []trace.ReadOnlySpan) error { return nil }

// Shutdown implements trace.SpanExporter.
func (nowhere) Shutdown(context.Context) error { return nil }

// memory answers requests like Gemini does.
type memory struct{ unary, stream string }

func newMemory() *memory {
	const event = `{"candidates":[{"content":{"parts":[{"text":"%s"}],"role":"model"}%s,"index":0}],` +
		`"usageMetadata":{"promptTokenCount":120,"candidatesTokenCount":%d,"totalTokenCount":%d,` +
		`"promptTokensDetails":[{"modality":"TEXT","tokenCount":120}],"thoughtsTokenCount":60},` +
		`"modelVersion":"gemini-2.5-flash","responseId":"r1"}`
	text := strings.Repeat("The trend is up. ", 6)
	m := &memory{unary: fmt.Sprintf(event, text, `,"finishReason":"STOP"`, 30, 210)}
	for i := range chunks {
		finish := ""
		if i == chunks-1 {
			finish = `,"finishReason":"STOP"`
		}
		m.stream += "data: " + fmt.Sprintf(event, text, finish, 30*(i+1), 180+30*(i+1)) + "\r\n\r\n"
	}
	return m
}

// RoundTrip implements http.RoundTripper.
func (m *memory) RoundTrip(request *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, request.Body); err != nil {
		return nil, err
	}
	body, contentType := m.unary, "application/json; charset=UTF-8"
	if request.URL.Query().Get("alt") == "sse" {
		body, contentType = m.stream, "text/event-stream"
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: request,
		Header: http.Header{"Content-Type": {contentType}},
		Body:   io.NopCloser(strings.NewReader(body)), ContentLength: -1,
	}, nil
}
