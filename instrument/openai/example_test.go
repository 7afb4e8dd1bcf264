// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"context"
	"fmt"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
	spanledger "github.com/spanledger/spanledger/instrument/openai"
)

// up is what the stand-in answers.
func up(instrumenttest.Request) instrumenttest.Answer {
	return instrumenttest.Answer{Text: "The price goes up."}
}

// The options measure all that the client does.
func ExampleOptions() {
	ctx := context.Background()
	standIn, err := instrumenttest.StartOpenAI(ctx, instrumenttest.WithResponder(up)) // in place of the real API
	if err != nil {
		fmt.Println(err)
		return
	}
	defer standIn.Close()

	client := openai.NewClient(append(spanledger.Options(),
		option.WithAPIKey("any"), option.WithBaseURL(standIn.URL()+"/v1/"))...)

	ctx, analysis := instrument.StartAnalysis(ctx, "analysis_123", instrument.WithSubject("RELIANCE"))
	defer analysis.End()
	_, err = client.Chat.Completions.New(
		instrument.ContextWithCallType(ctx, "indicator_summary"), openai.ChatCompletionNewParams{
			Model:    "gpt-4o-mini",
			Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Up or down?")},
		})
	if err != nil {
		fmt.Println(err)
	}

	part := analysis.Summary().Breakdowns[0]
	fmt.Println(part.CallType, "used", part.InputTokens(), "tokens in and", part.OutputTokens(), "out")
	// Output: indicator_summary used 3 tokens in and 5 out
}

// A streamed chat completion reports its tokens when the request asks for them.
func ExampleOptions_stream() {
	ctx := context.Background()
	standIn, err := instrumenttest.StartOpenAI(ctx, instrumenttest.WithResponder(up)) // in place of the real API
	if err != nil {
		fmt.Println(err)
		return
	}
	defer standIn.Close()
	client := openai.NewClient(append(spanledger.Options(),
		option.WithAPIKey("any"), option.WithBaseURL(standIn.URL()+"/v1/"))...)

	ctx, analysis := instrument.StartAnalysis(ctx, "analysis_124")
	defer analysis.End()
	stream := client.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
		Model:         "gpt-4o-mini",
		Messages:      []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Up or down?")},
		StreamOptions: openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)},
	})
	for stream.Next() {
		choices := stream.Current().Choices
		for i := range choices {
			fmt.Print(choices[i].Delta.Content)
		}
	}
	fmt.Println()

	summary := analysis.Summary()
	fmt.Println(summary.Input, "tokens in and", summary.Output, "out")
	// Output:
	// The price goes up.
	// 3 tokens in and 5 out
}
