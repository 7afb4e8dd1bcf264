// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/generative-ai-go/genai"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// newGenerativeAI returns a client of Google's earlier SDK. With an own HTTP
// client the SDK drops the key, so the transport adds it as a header.
func newGenerativeAI(t *testing.T, fake *instrumenttest.Gemini) *genai.Client {
	t.Helper()
	withKey := httpClient(t)
	withKey.Transport = headerTransport{withKey.Transport, "X-Goog-Api-Key", key}
	client, err := genai.NewClient(t.Context(),
		option.WithEndpoint(fake.URL()), option.WithHTTPClient(withKey), option.WithAPIKey(key))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// sameOldUsage holds what the SDK keeps of the usage against the journal.
func sameOldUsage(t *testing.T, want instrumenttest.Usage, got *genai.UsageMetadata) {
	t.Helper()
	require.EqualValues(t, want.Prompt, got.PromptTokenCount)
	require.EqualValues(t, want.Cached, got.CachedContentTokenCount)
	require.EqualValues(t, want.Candidates, got.CandidatesTokenCount)
	require.EqualValues(t, want.Total, got.TotalTokenCount)
}

func TestGenerativeAI_Generate(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	m := newGenerativeAI(t, fake).GenerativeModel(model)
	m.Tools = []*genai.Tool{{CodeExecution: &genai.CodeExecution{}}}
	m.SystemInstruction = genai.NewUserContent(genai.Text("Be brief."))
	m.CachedContentName = "cachedContents/c"
	m.SetCandidateCount(1)
	res, err := m.GenerateContent(t.Context(),
		genai.Text("What does the chart show?"), genai.ImageData("png", []byte{1, 2, 3}))
	require.NoError(t, err)

	got := only(t, fake)
	sameOldUsage(t, got.Usage, res.UsageMetadata)
	require.Equal(t, 7+3+258+instrumenttest.DefaultCachedTokens, got.Usage.Prompt)
	require.Positive(t, got.Usage.Thoughts)
	require.Equal(t, genai.FinishReasonStop, res.Candidates[0].FinishReason)
	parts := res.Candidates[0].Content.Parts
	require.Equal(t, genai.ExecutableCodePython, parts[0].(*genai.ExecutableCode).Language)
	require.Equal(t, genai.CodeExecutionResultOutcomeOK, parts[1].(*genai.CodeExecutionResult).Outcome)
	require.NotEmpty(t, parts[2].(genai.Text))
	require.True(t, got.KeyInHeader)
	require.False(t, got.KeyInURL)
}

// drainOld reads a stream to its end and returns its text and last usage.
func drainOld(t *testing.T, stream *genai.GenerateContentResponseIterator) (string, *genai.UsageMetadata) {
	t.Helper()
	var text strings.Builder
	usage := (*genai.UsageMetadata)(nil)
	for {
		res, err := stream.Next()
		if errors.Is(err, iterator.Done) {
			return text.String(), usage
		}
		require.NoError(t, err)
		usage = res.UsageMetadata
		for _, p := range res.Candidates[0].Content.Parts {
			piece, _ := p.(genai.Text)
			text.WriteString(string(piece))
		}
	}
}

func TestGenerativeAI_Stream(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	m := newGenerativeAI(t, fake).GenerativeModel(model)
	text, usage := drainOld(t, m.GenerateContentStream(t.Context(), genai.Text("Hello there")))
	whole, err := m.GenerateContent(t.Context(), genai.Text("Hello there"))
	require.NoError(t, err)

	exchanges := fake.Exchanges()
	require.EqualValues(t, whole.Candidates[0].Content.Parts[0], text)
	require.Equal(t, exchanges[1].Usage, exchanges[0].Usage)
	sameOldUsage(t, exchanges[0].Usage, usage)
	require.Equal(t, 4, exchanges[0].Events)
}

func TestGenerativeAI_Chat(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	chat := newGenerativeAI(t, fake).GenerativeModel("gemini-2.0-flash").StartChat()
	_, err := chat.SendMessage(t.Context(), genai.Text("Hello there"))
	require.NoError(t, err)
	_, usage := drainOld(t, chat.SendMessageStream(t.Context(), genai.Text("And now?")))
	_, err = chat.SendMessage(t.Context(), genai.Text("Bye"))
	require.NoError(t, err)

	exchanges := fake.Exchanges()
	require.Len(t, exchanges, 3)
	for _, e := range exchanges {
		require.True(t, e.Stream, "this SDK's chats always stream")
	}
	sameOldUsage(t, exchanges[1].Usage, usage)
	require.Len(t, chat.History, 6)
	require.Greater(t, exchanges[1].Usage.Prompt, exchanges[0].Usage.Prompt)
}

func TestGenerativeAI_Faults(t *testing.T) {
	t.Parallel()

	t.Run("RetriesUnavailableByItself", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{Status: http.StatusServiceUnavailable})
		_, err := newGenerativeAI(t, fake).GenerativeModel(model).GenerateContent(t.Context(), genai.Text("Hi"))
		require.NoError(t, err)
		require.Len(t, fake.Exchanges(), 2)
	})
	t.Run("TooManyRequests", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(2, instrumenttest.Fault{Status: http.StatusTooManyRequests})
		m := newGenerativeAI(t, fake).GenerativeModel(model)
		_, unary := m.GenerateContent(t.Context(), genai.Text("Hi"))
		_, streamed := m.GenerateContentStream(t.Context(), genai.Text("Hi")).Next()
		for _, err := range []error{unary, streamed} {
			var apiErr *googleapi.Error
			require.ErrorAs(t, err, &apiErr)
			require.Equal(t, http.StatusTooManyRequests, apiErr.Code)
			require.Contains(t, apiErr.Message, "Quota")
		}
	})
	t.Run("Blocked", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{BlockReason: "SAFETY"})
		_, err := newGenerativeAI(t, fake).GenerativeModel(model).GenerateContent(t.Context(), genai.Text("Hi"))
		var blocked *genai.BlockedError
		require.ErrorAs(t, err, &blocked)
		require.Equal(t, genai.BlockReasonSafety, blocked.PromptFeedback.BlockReason)
	})
	t.Run("Cut", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{Cut: true, After: 1})
		stream := newGenerativeAI(t, fake).GenerativeModel(model).GenerateContentStream(t.Context(), genai.Text("Hi"))
		_, err := stream.Next()
		require.NoError(t, err)
		_, err = stream.Next()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
	t.Run("Slow", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := newGenerativeAI(t, fake).GenerativeModel(model).GenerateContent(ctx, genai.Text("Hi"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestGenerativeAI_CountEmbedModels(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	client := newGenerativeAI(t, fake)
	count, err := client.GenerativeModel(model).CountTokens(t.Context(), genai.Text("Hello there"))
	require.NoError(t, err)
	require.EqualValues(t, helloCount, count.TotalTokens)

	em := client.EmbeddingModel("gemini-embedding-2")
	one, err := em.EmbedContent(t.Context(), genai.Text("Hello there"))
	require.NoError(t, err)
	require.Len(t, one.Embedding.Values, 768)
	both := em.NewBatch().AddContent(genai.Text("Hello there")).AddContent(genai.Text("Bye"))
	batch, err := em.BatchEmbedContents(t.Context(), both)
	require.NoError(t, err)
	require.Len(t, batch.Embeddings, 2)
	require.Equal(t, one.Embedding.Values, batch.Embeddings[0].Values)
	require.Equal(t, helloCount, fake.Exchanges()[1].Usage.Prompt)
	require.Equal(t, helloCount+1, fake.Exchanges()[2].Usage.Prompt)

	info, err := client.GenerativeModel(model).Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, "models/"+model, info.Name)
	models, n := client.ListModels(t.Context()), 0
	for _, err = models.Next(); err == nil; _, err = models.Next() {
		n++
	}
	require.ErrorIs(t, err, iterator.Done)
	require.Equal(t, 7, n)
}

// TestGenerativeAI_KeyInURL shows that the journal catches a client that puts
// its key where logs and proxies see it.
func TestGenerativeAI_KeyInURL(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	client, err := genai.NewClient(t.Context(),
		option.WithEndpoint(fake.URL()), option.WithAPIKey(key), option.WithTelemetryDisabled())
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	_, err = client.GenerativeModel(model).GenerateContent(t.Context(), genai.Text("Hi"))
	require.NoError(t, err)
	require.True(t, only(t, fake).KeyInURL)
}
