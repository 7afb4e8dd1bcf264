// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
	spanledger "github.com/spanledger/spanledger/instrument/openai"
)

var question = openai.ChatCompletionNewParams{
	Model: "gpt-4o-mini", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Up or down?")},
}

func start(t *testing.T) instrumenttest.Target {
	t.Helper()
	fake, err := instrumenttest.StartOpenAI(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	return instrumenttest.Target{URL: fake.URL() + "/v1/", Key: "any"}
}

func record() (*tracetest.SpanRecorder, instrument.Option) {
	spans := tracetest.NewSpanRecorder()
	return spans, instrument.WithTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))
}

// TestOptions_OwnClient keeps the user's HTTP client and middlewares, wherever
// in the list they are.
func TestOptions_OwnClient(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]func(own, ours []option.RequestOption) []option.RequestOption{
		"Before": func(own, ours []option.RequestOption) []option.RequestOption { return append(own, ours...) },
		"After":  func(own, ours []option.RequestOption) []option.RequestOption { return append(ours, own...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := start(t)
			spans, recorder := record()
			transport := &http.Transport{}
			t.Cleanup(transport.CloseIdleConnections)
			seen := &counting{base: transport}
			passed := 0
			own := []option.RequestOption{
				option.WithBaseURL(target.URL), option.WithAPIKey("any"),
				option.WithHTTPClient(&http.Client{Transport: seen}),
				option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
					passed++
					return next(req)
				}),
			}
			client := openai.NewClient(order(own, spanledger.Options(recorder))...)
			_, err := client.Chat.Completions.New(t.Context(), question)
			require.NoError(t, err)
			require.Equal(t, []int{1, 1}, []int{seen.requests, passed})
			require.Len(t, spans.Ended(), 1)
			require.Equal(t, "chat gpt-4o-mini", spans.Ended()[0].Name())
		})
	}
}

type counting struct {
	base     http.RoundTripper
	requests int
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	c.requests++
	return c.base.RoundTrip(req)
}

// TestOptions_Twice has a call pass two layers of measuring.
func TestOptions_Twice(t *testing.T) {
	t.Parallel()
	target := start(t)
	spans, recorder := record()
	target.Options = []instrument.Option{recorder}
	client := newClient(t, target, spanledger.Options(recorder)...)
	_, err := client.Chat.Completions.New(t.Context(), question)
	require.NoError(t, err)
	require.Len(t, spans.Ended(), 1)
}

// TestOptions_SameBytes compares what the SDK makes of a stand-in's answers, to
// the byte, with what the bare SDK makes of another's.
func TestOptions_SameBytes(t *testing.T) {
	t.Parallel()
	require.Equal(t, answers(t, true), answers(t, false))
}

func answers(t *testing.T, bare bool) (raw []string) {
	t.Helper()
	target := start(t)
	target.Bare = bare
	client := newClient(t, target)
	var res *http.Response
	chat, err := client.Chat.Completions.New(t.Context(), question, option.WithResponseInto(&res))
	require.NoError(t, err)
	raw = append(raw, chat.RawJSON(), res.Status, res.Header.Get("X-Request-Id"), res.Request.URL.Path)
	chunks := client.Chat.Completions.NewStreaming(t.Context(), question)
	for chunks.Next() {
		chunk := chunks.Current()
		raw = append(raw, chunk.RawJSON())
	}
	require.NoError(t, chunks.Err())
	return raw
}

// TestOptions_Redirect follows a redirect within one attempt.
func TestOptions_Redirect(t *testing.T) {
	t.Parallel()
	fake := instrumenttest.NewOpenAI()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/chat/completions" && r.URL.RawQuery == "" {
			http.Redirect(w, r, r.URL.Path+"?again", http.StatusTemporaryRedirect)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	client := newClient(t, instrumenttest.Target{URL: server.URL + "/v1/", Key: "any"})
	ctx, analysis := instrument.StartAnalysis(t.Context(), "")
	defer analysis.End()
	_, err := client.Chat.Completions.New(ctx, question)
	require.NoError(t, err)
	summary := analysis.Summary()
	require.EqualValues(t, 1, summary.Calls)
	require.EqualValues(t, fake.Usage().Input(), summary.Input)
	require.EqualValues(t, fake.Usage().Output(), summary.Output)
}
