// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/instrument"
)

const (
	benchRequest  = `{"contents":[{"parts":[{"text":"Where does the price go?"}],"role":"user"}],"generationConfig":{"temperature":0.2}}`
	benchUsage    = `"usageMetadata":{"promptTokenCount":120,"candidatesTokenCount":40,"totalTokenCount":160,"promptTokensDetails":[{"modality":"TEXT","tokenCount":120}]}`
	benchDocument = `{"candidates":[{"content":{"parts":[{"text":%q}],"role":"model"}%s,"index":0}],` + benchUsage + `,"modelVersion":"gemini-2.0-flash","responseId":"r1"}`
)

// BenchmarkTransport measures what the transport adds to a call: compare
// bare with measured.
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
		b.Run(name+"/Measured", func(b *testing.B) {
			benchmark(b, instrument.NewTransport(canned(c.body), benchProviders(b)...), c.method)
		})
	}
}

func benchProviders(b *testing.B) []instrument.Option {
	b.Helper()
	return []instrument.Option{
		instrument.WithTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(discard{}))),
		instrument.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))),
	}
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
	for b.Loop() {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(benchRequest))
		require.NoError(b, err)
		res, err := transport.RoundTrip(req)
		require.NoError(b, err)
		for err == nil {
			_, err = res.Body.Read(buffer)
		}
		require.NoError(b, res.Body.Close())
	}
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
