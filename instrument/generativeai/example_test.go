// SPDX-License-Identifier: Apache-2.0

package generativeai_test

import (
	"context"
	"fmt"

	"github.com/google/generative-ai-go/genai"
	"google.golang.org/api/option"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/generativeai"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// up is what the stand-in answers.
func up(instrumenttest.Request) instrumenttest.Answer {
	return instrumenttest.Answer{Text: "The price goes up."}
}

// The options take the place of option.WithAPIKey.
func ExampleClientOptions() {
	ctx := context.Background()
	standIn, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(up)) // in place of the real API
	if err != nil {
		fmt.Println(err)
		return
	}
	defer standIn.Close()

	options := generativeai.ClientOptions("api-key")
	client, err := genai.NewClient(ctx, append(options, option.WithEndpoint(standIn.URL()))...)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx, analysis := instrument.StartAnalysis(ctx, "analysis_123")
	defer analysis.End()
	if _, err := client.GenerativeModel("gemini-2.0-flash").
		GenerateContent(ctx, genai.Text("Up or down?")); err != nil {
		fmt.Println(err)
	}

	part := analysis.Summary().Breakdowns[0]
	fmt.Println(part.CallType, "used", part.InputTokens(), "tokens in and", part.OutputTokens(), "out")
	// Output: call_llm used 3 tokens in and 5 out
}
