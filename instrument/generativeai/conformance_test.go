// SPDX-License-Identifier: Apache-2.0

package generativeai_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/generative-ai-go/genai"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"

	"github.com/spanledger/spanledger/instrument/generativeai"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	api := instrumenttest.GeminiAPI().Without(instrumenttest.Retries)
	instrumenttest.RunConformance(t, api, func(t *testing.T, target instrumenttest.Target) instrumenttest.Client {
		t.Helper()
		options := generativeai.ClientOptions(target.Key, target.Options...)
		if target.Bare {
			options = []option.ClientOption{option.WithAPIKey(target.Key)}
		}
		return conforming{newClient(t, target.URL, options)}
	})
}

func newClient(t *testing.T, url string, options []option.ClientOption) *genai.Client {
	t.Helper()
	client, err := genai.NewClient(t.Context(), append(options, option.WithEndpoint(url))...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// conforming is the SDK as the suite wants it.
type conforming struct{ client *genai.Client }

func (c conforming) Generate(ctx context.Context, p instrumenttest.Prompt) (string, error) {
	if p.SilentStream {
		return "", instrumenttest.ErrUnsupported
	}
	res, err := c.model(p).GenerateContent(ctx, parts(p)...)
	if isBlocked(err) {
		return "", nil
	}
	return textOf(res), err
}

func (c conforming) Stream(ctx context.Context, p instrumenttest.Prompt) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if p.SilentStream {
			yield("", instrumenttest.ErrUnsupported)
			return
		}
		stream := c.model(p).GenerateContentStream(ctx, parts(p)...)
		for {
			res, err := stream.Next()
			if errors.Is(err, iterator.Done) || isBlocked(err) {
				return
			}
			if err != nil {
				yield("", err)
				return
			}
			if !yield(textOf(res), nil) {
				return
			}
		}
	}
}

func (c conforming) Embed(ctx context.Context, p instrumenttest.Prompt) error {
	_, err := c.client.EmbeddingModel(p.Model).EmbedContent(ctx, genai.Text(p.Text))
	return err
}

func (c conforming) model(p instrumenttest.Prompt) *genai.GenerativeModel {
	model := c.client.GenerativeModel(p.Model)
	model.CachedContentName = p.CachedContent
	if p.CodeExecution {
		model.Tools = []*genai.Tool{{CodeExecution: &genai.CodeExecution{}}}
	}
	return model
}

func parts(p instrumenttest.Prompt) []genai.Part {
	parts := []genai.Part{genai.Text(p.Text)}
	for range p.Images {
		parts = append(parts, genai.ImageData("png", instrumenttest.PNG()))
	}
	return parts
}

// isBlocked tells the error that the SDK makes of a blocked prompt, which is a
// good answer to the suite.
func isBlocked(err error) bool {
	var blocked *genai.BlockedError
	return errors.As(err, &blocked)
}

func textOf(res *genai.GenerateContentResponse) string {
	var text strings.Builder
	if res == nil {
		return ""
	}
	for _, c := range res.Candidates {
		if c.Content == nil {
			continue
		}
		for _, part := range c.Content.Parts {
			if t, ok := part.(genai.Text); ok {
				text.WriteString(string(t))
			}
		}
	}
	return text.String()
}
