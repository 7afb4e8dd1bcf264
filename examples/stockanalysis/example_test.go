// SPDX-License-Identifier: Apache-2.0

package stockanalysis_test

import (
	"context"
	"fmt"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func ExampleGeminiClient_AnalyzeStock() {
	ctx := context.Background()
	fake, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(standin.Respond))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer fake.Close()
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey: "any", Backend: genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := gemini.Instrument(client); err != nil {
		fmt.Println(err)
		return
	}
	days, err := market.Bundled("RELIANCE")
	if err != nil {
		fmt.Println(err)
		return
	}

	core := stockanalysis.NewGeminiCore(client, stockanalysis.CoreConfig{})
	result, err := stockanalysis.NewGeminiClient(core, stockanalysis.ClientConfig{User: "u-7"}).
		AnalyzeStock(ctx, "RELIANCE", days)
	if err != nil {
		fmt.Println(err)
		return
	}
	usage := result.Metadata.TokenUsage
	fmt.Printf("%s after %d calls, %d of them failed\n", result.Decision.Action, usage.Calls, usage.Failed)
	// Output: hold after 6 calls, 0 of them failed
}
