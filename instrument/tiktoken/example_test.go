// SPDX-License-Identifier: Apache-2.0

package tiktoken_test

import (
	"context"
	"fmt"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/tiktoken"
)

// A call whose provider reports no usage is counted with OpenAI's vocabulary.
func ExampleNew() {
	estimates := instrument.WithEstimator(tiktoken.New())
	ctx, analysis := instrument.StartAnalysis(context.Background(), "analysis_123")
	defer analysis.End()

	_, call := instrument.Start(ctx, instrument.CallStart{Provider: "openai", Model: "gpt-4o-mini"}, estimates)
	call.End(instrument.CallResult{Content: instrument.Content{
		Input: []instrument.Message{{Role: "user", Parts: []instrument.Part{{Type: "text", Content: "Up or down?"}}}},
		Output: []instrument.Message{
			{Role: "assistant", Parts: []instrument.Part{{Type: "text", Content: "It goes up."}}},
		},
	}})

	summary := analysis.Summary()
	fmt.Println(summary.InputTokens(), "in,", summary.OutputTokens(), "out,", summary.Estimated, "call estimated")
	// Output: 4 in, 4 out, 1 call estimated
}
