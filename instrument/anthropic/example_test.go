// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"context"
	"fmt"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/spanledger/spanledger/instrument"
	spanledger "github.com/spanledger/spanledger/instrument/anthropic"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// up is what the stand-in answers.
func up(instrumenttest.Request) instrumenttest.Answer {
	return instrumenttest.Answer{Text: "The price goes up."}
}

// The options measure all that the client does. What a cache holds is part of
// the input.
func ExampleOptions() {
	ctx := context.Background()
	standIn, err := instrumenttest.StartAnthropic(ctx, instrumenttest.WithResponder(up)) // in place of the real API
	if err != nil {
		fmt.Println(err)
		return
	}
	defer standIn.Close()

	client := anthropic.NewClient(append(spanledger.Options(),
		option.WithAPIKey("any"), option.WithBaseURL(standIn.URL()))...)

	ctx, analysis := instrument.StartAnalysis(ctx, "analysis_123", instrument.WithSubject("RELIANCE"))
	defer analysis.End()
	for range 2 {
		_, err = client.Messages.New(ctx, anthropic.MessageNewParams{
			Model: anthropic.ModelClaudeHaiku4_5, MaxTokens: 1024,
			System: []anthropic.TextBlockParam{{
				Text: "Be brief.", CacheControl: anthropic.NewCacheControlEphemeralParam(),
			}},
			Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Up or down?"))},
		})
		if err != nil {
			fmt.Println(err)
		}
	}

	summary := analysis.Summary()
	fmt.Println(summary.Input, "tokens in and", summary.Output, "out")
	fmt.Println(summary.CacheWrite, "written to the cache,", summary.CacheRead, "read from it")
	// Output:
	// 12 tokens in and 10 out
	// 3 written to the cache, 3 read from it
}
