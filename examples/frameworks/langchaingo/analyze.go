// SPDX-License-Identifier: Apache-2.0

package langchaingo

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/prompts"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/instrument"
)

// Program returns the example.
func Program() example.Program {
	return example.Program{
		Name: "langchaingo",
		Analyze: func(ctx context.Context, at example.Providers) (instrument.Summary, error) {
			return Analyze(ctx, at, "RELIANCE")
		},
	}
}

// Analyze runs a chain of three calls about a share: one to OpenAI, one more as a
// stream, and one to Gemini, which judges what OpenAI said. Where only one of the
// two can be called, it does all three.
func Analyze(ctx context.Context, at example.Providers, symbol string) (_ instrument.Summary, err error) {
	writer, judge, closeModels, err := models(ctx, at)
	if err != nil {
		return instrument.Summary{}, err
	}
	defer func() { err = errors.Join(err, closeModels()) }()
	chain, err := newChain(writer, judge)
	if err != nil {
		return instrument.Summary{}, err
	}

	ctx, analysis := instrument.StartAnalysis(ctx, "", instrument.WithSubject(symbol))
	defer analysis.End()
	if _, err := chains.Call(ctx, chain, map[string]any{"symbol": symbol}); err != nil {
		return instrument.Summary{}, fmt.Errorf("run the chain: %w", err)
	}
	return analysis.Summary(), nil
}

// models returns the model that writes and the one that judges.
func models(ctx context.Context, at example.Providers) (writer, judge llms.Model, closeAll func() error, err error) {
	closeAll = func() error { return nil }
	if at.OpenAI.Key != "" {
		if writer, err = newOpenAI(at.OpenAI); err != nil {
			return nil, nil, nil, err
		}
	}
	if at.Gemini.Key != "" {
		gemini, err := newGemini(ctx, at.Gemini)
		if err != nil {
			return nil, nil, nil, err
		}
		judge, closeAll = gemini, gemini.Close
	}
	return cmp.Or(writer, judge), cmp.Or(judge, writer), closeAll, nil
}

func newChain(writer, judge llms.Model) (chains.Chain, error) {
	stream := llms.WithStreamingFunc(func(context.Context, []byte) error { return nil })
	steps := []chains.Chain{
		link(step{Model: writer, callType: "trend"}, "trend",
			"Say in one sentence how the share {{.symbol}} has moved.", "symbol"),
		link(step{Model: writer, callType: "decision", options: []llms.CallOption{stream}}, "decision",
			"Buy, sell or hold? {{.trend}}", "trend"),
		link(step{Model: judge, callType: "review"}, "review",
			"Is that sound? {{.decision}}", "decision"),
	}
	chain, err := chains.NewSequentialChain(steps, []string{"symbol"}, []string{"review"})
	if err != nil {
		return nil, fmt.Errorf("make the chain: %w", err)
	}
	return chain, nil
}

// link is one step of the chain; what the model says goes on under a name.
func link(model llms.Model, name, prompt, variable string) chains.Chain {
	chain := chains.NewLLMChain(model, prompts.NewPromptTemplate(prompt, []string{variable}))
	chain.OutputKey = name
	return chain
}
