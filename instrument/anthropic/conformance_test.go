// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"context"
	"encoding/base64"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	spanledger "github.com/spanledger/spanledger/instrument/anthropic"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	instrumenttest.RunConformance(t, instrumenttest.AnthropicAPI(), func(
		t *testing.T, target instrumenttest.Target,
	) instrumenttest.Client {
		t.Helper()
		return conforming{newClient(t, target)}
	})
}

// newClient returns a client for a stand-in, whose connections end with the test.
func newClient(t *testing.T, target instrumenttest.Target, opts ...option.RequestOption) anthropic.Client {
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
	return anthropic.NewClient(opts...)
}

// conforming is the SDK as the suite wants it.
type conforming struct{ client anthropic.Client }

func (c conforming) Generate(ctx context.Context, p instrumenttest.Prompt) (string, error) {
	if p.SilentStream {
		return "", instrumenttest.ErrUnsupported
	}
	res, err := c.client.Messages.New(ctx, params(p))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for i := range res.Content {
		text.WriteString(res.Content[i].Text)
	}
	return text.String(), nil
}

func (c conforming) Stream(ctx context.Context, p instrumenttest.Prompt) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if p.SilentStream {
			yield("", instrumenttest.ErrUnsupported)
			return
		}
		stream := c.client.Messages.NewStreaming(ctx, params(p))
		defer stream.Close()
		for stream.Next() {
			event := stream.Current()
			if !yield(event.Delta.Text, nil) {
				return
			}
		}
		if err := stream.Err(); err != nil {
			yield("", err)
		}
	}
}

func params(p instrumenttest.Prompt) anthropic.MessageNewParams {
	blocks := []anthropic.ContentBlockParamUnion{anthropic.NewTextBlock(p.Text)}
	for range p.Images {
		image := base64.StdEncoding.EncodeToString(instrumenttest.PNG())
		blocks = append(blocks, anthropic.NewImageBlockBase64("image/png", image))
	}
	params := anthropic.MessageNewParams{
		Model: p.Model, MaxTokens: 4096, Messages: []anthropic.MessageParam{anthropic.NewUserMessage(blocks...)},
	}
	if p.CachedContent != "" {
		params.System = []anthropic.TextBlockParam{{
			Text: p.CachedContent, CacheControl: anthropic.NewCacheControlEphemeralParam(),
		}}
	}
	if p.Thinking {
		params.Thinking = anthropic.ThinkingConfigParamOfEnabled(1024)
	}
	if p.CodeExecution {
		params.Tools = []anthropic.ToolUnionParam{{
			OfCodeExecutionTool20250825: &anthropic.CodeExecutionTool20250825Param{},
		}}
	}
	return params
}
