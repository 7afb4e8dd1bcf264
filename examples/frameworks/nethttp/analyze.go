// SPDX-License-Identifier: Apache-2.0

package nethttp

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/instrument"
)

// Program returns the example.
func Program() example.Program {
	return example.Program{
		Name: "nethttp",
		Analyze: func(ctx context.Context, at example.Providers) (instrument.Summary, error) {
			return Analyze(ctx, at, "RELIANCE")
		},
	}
}

// ask is one way to put a question to a provider.
type ask func(context.Context, *http.Client, example.Provider, string) (string, error)

// Analyze puts four questions about a share: one to each provider for a whole
// answer, and one for a stream. It leaves out a provider that cannot be called.
func Analyze(ctx context.Context, at example.Providers, symbol string) (instrument.Summary, error) {
	client := &http.Client{Transport: instrument.NewTransport(nil)}

	ctx, analysis := instrument.StartAnalysis(ctx, "", instrument.WithSubject(symbol))
	defer analysis.End()
	for _, step := range []struct {
		callType instrument.CallType
		at       example.Provider
		ask      ask
	}{
		{"trend", at.OpenAI, askOpenAI},
		{"risks", at.OpenAI, streamOpenAI},
		{"levels", at.Gemini, askGemini},
		{"decision", at.Gemini, streamGemini},
	} {
		if step.at.Key == "" {
			continue
		}
		ctx := instrument.ContextWithCallType(ctx, step.callType)
		question := fmt.Sprintf("Tell the %s of the share %s in one sentence.", step.callType, symbol)
		if _, err := step.ask(ctx, client, step.at, question); err != nil {
			return instrument.Summary{}, fmt.Errorf("%s: %w", step.callType, err)
		}
	}
	return analysis.Summary(), nil
}
