// SPDX-License-Identifier: Apache-2.0

package adk

import (
	"context"
	"fmt"

	"google.golang.org/adk/agent"
	"google.golang.org/adk/runner"
	"google.golang.org/adk/session"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

const user = "u-7"

// Program returns the example.
func Program() example.Program {
	return example.Program{
		Name:    "adk",
		Respond: Respond,
		Analyze: func(ctx context.Context, at example.Providers) (instrument.Summary, error) {
			return Analyze(ctx, at, "RELIANCE", agent.StreamingModeNone)
		},
	}
}

// Analyze has an agent judge a share. It calls the model, which asks for a price,
// and calls it again with the price: the calls of the whole run are one analysis.
func Analyze(
	ctx context.Context, at example.Providers, symbol string, mode agent.StreamingMode,
) (instrument.Summary, error) {
	trader, err := newAgent(ctx, at.Gemini)
	if err != nil {
		return instrument.Summary{}, err
	}
	run, err := runner.New(runner.Config{
		AppName: "adk", Agent: trader, SessionService: session.InMemoryService(), AutoCreateSession: true,
	})
	if err != nil {
		return instrument.Summary{}, fmt.Errorf("make the runner: %w", err)
	}

	ctx, analysis := instrument.StartAnalysis(ctx, "", instrument.WithSubject(symbol), instrument.WithUser(user))
	defer analysis.End()
	ctx = instrument.ContextWithCallType(ctx, "trader")
	message := genai.NewContentFromText("Judge the share "+symbol+".", genai.RoleUser)
	for _, err := range run.Run(ctx, user, "session_1", message, agent.RunConfig{StreamingMode: mode}) {
		if err != nil {
			return instrument.Summary{}, fmt.Errorf("run the agent: %w", err)
		}
	}
	return analysis.Summary(), nil
}

// Respond is what the stand-in says: it asks for the price, and then decides.
func Respond(req instrumenttest.Request) instrumenttest.Answer {
	if req.Turns > 1 {
		return instrumenttest.Answer{Text: "Prepared answer. Hold: the price says little by itself."}
	}
	return instrumenttest.Answer{
		Text:  "Prepared answer. The last price comes first.",
		Calls: []instrumenttest.FunctionCall{{Name: lastPrice, Args: map[string]any{"symbol": "RELIANCE"}}},
	}
}
