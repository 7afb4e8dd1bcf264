// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spanledger/spanledger/instrument"
	spanledger "github.com/spanledger/spanledger/instrument/anthropic"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

const sdkScope = "com.anthropic.sdk.go"

var question = anthropic.MessageNewParams{
	Model: "claude-haiku-4-5", MaxTokens: 1024,
	System: []anthropic.TextBlockParam{{
		Text: "canary-system", CacheControl: anthropic.NewCacheControlEphemeralParam(),
	}},
	Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("canary-question"))},
}

// bench is a stand-in, a client, and what it measured and sent.
type bench struct {
	fake   *instrumenttest.Anthropic
	client anthropic.Client
	spans  *tracetest.SpanRecorder
	sent   *headers
}

// newBench returns a bench whose SDK knows a tracer provider of its own, as it
// does where there is a global one, with options after ours.
func newBench(t *testing.T, after ...option.RequestOption) *bench {
	t.Helper()
	fake, err := instrumenttest.StartAnthropic(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	b := &bench{fake: fake, spans: tracetest.NewSpanRecorder(), sent: &headers{base: base}}
	tracers := trace.NewTracerProvider(trace.WithSpanProcessor(b.spans))
	opts := append([]option.RequestOption{
		option.WithBaseURL(fake.URL()), option.WithAPIKey("canary-key"), option.WithTracerProvider(tracers),
		option.WithHTTPClient(&http.Client{Transport: b.sent}),
	}, spanledger.Options(instrument.WithTracerProvider(tracers))...)
	b.client = anthropic.NewClient(append(opts, after...)...)
	return b
}

// headers keeps what the last request sent.
type headers struct {
	base http.RoundTripper
	last http.Header
}

func (h *headers) RoundTrip(req *http.Request) (*http.Response, error) {
	h.last = req.Header.Clone()
	return h.base.RoundTrip(req)
}

// TestOptions_SDKSpansOff has the SDK know a tracer provider, and yet open no
// span and send no trace context.
func TestOptions_SDKSpansOff(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.client.Messages.New(t.Context(), question)
	require.NoError(t, err)
	require.Len(t, b.spans.Ended(), 1)
	require.NotEqual(t, sdkScope, b.spans.Ended()[0].InstrumentationScope().Name)
	require.Empty(t, b.sent.last.Get("Traceparent"))
}

// TestOptions_SDKSpansOn asks for the SDK's spans: the call is on that of the
// SDK, whether unary or streamed, and there is no other.
func TestOptions_SDKSpansOn(t *testing.T) {
	t.Parallel()
	b := newBench(t, option.WithOpenTelemetryTraces(true), option.WithOpenTelemetryPropagation(false))
	ctx, analysis := instrument.StartAnalysis(t.Context(), "")
	defer analysis.End()
	_, err := b.client.Messages.New(ctx, question)
	require.NoError(t, err)
	stream := b.client.Messages.NewStreaming(ctx, question)
	for stream.Next() {
		require.NotEmpty(t, stream.Current().Type)
	}
	require.NoError(t, stream.Err())

	ended := b.spans.Ended()
	require.Len(t, ended, 2)
	for _, s := range ended {
		require.Equal(t, sdkScope, s.InstrumentationScope().Name)
		require.Contains(t, s.Attributes(), attribute.String("spanledger.analysis.id", analysis.ID()))
		require.Contains(t, s.Attributes(), attribute.String("spanledger.usage.status", "reported"))
	}
	summary, want := analysis.Summary(), b.fake.Usage()
	require.EqualValues(t, 2, summary.Calls)
	require.EqualValues(t, want.Input(), summary.Input)
	require.EqualValues(t, want.Output(), summary.Output)
	require.EqualValues(t, want.Cached, summary.CacheRead)
	require.EqualValues(t, want.CacheWrite, summary.CacheWrite)
	require.Positive(t, want.CacheWrite)
	left, err := json.Marshal(tracetest.SpanStubsFromReadOnlySpans(ended))
	require.NoError(t, err)
	require.NotContains(t, string(left), "canary")
	require.Empty(t, b.sent.last.Get("Traceparent"))
}

// TestOptions_SameBytes compares what the SDK makes of a stand-in's answers, to
// the byte, with what the bare SDK makes of another's.
func TestOptions_SameBytes(t *testing.T) {
	t.Parallel()
	require.Equal(t, answers(t, true), answers(t, false))
}

func answers(t *testing.T, bare bool) (raw []string) {
	t.Helper()
	fake, err := instrumenttest.StartAnthropic(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	client := newClient(t, instrumenttest.Target{URL: fake.URL(), Key: "any", Bare: bare})
	var res *http.Response
	message, err := client.Messages.New(t.Context(), question, option.WithResponseInto(&res))
	require.NoError(t, err)
	raw = append(raw, message.RawJSON(), res.Status, res.Header.Get("Request-Id"), res.Request.URL.Path)
	stream := client.Messages.NewStreaming(t.Context(), question)
	for stream.Next() {
		event := stream.Current()
		raw = append(raw, event.RawJSON())
	}
	require.NoError(t, stream.Err())
	return raw
}

// TestOptions_FreeOfCharge counts tokens, which is no call.
func TestOptions_FreeOfCharge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.client.Messages.CountTokens(t.Context(), anthropic.MessageCountTokensParams{
		Model: question.Model, Messages: question.Messages,
	})
	require.NoError(t, err)
	require.Empty(t, b.spans.Ended())
}
