// SPDX-License-Identifier: Apache-2.0

package adk

import (
	"context"
	"fmt"
	"net/http"

	"google.golang.org/adk/agent"
	"google.golang.org/adk/agent/llmagent"
	"google.golang.org/adk/model/gemini"
	"google.golang.org/adk/tool"
	"google.golang.org/adk/tool/functiontool"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/instrument"
)

// newAgent returns an agent that may look prices up.
func newAgent(ctx context.Context, at example.Provider) (agent.Agent, error) {
	model, err := gemini.NewModel(ctx, at.Model, &genai.ClientConfig{
		APIKey: at.Key, Backend: genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: at.URL},
		HTTPClient:  &http.Client{Transport: instrument.NewTransport(nil)},
	})
	if err != nil {
		return nil, fmt.Errorf("make the model: %w", err)
	}
	prices, err := functiontool.New(functiontool.Config{
		Name: lastPrice, Description: "The last price of a share, in rupees.",
	}, lookUp)
	if err != nil {
		return nil, fmt.Errorf("make the tool: %w", err)
	}
	trader, err := llmagent.New(llmagent.Config{
		Name: "trader", Model: model, Description: "Judges a share.",
		Instruction: "Look the last price up before you say whether to buy, sell or hold.",
		Tools:       []tool.Tool{prices},
	})
	if err != nil {
		return nil, fmt.Errorf("make the agent: %w", err)
	}
	return trader, nil
}

// lastPrice is the tool's name.
const lastPrice = "last_price"

type question struct {
	Symbol string `json:"symbol"`
}

type answer struct {
	Price float64 `json:"price"`
}

func lookUp(tool.Context, question) (answer, error) { return answer{Price: 1412.5}, nil }
