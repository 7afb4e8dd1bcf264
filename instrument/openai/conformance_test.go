// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"context"
	"encoding/base64"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
	spanledger "github.com/spanledger/spanledger/instrument/openai"
)

func TestConformance_Chat(t *testing.T) {
	t.Parallel()
	instrumenttest.RunConformance(t, instrumenttest.OpenAIChatAPI(), newChat)
}

// TestConformance_GeminiCompatible goes to Gemini with OpenAI's SDK.
func TestConformance_GeminiCompatible(t *testing.T) {
	t.Parallel()
	instrumenttest.RunConformance(t, instrumenttest.GeminiCompatibleAPI(), func(
		t *testing.T, target instrumenttest.Target,
	) instrumenttest.Client {
		t.Helper()
		return compatible{chat{newClient(t, target)}}
	})
}

func newChat(t *testing.T, target instrumenttest.Target) instrumenttest.Client {
	t.Helper()
	return chat{newClient(t, target)}
}

// newClient returns a client for a stand-in, whose connections end with the test.
func newClient(t *testing.T, target instrumenttest.Target, opts ...option.RequestOption) openai.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	opts = append(opts,
		option.WithBaseURL(target.URL), option.WithAPIKey(target.Key),
		option.WithHTTPClient(&http.Client{Transport: transport}),
	)
	if !target.Retries {
		opts = append(opts, option.WithMaxRetries(0))
	}
	if !target.Bare {
		opts = append(opts, spanledger.Options(target.Options...)...)
	}
	return openai.NewClient(opts...)
}

// chat is the SDK's chat completions as the suite wants them.
type chat struct{ client openai.Client }

func (c chat) Generate(ctx context.Context, p instrumenttest.Prompt) (string, error) {
	if p.CodeExecution {
		return "", instrumenttest.ErrUnsupported
	}
	res, err := c.client.Chat.Completions.New(ctx, chatParams(p))
	if err != nil {
		return "", err
	}
	return res.Choices[0].Message.Content, nil
}

func (c chat) Stream(ctx context.Context, p instrumenttest.Prompt) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if p.CodeExecution {
			yield("", instrumenttest.ErrUnsupported)
			return
		}
		params := chatParams(p)
		if !p.SilentStream {
			params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
		}
		stream := c.client.Chat.Completions.NewStreaming(ctx, params)
		defer stream.Close()
		for stream.Next() {
			if !yield(said(stream.Current().Choices), nil) {
				return
			}
		}
		if err := stream.Err(); err != nil {
			yield("", err)
		}
	}
}

// said joins what a chunk's choices say.
func said(choices []openai.ChatCompletionChunkChoice) string {
	var text strings.Builder
	for i := range choices {
		text.WriteString(choices[i].Delta.Content)
	}
	return text.String()
}

func (c chat) Embed(ctx context.Context, p instrumenttest.Prompt) error {
	_, err := c.client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: p.Model, Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String(p.Text)},
	})
	return err
}

func chatParams(p instrumenttest.Prompt) openai.ChatCompletionNewParams {
	parts := []openai.ChatCompletionContentPartUnionParam{openai.TextContentPart(p.Text)}
	for range p.Images {
		parts = append(
			parts,
			openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: imageURL()}),
		)
	}
	params := openai.ChatCompletionNewParams{
		Model: p.Model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(parts)},
	}
	if p.CachedContent != "" {
		params.PromptCacheKey = openai.String(p.CachedContent)
	}
	if p.Thinking {
		params.ReasoningEffort = shared.ReasoningEffortLow
	}
	return params
}

func imageURL() string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(instrumenttest.PNG())
}

// compatible is the SDK with Gemini behind it, which has less to ask for.
type compatible struct{ chat }

func (c compatible) Generate(ctx context.Context, p instrumenttest.Prompt) (string, error) {
	if p.CachedContent != "" || p.Thinking {
		return "", instrumenttest.ErrUnsupported
	}
	return c.chat.Generate(ctx, p)
}

func (c compatible) Stream(ctx context.Context, p instrumenttest.Prompt) iter.Seq2[string, error] {
	if p.CachedContent != "" || p.Thinking {
		return func(yield func(string, error) bool) { yield("", instrumenttest.ErrUnsupported) }
	}
	return c.chat.Stream(ctx, p)
}
