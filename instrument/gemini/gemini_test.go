// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestInstrument_RefusesWhatItCannotHook(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, gemini.Instrument(nil), gemini.ErrClient)
	require.ErrorIs(t, gemini.Instrument(&genai.Client{}), gemini.ErrClient)

	shared, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: "secret", Backend: genai.BackendGeminiAPI, HTTPClient: http.DefaultClient,
	})
	require.NoError(t, err)
	err = gemini.Instrument(shared)
	require.ErrorIs(t, err, gemini.ErrClient)
	require.NotContains(t, err.Error(), "secret")
	require.Nil(t, http.DefaultClient.Transport)
}

func TestInstrument_Twice(t *testing.T) {
	t.Parallel()
	client, spans, fake := start(t)
	require.NoError(t, gemini.Instrument(client))
	_, err := client.Models.GenerateContent(t.Context(), "gemini-2.0-flash", genai.Text("Hi"), nil)
	require.NoError(t, err)
	require.Len(t, fake.Exchanges(), 1)
	require.Len(t, spans.Ended(), 1)
}

// TestInstrument_Methods covers the ways into the SDK beside Models.
func TestInstrument_Methods(t *testing.T) {
	t.Parallel()
	client, spans, fake := start(t)
	chat, err := client.Chats.Create(t.Context(), "gemini-2.5-flash", nil, nil)
	require.NoError(t, err)
	_, err = chat.SendMessage(t.Context(), genai.Part{Text: "Hello there"})
	require.NoError(t, err)
	for _, err := range chat.SendMessageStream(t.Context(), genai.Part{Text: "And now?"}) {
		require.NoError(t, err)
	}
	_, err = client.Models.EmbedContent(t.Context(), "gemini-embedding-001", genai.Text("Hi"), nil)
	require.NoError(t, err)
	_, err = client.Models.CountTokens(t.Context(), "gemini-2.0-flash", genai.Text("Hi"), nil)
	require.NoError(t, err)

	require.Len(t, fake.Exchanges(), 4)
	var names []string
	for _, s := range spans.Ended() {
		names = append(names, s.Name())
	}
	require.Equal(t, []string{
		"generate_content gemini-2.5-flash", "generate_content gemini-2.5-flash", "embeddings gemini-embedding-001",
	}, names, "counting tokens is free and no call")
}

// TestInstrument_Vertex goes to Vertex AI, whose transport adds credentials.
func TestInstrument_Vertex(t *testing.T) {
	t.Parallel()
	fake, err := instrumenttest.StartGemini(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		Backend: genai.BackendVertexAI, Project: "p", Location: "europe-west4",
		HTTPClient:  &http.Client{Transport: bearer{base}},
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
	})
	require.NoError(t, err)
	require.NoError(t, gemini.Instrument(client))

	ctx, analysis := instrument.StartAnalysis(t.Context(), "")
	defer analysis.End()
	for _, model := range []string{
		"gemini-2.0-flash", "publishers/google/models/gemini-2.0-flash",
		"projects/p/locations/europe-west4/publishers/google/models/gemini-2.0-flash",
	} {
		_, err = client.Models.GenerateContent(ctx, model, genai.Text("Hi"), nil)
		require.NoError(t, err)
	}
	calls := analysis.Summary().Breakdowns[0].Details
	require.Len(t, calls, 3)
	for i, call := range calls {
		require.Equal(t, "gcp.vertex_ai", call.Provider)
		require.Equal(t, "gemini-2.0-flash", call.RequestModel)
		require.Equal(t, "standard", call.ServiceTier)
		require.Equal(t, int64(fake.Exchanges()[i].Usage.Input()), call.Usage.Input.OrZero())
	}
}

type bearer struct{ http.RoundTripper }

func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer token")
	return b.RoundTripper.RoundTrip(req)
}

// TestInstrument_LeavingAStreamIsNoFailure breaks out of a loop while the
// SDK's own time-out runs; the SDK closes the stream and cancels its context.
func TestInstrument_LeavingAStreamIsNoFailure(t *testing.T) {
	t.Parallel()
	client, spans, _ := start(t)
	timeout := time.Minute
	config := &genai.GenerateContentConfig{HTTPOptions: &genai.HTTPOptions{Timeout: &timeout}}
	ctx, analysis := instrument.StartAnalysis(t.Context(), "")
	defer analysis.End()
	for _, err := range client.Models.GenerateContentStream(ctx, "gemini-2.0-flash", genai.Text("Hi"), config) {
		require.NoError(t, err)
		break
	}
	require.Len(t, spans.Ended(), 1)
	summary := analysis.Summary()
	require.Zero(t, summary.Failed)
	require.EqualValues(t, 1, summary.Partial)
}

func start(t *testing.T) (*genai.Client, *tracetest.SpanRecorder, *instrumenttest.Gemini) {
	t.Helper()
	fake, err := instrumenttest.StartGemini(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	client, spans := newClient(t, fake.URL(), "any"), tracetest.NewSpanRecorder()
	tracers := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	require.NoError(t, gemini.Instrument(client, instrument.WithTracerProvider(tracers)))
	return client, spans, fake
}
