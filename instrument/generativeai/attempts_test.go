// SPDX-License-Identifier: Apache-2.0

package generativeai_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/generative-ai-go/genai"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// TestClientOptions_RetriesAreOneCall lets the SDK try again, and give up with
// its context.
func TestClientOptions_RetriesAreOneCall(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(context.Context, *genai.Client) error{
		"Generate": func(ctx context.Context, client *genai.Client) error {
			_, err := client.GenerativeModel("gemini-2.0-flash").GenerateContent(ctx, genai.Text("Hi"))
			return err //nolint:wrapcheck // only whether there is one counts
		},
		"Embed": func(ctx context.Context, client *genai.Client) error {
			_, err := client.EmbeddingModel("text-embedding-004").EmbedContent(ctx, genai.Text("Hi"))
			return err //nolint:wrapcheck // only whether there is one counts
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, _, client := start(t)
			ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name())
			defer analysis.End()
			fake.Fail(2, instrumenttest.Fault{Status: http.StatusServiceUnavailable})
			require.NoError(t, ask(ctx, client))
			detail := onlyCall(t, analysis)
			require.Equal(t, 3, detail.Attempts)
			require.True(t, detail.Succeeded())
			require.Equal(t, int64(fake.Usage().Input()), detail.Usage.Input.OrZero())
		})
	}
}

// TestClientOptions_EndlessRetries gives up: the one call failed.
func TestClientOptions_EndlessRetries(t *testing.T) {
	t.Parallel()
	fake, _, client := start(t)
	fake.Fail(-1, instrumenttest.Fault{Status: http.StatusServiceUnavailable})
	ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name())
	defer analysis.End()
	ctx, cancel := context.WithCancel(ctx)
	returned := make(chan error, 1)
	go func() {
		_, err := client.GenerativeModel("gemini-2.0-flash").GenerateContent(ctx, genai.Text("Hi"))
		returned <- err
	}()
	require.Eventually(t, func() bool { return len(fake.Exchanges()) >= 3 }, patience, tick)
	cancel()
	require.Error(t, <-returned)
	require.Eventually(t, func() bool { return analysis.Summary().Calls > 0 }, patience, tick)
	detail := onlyCall(t, analysis)
	require.Len(t, fake.Exchanges(), detail.Attempts)
	require.False(t, detail.Succeeded())
}

// TestClientOptions_NoRetries are failures that the SDK does not try again:
// they count at once.
func TestClientOptions_NoRetries(t *testing.T) {
	t.Parallel()
	t.Run("TooMany", func(t *testing.T) {
		t.Parallel()
		fake, _, client := start(t)
		fake.Fail(1, instrumenttest.Fault{Status: http.StatusTooManyRequests})
		ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name())
		defer analysis.End()
		_, err := client.GenerativeModel("gemini-2.0-flash").GenerateContent(ctx, genai.Text("Hi"))
		require.Error(t, err)
		require.Equal(t, "429", onlyCall(t, analysis).ErrorType)
	})
	t.Run("Stream", func(t *testing.T) {
		t.Parallel()
		fake, _, client := start(t)
		fake.Fail(1, instrumenttest.Fault{Status: http.StatusServiceUnavailable})
		ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name())
		defer analysis.End()
		_, err := client.GenerativeModel("gemini-2.0-flash").GenerateContentStream(ctx, genai.Text("Hi")).Next()
		require.Error(t, err)
		require.Equal(t, "503", onlyCall(t, analysis).ErrorType)
	})
}

// TestClientOptions_FirstChunk has a chat, of whose stream the SDK keeps the
// first piece's usage: the wire has the last.
func TestClientOptions_FirstChunk(t *testing.T) {
	t.Parallel()
	fake, _, client := start(t)
	ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name())
	defer analysis.End()
	chat := client.GenerativeModel("gemini-2.5-flash").StartChat()
	stream := chat.SendMessageStream(ctx, genai.Text("Where does the price go?"))
	for {
		if _, err := stream.Next(); err != nil {
			require.ErrorIs(t, err, iterator.Done)
			break
		}
	}
	want := fake.Usage()
	require.Less(t, int(stream.MergedResponse().UsageMetadata.CandidatesTokenCount), want.Candidates, "the trap")
	usage := onlyCall(t, analysis).Usage
	require.EqualValues(t, want.Output(), usage.Output.OrZero())
	require.EqualValues(t, want.Thoughts, usage.Reasoning.OrZero())
}

const (
	patience = 20 * time.Second
	tick     = time.Millisecond
)

func onlyCall(t *testing.T, analysis *instrument.Analysis) instrument.CallDetail {
	t.Helper()
	s := analysis.Summary()
	require.EqualValues(t, 1, s.Calls)
	return s.Breakdowns[0].Details[0]
}
