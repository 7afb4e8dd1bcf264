// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"

	"github.com/spanledger/spanledger/instrument"
)

// The answers are what the SDK reads and, beside it, the same usage in a form
// that every version of this package reads: 15 tokens in, 2 of them cached, and
// 7 out.
const (
	claudeUsage = `"usageMetadata":{"promptTokenCount":15,"cachedContentTokenCount":2,"candidatesTokenCount":7,"totalTokenCount":22}`
	claudeWhole = `{"id":"m1","type":"message","role":"assistant","model":"claude-served","content":[{"type":"text","text":"Up."}],` +
		`"stop_reason":"end_turn","usage":{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":7},` +
		claudeUsage + `}`
	claudeStart = "event: message_start\ndata: " + `{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant",` +
		`"model":"claude-served","content":[],"usage":{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,` +
		`"output_tokens":1}},"usageMetadata":{"promptTokenCount":15}}` + "\n\n"
	claudeEnd = "event: message_delta\ndata: " + `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7},` +
		claudeUsage + "}\n\nevent: message_stop\ndata: " + `{"type":"message_stop"}` + "\n\n"
)

// claude returns a client of the SDK, which opens a span of its own for each
// call. Its requests go to a path that is recognized.
func claude(m *telemetry, steps ...roundTripper) anthropic.Client {
	return anthropic.NewClient(
		option.WithAPIKey("any"), option.WithTracerProvider(m.tracers),
		option.WithHTTPClient(&http.Client{Transport: instrument.NewTransport(scripted(steps...), m.options()...)}),
		option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			req.URL.Path = "/v1/models/claude:generateContent"
			return next(req)
		}),
	)
}

func claudeSays(contentType, body string) roundTripper {
	return func(*http.Request) (*http.Response, error) {
		res := respond(http.StatusOK, io.NopCloser(strings.NewReader(body)))
		res.Header.Set("Content-Type", contentType)
		return res, nil
	}
}

var claudeParams = anthropic.MessageNewParams{
	Model: "claude-opus-4-5", MaxTokens: 100,
	Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Up or down?"))},
}

// TestTransport_Claude has an SDK with spans of its own: each call is one span.
func TestTransport_Claude(t *testing.T) {
	t.Parallel()
	refused := refusing(http.StatusServiceUnavailable, "retry-after-ms", "1")
	for name, tt := range map[string]struct {
		steps    []roundTripper
		stream   bool
		attempts string
	}{
		"Unary":  {steps: []roundTripper{claudeSays("application/json", claudeWhole)}, attempts: "1"},
		"Stream": {steps: []roundTripper{claudeSays("text/event-stream", claudeStart+claudeEnd)}, stream: true, attempts: "1"},
		"Retry": {
			steps: []roundTripper{refused, refused, claudeSays("application/json", claudeWhole)}, attempts: "3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			client := claude(m, tt.steps...)
			ctx, analysis := m.start(t.Context(), t.Name())
			if tt.stream {
				stream := client.Messages.NewStreaming(ctx, claudeParams)
				for stream.Next() {
					require.NotEmpty(t, stream.Current().Type)
				}
				require.NoError(t, stream.Err())
			} else {
				_, err := client.Messages.New(ctx, claudeParams)
				require.NoError(t, err)
			}
			analysis.End()

			s := analysis.Summary()
			require.EqualValues(t, 1, s.Calls)
			require.EqualValues(t, 15, s.Input)
			span := m.span("anthropic.messages.create")
			require.Len(t, m.spans.Ended(), 2)
			require.Equal(t, codes.Ok, span.Status().Code)
			require.EqualValues(t, span.SpanContext().SpanID(), s.Breakdowns[0].Details[0].Key.Span)
			got := attributesOf(span)
			for key, want := range map[string]string{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic",
				"gen_ai.request.model": "claude-opus-4-5", "gen_ai.response.model": "claude-served",
				"gen_ai.usage.input_tokens": "15", "gen_ai.usage.output_tokens": "7",
				"gen_ai.usage.cache_read.input_tokens": "2",
				"spanledger.usage.status":              "reported", "spanledger.call.attempts": tt.attempts,
				"spanledger.analysis.id": t.Name(),
			} {
				require.Equal(t, want, got[key], key)
			}
			require.NotContains(t, got, "error.type")
		})
	}
}

// TestTransport_ClaudeLeft leaves a stream: the SDK ends its span before the
// body is closed, and what its span says is a lower bound.
func TestTransport_ClaudeLeft(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	client := claude(m, claudeSays("text/event-stream", claudeStart+claudeEnd))
	ctx, analysis := m.start(t.Context(), t.Name())
	stream := client.Messages.NewStreaming(ctx, claudeParams)
	require.True(t, stream.Next())
	require.NoError(t, stream.Close())
	analysis.End()
	require.EqualValues(t, 1, analysis.Summary().Calls)
	got := attributesOf(m.span("anthropic.messages.create"))
	require.Equal(t, "partial", got["spanledger.usage.status"])
	require.Equal(t, "15", got["gen_ai.usage.input_tokens"])
	require.Len(t, m.spans.Ended(), 2)
}

// TestTransport_ClaudeFailed gives up after its retries.
func TestTransport_ClaudeFailed(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]roundTripper{
		"Refused": refusing(http.StatusServiceUnavailable, "retry-after-ms", "1"), "Reset": broken,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			client := claude(m, step)
			ctx, analysis := m.start(t.Context(), t.Name())
			_, err := client.Messages.New(ctx, claudeParams)
			require.Error(t, err)
			analysis.End()
			s := analysis.Summary()
			require.EqualValues(t, 1, s.Calls)
			require.EqualValues(t, 1, s.Failed)
			require.Equal(t, 3, s.Breakdowns[0].Details[0].Attempts)
			span := m.span("anthropic.messages.create")
			require.Equal(t, codes.Error, span.Status().Code)
			require.Equal(t, "3", attributesOf(span)["spanledger.call.attempts"])
		})
	}
}
