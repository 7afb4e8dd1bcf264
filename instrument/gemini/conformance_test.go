// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	instrumenttest.RunConformance(
		t,
		instrumenttest.GeminiAPI(),
		func(t *testing.T, target instrumenttest.Target) instrumenttest.Client {
			t.Helper()
			client := newClient(t, target.URL, target.Key)
			if target.Retries {
				soon := 0.001 // seconds
				client = newClientWith(t, target.Key, genai.HTTPOptions{
					BaseURL: target.URL, RetryOptions: &genai.HTTPRetryOptions{InitialDelay: &soon, MaxDelay: &soon},
				})
			}
			if !target.Bare {
				require.NoError(t, gemini.Instrument(client, target.Options...))
			}
			return conforming{client}
		},
	)
}

// newClient returns a client for a stand-in, whose connections end with the test.
func newClient(t *testing.T, url, key string) *genai.Client {
	t.Helper()
	return newClientWith(t, key, genai.HTTPOptions{BaseURL: url})
}

func newClientWith(t *testing.T, key string, options genai.HTTPOptions) *genai.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey:      key,
		Backend:     genai.BackendGeminiAPI,
		HTTPClient:  &http.Client{Transport: transport},
		HTTPOptions: options,
	})
	require.NoError(t, err)
	return client
}

// conforming is the SDK as the suite wants it.
type conforming struct{ client *genai.Client }

func (c conforming) Generate(ctx context.Context, p instrumenttest.Prompt) (string, error) {
	if p.SilentStream {
		return "", instrumenttest.ErrUnsupported
	}
	res, err := c.client.Models.GenerateContent(ctx, p.Model, contents(p), config(p))
	if err != nil {
		return "", err
	}
	return textOf(res), nil
}

func (c conforming) Stream(ctx context.Context, p instrumenttest.Prompt) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if p.SilentStream {
			yield("", instrumenttest.ErrUnsupported)
			return
		}
		for res, err := range c.client.Models.GenerateContentStream(ctx, p.Model, contents(p), config(p)) {
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
	_, err := c.client.Models.EmbedContent(ctx, p.Model, genai.Text(p.Text), nil)
	return err
}

func contents(p instrumenttest.Prompt) []*genai.Content {
	parts := []*genai.Part{genai.NewPartFromText(p.Text)}
	for range p.Images {
		parts = append(parts, genai.NewPartFromBytes(instrumenttest.PNG(), "image/png"))
	}
	return []*genai.Content{genai.NewContentFromParts(parts, genai.RoleUser)}
}

func config(p instrumenttest.Prompt) *genai.GenerateContentConfig {
	config := &genai.GenerateContentConfig{CachedContent: p.CachedContent}
	if p.CodeExecution {
		config.Tools = []*genai.Tool{{CodeExecution: &genai.ToolCodeExecution{}}}
	}
	return config
}

// textOf joins the text parts; the SDK's own Text logs about all others.
func textOf(res *genai.GenerateContentResponse) string {
	var text strings.Builder
	for _, c := range res.Candidates {
		if c.Content == nil {
			continue
		}
		for _, part := range c.Content.Parts {
			text.WriteString(part.Text)
		}
	}
	return text.String()
}
