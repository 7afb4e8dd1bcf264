// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"context"
	"fmt"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// up is what the stand-in answers.
func up(instrumenttest.Request) instrumenttest.Answer {
	return instrumenttest.Answer{Text: "The price goes up."}
}

// One line after the client is made measures all that it does.
func ExampleInstrument() {
	ctx := context.Background()
	standIn, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(up)) // in place of the real API
	if err != nil {
		fmt.Println(err)
		return
	}
	defer standIn.Close()
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey: "any", Backend: genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: standIn.URL()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	if err := gemini.Instrument(client); err != nil {
		fmt.Println(err)
	}

	ctx, analysis := instrument.StartAnalysis(ctx, "analysis_123", instrument.WithSubject("RELIANCE"))
	defer analysis.End()
	_, err = client.Models.GenerateContent(
		instrument.ContextWithCallType(ctx, "indicator_summary"), "gemini-2.0-flash", genai.Text("Up or down?"), nil)
	if err != nil {
		fmt.Println(err)
	}

	part := analysis.Summary().Breakdowns[0]
	fmt.Println(part.CallType, "used", part.InputTokens(), "tokens in and", part.OutputTokens(), "out")
	// Output: indicator_summary used 3 tokens in and 5 out
}
