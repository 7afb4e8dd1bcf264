// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"context"
	"iter"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// newGenAI returns a client of Google's current SDK.
func newGenAI(t *testing.T, fake *instrumenttest.Gemini) *genai.Client {
	t.Helper()
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey:      key,
		Backend:     genai.BackendGeminiAPI,
		HTTPClient:  httpClient(t),
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
	})
	require.NoError(t, err)
	return client
}

// newVertex returns a client that speaks to Vertex AI; its transport does what
// credentials would.
func newVertex(t *testing.T, fake *instrumenttest.Gemini) *genai.Client {
	t.Helper()
	authorized := httpClient(t)
	authorized.Transport = headerTransport{authorized.Transport, "Authorization", "Bearer token"}
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		Backend: genai.BackendVertexAI, Project: "p", Location: "europe-west4",
		HTTPClient:  authorized,
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
	})
	require.NoError(t, err)
	return client
}

// headerTransport adds one header to every request.
type headerTransport struct {
	base        http.RoundTripper
	name, value string
}

func (h headerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set(h.name, h.value)
	return h.base.RoundTrip(req)
}

// sameUsage holds the SDK's figures against the journal's.
func sameUsage(t *testing.T, want instrumenttest.Usage, got *genai.GenerateContentResponseUsageMetadata) {
	t.Helper()
	require.EqualValues(t, want.Prompt, got.PromptTokenCount)
	require.EqualValues(t, want.Candidates, got.CandidatesTokenCount)
	require.EqualValues(t, want.Thoughts, got.ThoughtsTokenCount)
	require.EqualValues(t, want.ToolUse, got.ToolUsePromptTokenCount)
	require.EqualValues(t, want.Cached, got.CachedContentTokenCount)
	require.EqualValues(t, want.Total, got.TotalTokenCount)
	details := map[genai.MediaModality]int32{}
	for _, d := range got.PromptTokensDetails {
		details[d.Modality] = d.TokenCount
	}
	require.EqualValues(t, want.PromptDetails.Text, details[genai.MediaModalityText])
	require.EqualValues(t, want.PromptDetails.Image, details[genai.MediaModalityImage])
}

func TestGenAI_Generate(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	client := newGenAI(t, fake)
	contents := []*genai.Content{genai.NewContentFromParts([]*genai.Part{
		genai.NewPartFromText("What does the chart show?"),
		genai.NewPartFromBytes([]byte{1, 2, 3}, "image/png"),
	}, genai.RoleUser)}
	res, err := client.Models.GenerateContent(t.Context(), model, contents, &genai.GenerateContentConfig{
		SystemInstruction: genai.NewContentFromText("Be brief.", genai.RoleUser),
		Tools:             []*genai.Tool{{CodeExecution: &genai.ToolCodeExecution{}}},
		ThinkingConfig:    &genai.ThinkingConfig{IncludeThoughts: true},
		CachedContent:     "cachedContents/c",
	})
	require.NoError(t, err)

	got := only(t, fake)
	require.NotEmpty(t, res.Text())
	require.NotEmpty(t, res.ExecutableCode())
	require.NotEmpty(t, res.CodeExecutionResult())
	require.True(t, res.Candidates[0].Content.Parts[0].Thought)
	require.Equal(t, genai.FinishReasonStop, res.Candidates[0].FinishReason)
	require.Equal(t, model, res.ModelVersion)
	require.Equal(t, got.ResponseID, res.ResponseID)
	require.Equal(t, "standard", res.SDKHTTPResponse.Headers.Get("X-Gemini-Service-Tier"))
	require.Equal(t, 7+3+258+instrumenttest.DefaultCachedTokens, got.Usage.Prompt)
	sameUsage(t, got.Usage, res.UsageMetadata)
	require.True(t, got.KeyInHeader)
	require.False(t, got.KeyInURL)
}

// drain reads a stream to its end and returns its text and last usage.
func drain(
	t *testing.T, stream iter.Seq2[*genai.GenerateContentResponse, error],
) (text string, last *genai.GenerateContentResponse) {
	t.Helper()
	for res, err := range stream {
		require.NoError(t, err)
		text, last = text+res.Text(), res
	}
	return text, last
}

func TestGenAI_Stream(t *testing.T) {
	t.Parallel()
	fake := startGemini(t, instrumenttest.WithChunks(6))
	client := newGenAI(t, fake)
	text, last := drain(t, client.Models.GenerateContentStream(t.Context(), model, genai.Text("Hello there"), nil))
	whole, err := client.Models.GenerateContent(t.Context(), model, genai.Text("Hello there"), nil)
	require.NoError(t, err)
	require.Equal(t, whole.Text(), text)
	require.Equal(t, whole.UsageMetadata, last.UsageMetadata)
	require.Equal(t, genai.FinishReasonStop, last.Candidates[0].FinishReason)
	sameUsage(t, fake.Exchanges()[0].Usage, last.UsageMetadata)
	require.Equal(t, 6, fake.Exchanges()[0].Events)
}

func TestGenAI_Chat(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	chat, err := newGenAI(t, fake).Chats.Create(t.Context(), "gemini-2.0-flash", nil, nil)
	require.NoError(t, err)
	first, err := chat.SendMessage(t.Context(), genai.Part{Text: "Hello there"})
	require.NoError(t, err)
	_, last := drain(t, chat.SendMessageStream(t.Context(), genai.Part{Text: "And now?"}))
	again, err := chat.SendMessage(t.Context(), genai.Part{Text: "Bye"})
	require.NoError(t, err)

	exchanges := fake.Exchanges()
	require.Len(t, exchanges, 3)
	for i, res := range []*genai.GenerateContentResponse{first, last, again} {
		sameUsage(t, exchanges[i].Usage, res.UsageMetadata)
	}
	require.Equal(t, helloCount+exchanges[0].Usage.Candidates+2, exchanges[1].Usage.Prompt, "the history is sent again")
	require.Len(t, chat.History(false), 9, "five messages, and the streamed one in four pieces")
}

func TestGenAI_Faults(t *testing.T) {
	t.Parallel()

	t.Run("Status", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		client := newGenAI(t, fake)
		for _, status := range []int{429, 503} {
			fake.Fail(1, instrumenttest.Fault{Status: status})
			_, err := client.Models.GenerateContent(t.Context(), model, genai.Text("Hi"), nil)
			var apiErr genai.APIError
			require.ErrorAs(t, err, &apiErr)
			require.Equal(t, status, apiErr.Code)
		}
	})
	t.Run("Blocked", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{BlockReason: "PROHIBITED_CONTENT"})
		res, err := newGenAI(t, fake).Models.GenerateContent(t.Context(), model, genai.Text("Hi"), nil)
		require.NoError(t, err)
		require.Empty(t, res.Candidates)
		require.Equal(t, genai.BlockedReasonProhibitedContent, res.PromptFeedback.BlockReason)
		require.EqualValues(t, 1, res.UsageMetadata.PromptTokenCount)
	})
	t.Run("MidStream", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{Status: 503, MidStream: true, After: 2})
		events, failed := 0, error(nil)
		for _, err := range newGenAI(t, fake).Models.GenerateContentStream(t.Context(), model, genai.Text("Hi"), nil) {
			if err != nil {
				failed = err
				break
			}
			events++
		}
		var apiErr genai.APIError
		require.ErrorAs(t, failed, &apiErr)
		require.Equal(t, 2, events)
	})
	t.Run("Cut", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{Cut: true, After: 1})
		failed := error(nil)
		for _, err := range newGenAI(t, fake).Models.GenerateContentStream(t.Context(), model, genai.Text("Hi"), nil) {
			if err != nil {
				failed = err
				break
			}
		}
		require.Error(t, failed)
	})
	t.Run("Garbage", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{Garbage: true})
		_, err := newGenAI(t, fake).Models.GenerateContent(t.Context(), model, genai.Text("Hi"), nil)
		require.Error(t, err)
	})
	t.Run("Slow", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := newGenAI(t, fake).Models.GenerateContent(ctx, model, genai.Text("Hi"), nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestGenAI_Embed(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	client := newGenAI(t, fake)
	contents := []*genai.Content{
		genai.NewContentFromText("Hello there", genai.RoleUser), genai.NewContentFromText("Bye", genai.RoleUser),
	}
	embed := func(model string, config *genai.EmbedContentConfig) [][]float32 {
		res, err := client.Models.EmbedContent(t.Context(), model, contents, config)
		require.NoError(t, err)
		return [][]float32{res.Embeddings[0].Values, res.Embeddings[1].Values}
	}
	first := embed("gemini-embedding-001", nil)
	require.Len(t, first[0], 768)
	require.NotEqual(t, first[0], first[1])
	require.Equal(t, first, embed("gemini-embedding-2", nil))
	require.Len(
		t,
		embed("gemini-embedding-2", &genai.EmbedContentConfig{OutputDimensionality: genai.Ptr[int32](16)})[0],
		16,
	)

	exchanges := fake.Exchanges()
	require.Equal(t, instrumenttest.KindBatchEmbed, exchanges[0].Kind)
	require.False(t, exchanges[0].Reported, "the first generation reports nothing")
	require.Equal(
		t,
		instrumenttest.Usage{Prompt: 4, PromptDetails: instrumenttest.Modalities{Text: 4}},
		exchanges[1].Usage,
	)
}

func TestGenAI_CountTokensAndModels(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	client := newGenAI(t, fake)
	count, err := client.Models.CountTokens(t.Context(), model, genai.Text("Hello there"), nil)
	require.NoError(t, err)
	require.EqualValues(t, helloCount, count.TotalTokens)

	one, err := client.Models.Get(t.Context(), model, nil)
	require.NoError(t, err)
	require.Equal(t, "models/"+model, one.Name)
	page, err := client.Models.List(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, page.Items, 7)
	require.Contains(t, page.Items[0].SupportedActions, "generateContent")
}

func TestGenAI_Caches(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	client := newGenAI(t, fake)
	created, err := client.Caches.Create(t.Context(), model, &genai.CreateCachedContentConfig{
		Contents: genai.Text("All the prices of last year, day by day."), TTL: time.Minute, DisplayName: "prices",
	})
	require.NoError(t, err)
	require.EqualValues(t, 10, created.UsageMetadata.TotalTokenCount)
	require.Equal(t, time.Minute, created.ExpireTime.Sub(created.CreateTime))
	got, err := client.Caches.Get(t.Context(), created.Name, nil)
	require.NoError(t, err)
	require.Equal(t, "prices", got.DisplayName)

	res, err := client.Models.GenerateContent(t.Context(), model, genai.Text("Hello there"),
		&genai.GenerateContentConfig{CachedContent: created.Name})
	require.NoError(t, err)
	require.EqualValues(t, 10, res.UsageMetadata.CachedContentTokenCount)
	require.EqualValues(t, helloCount+10, res.UsageMetadata.PromptTokenCount)

	_, err = client.Caches.Delete(t.Context(), created.Name, nil)
	require.NoError(t, err)
	_, err = client.Caches.Get(t.Context(), created.Name, nil)
	require.Error(t, err)
	require.Equal(t, res.UsageMetadata.TotalTokenCount, int32(fake.Usage().Total), "caches report no consumption")
}

func TestGenAI_Vertex(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	client := newVertex(t, fake)
	res, err := client.Models.GenerateContent(t.Context(), model, genai.Text("Hello there"), nil)
	require.NoError(t, err)
	require.Equal(t, genai.TrafficTypeOnDemand, res.UsageMetadata.TrafficType)
	text, last := drain(t, client.Models.GenerateContentStream(t.Context(), model, genai.Text("Hello there"), nil))
	require.Equal(t, res.Text(), text)
	require.Equal(t, res.UsageMetadata, last.UsageMetadata)
	count, err := client.Models.CountTokens(t.Context(), model, genai.Text("Hello there"), nil)
	require.NoError(t, err)
	require.EqualValues(t, helloCount, count.TotalTokens)
	embedded, err := client.Models.EmbedContent(t.Context(), "gemini-embedding-2", genai.Text("Hello there"), nil)
	require.NoError(t, err)
	require.Len(t, embedded.Embeddings[0].Values, 768)

	exchanges := fake.Exchanges()
	require.Equal(
		t,
		"/v1beta1/projects/p/locations/europe-west4/publishers/google/models/"+model+":generateContent",
		exchanges[0].Path,
	)
	for _, e := range exchanges {
		require.True(t, e.Vertex && e.BearerToken && !e.KeyInHeader && !e.KeyInURL)
	}
	require.Equal(t, helloCount, exchanges[3].Usage.Prompt)
}
