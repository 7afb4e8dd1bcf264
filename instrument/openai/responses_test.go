// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"context"
	"iter"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestConformance_Responses(t *testing.T) {
	t.Parallel()
	instrumenttest.RunConformance(t, instrumenttest.OpenAIResponsesAPI(), func(
		t *testing.T, target instrumenttest.Target,
	) instrumenttest.Client {
		t.Helper()
		return responding{newClient(t, target)}
	})
}

// responding is the SDK's responses as the suite wants them.
type responding struct{ client openai.Client }

func (c responding) Generate(ctx context.Context, p instrumenttest.Prompt) (string, error) {
	if p.SilentStream {
		return "", instrumenttest.ErrUnsupported
	}
	res, err := c.client.Responses.New(ctx, responseParams(p))
	if err != nil {
		return "", err
	}
	return res.OutputText(), nil
}

func (c responding) Stream(ctx context.Context, p instrumenttest.Prompt) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if p.SilentStream {
			yield("", instrumenttest.ErrUnsupported)
			return
		}
		stream := c.client.Responses.NewStreaming(ctx, responseParams(p))
		defer stream.Close()
		for stream.Next() {
			text := ""
			if event := stream.Current(); event.Type == "response.output_text.delta" {
				text = event.Delta
			}
			if !yield(text, nil) {
				return
			}
		}
		if err := stream.Err(); err != nil {
			yield("", err)
		}
	}
}

func (c responding) Embed(ctx context.Context, p instrumenttest.Prompt) error {
	return chat(c).Embed(ctx, p)
}

func responseParams(p instrumenttest.Prompt) responses.ResponseNewParams {
	parts := responses.ResponseInputMessageContentListParam{responses.ResponseInputContentParamOfInputText(p.Text)}
	for range p.Images {
		image := responses.ResponseInputContentParamOfInputImage(responses.ResponseInputImageDetailAuto)
		image.OfInputImage.ImageURL = openai.String(imageURL())
		parts = append(parts, image)
	}
	params := responses.ResponseNewParams{
		Model: p.Model,
		Input: responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
			responses.ResponseInputItemParamOfMessage(parts, responses.EasyInputMessageRoleUser),
		}},
	}
	if p.CachedContent != "" {
		params.PromptCacheKey = openai.String(p.CachedContent)
	}
	if p.Thinking {
		params.Reasoning = shared.ReasoningParam{Effort: shared.ReasoningEffortLow}
	}
	if p.CodeExecution {
		params.Tools = []responses.ToolUnionParam{responses.ToolParamOfCodeInterpreter("auto")}
	}
	return params
}
