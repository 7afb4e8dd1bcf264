// SPDX-License-Identifier: Apache-2.0

package generativeai_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/generative-ai-go/genai"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/api/option"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/generativeai"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

const key = "canary-key-11d0"

func TestClientOptions_EmptyKey(t *testing.T) {
	t.Parallel()
	_, err := genai.NewClient(t.Context(), generativeai.ClientOptions("")...)
	require.ErrorContains(t, err, "API Key")
}

// TestClientOptions_Methods covers the ways into the SDK beside the plain
// calls of the conformance suite.
func TestClientOptions_Methods(t *testing.T) {
	t.Parallel()
	fake, spans, client := start(t)
	model := client.GenerativeModel("gemini-2.0-flash")
	chat := model.StartChat()
	for range 2 {
		_, err := chat.SendMessage(t.Context(), genai.Text("Hello there"))
		require.NoError(t, err)
	}
	_, err := model.CountTokens(t.Context(), genai.Text("Hello there"))
	require.NoError(t, err)
	_, err = client.EmbeddingModel("text-embedding-004").EmbedContent(t.Context(), genai.Text("Hello there"))
	require.NoError(t, err)

	exchanges := fake.Exchanges()
	require.Len(t, exchanges, 4)
	for i := range exchanges {
		require.True(t, exchanges[i].KeyInHeader)
		require.False(t, exchanges[i].KeyInURL)
	}
	var names []string
	for _, s := range spans.Ended() {
		names = append(names, s.Name())
	}
	require.Equal(t, []string{
		"generate_content gemini-2.0-flash", "generate_content gemini-2.0-flash", "embeddings text-embedding-004",
	}, names)
}

// TestClientOptions_Retries pins what the SDK does after a 503, and how one
// call is made of it.
func TestClientOptions_Retries(t *testing.T) {
	t.Parallel()
	fake, spans, client := start(t)
	fake.Fail(1, instrumenttest.Fault{Status: http.StatusServiceUnavailable})
	ctx, call := instrument.Start(t.Context(), instrument.CallStart{
		Provider: "gcp.gemini", Operation: "generate_content", Model: "gemini-2.0-flash",
	})
	_, err := client.GenerativeModel("gemini-2.0-flash").GenerateContent(ctx, genai.Text("Hello there"))
	require.NoError(t, err)
	call.End(instrument.CallResult{})
	require.Len(t, fake.Exchanges(), 2)
	require.Empty(t, spans.Ended(), "both requests were attempts of the started call")
}

func start(t *testing.T) (*instrumenttest.Gemini, *tracetest.SpanRecorder, *genai.Client) {
	t.Helper()
	fake, err := instrumenttest.StartGemini(t.Context(), instrumenttest.WithKey(key))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	spans := tracetest.NewSpanRecorder()
	tracers := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	return fake, spans, newClient(
		t,
		fake.URL(),
		generativeai.ClientOptions(key, instrument.WithTracerProvider(tracers)),
	)
}

// TestClientOptions_KeyOfOtherServices looks at the requests that are no calls
// to a model: those of files, of models and of the uploads' discovery client.
func TestClientOptions_KeyOfOtherServices(t *testing.T) {
	t.Parallel()
	requests := make(chan *http.Request, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, generativeai.ClientOptions(key))
	_, uploaded := client.UploadFile(t.Context(), "", strings.NewReader("a"), nil)
	_, got := client.GetFile(t.Context(), "files/a")
	_, listed := client.ListModels(t.Context()).Next()
	for _, err := range []error{uploaded, got, listed, client.DeleteFile(t.Context(), "files/a")} {
		require.Error(t, err)
		require.NotContains(t, err.Error(), key)
	}
	close(requests)
	require.Len(t, requests, 4)
	for r := range requests {
		require.Equal(t, key, r.Header.Get("X-Goog-Api-Key"), r.URL.Path)
		require.NotContains(t, r.URL.String(), key)
	}
}

// TestClientOptions_Redirect has the server send the client elsewhere: the key
// does not go along.
func TestClientOptions_Redirect(t *testing.T) {
	t.Parallel()
	keys := make(chan string, 2)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys <- r.Header.Get("X-Goog-Api-Key")
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys <- r.Header.Get("X-Goog-Api-Key")
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, append(generativeai.ClientOptions(key), option.WithUserAgent("test")))
	_, err := client.GenerativeModel("gemini-2.0-flash").GenerateContent(t.Context(), genai.Text("Hello there"))
	require.Error(t, err)
	require.Equal(t, key, <-keys)
	require.Empty(t, <-keys)
}
