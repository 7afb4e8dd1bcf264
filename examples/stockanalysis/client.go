// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import (
	"context"
	"fmt"
	"sync"

	"github.com/spanledger/spanledger/examples/stockanalysis/market"
	"github.com/spanledger/spanledger/instrument"
)

// ClientConfig says for whom a GeminiClient works. The zero value works.
type ClientConfig struct {
	// User and Tier say who pays; both may be empty.
	User, Tier string
	// NewID makes the id of an analysis, never the same twice. Defaults to the UUIDs that instrument makes.
	NewID func() string
}

// GeminiClient analyzes shares. It is safe for concurrent use.
type GeminiClient struct {
	core    *GeminiCore
	config  ClientConfig
	prepare func(symbol string, prices []market.Day) (material, error)
}

// NewGeminiClient returns a GeminiClient that asks through core.
func NewGeminiClient(core *GeminiCore, config ClientConfig) *GeminiClient {
	if config.NewID == nil {
		config.NewID = func() string { return "" }
	}
	return &GeminiClient{core: core, config: config, prepare: prepare}
}

// AnalyzeStock judges a share from its daily prices, oldest first: at least indicator.MinDays of them. It makes six
// calls, five of them at once and the last with what the five found.
//
// A call that fails does not fail the analysis: Result.FailedCalls names it, and the decision is made from the rest.
// The error is for prices that cannot be analyzed, with an empty Result, and for a ctx that ended in between, with
// what there is so far.
func (c *GeminiClient) AnalyzeStock(ctx context.Context, symbol string, prices []market.Day) (Result, error) {
	m, err := c.prepare(symbol, prices)
	if err != nil {
		return Result{}, fmt.Errorf("analyze %s: %w", symbol, err)
	}
	ctx, analysis := instrument.StartAnalysis(ctx, c.config.NewID(),
		instrument.WithSubject(symbol), instrument.WithUser(c.config.User), instrument.WithUserTier(c.config.Tier))
	defer analysis.End()

	result := newResult(symbol, m)
	result.add(c.askAll(ctx, c.questions(m))...)
	result.decide(c.ask(ctx, c.decision(m, result.Findings, result.FailedCalls)))
	analysis.End() // so that the summary is a complete one
	result.Metadata = Metadata{AnalysisID: analysis.ID(), Model: c.core.Model(), TokenUsage: analysis.Summary()}
	if err := ctx.Err(); err != nil && len(result.FailedCalls) > 0 {
		return result, fmt.Errorf("analyze %s: %w", symbol, err)
	}
	return result, nil
}

// askAll asks at once and returns the replies in the order of the questions. No reply ends the others.
func (c *GeminiClient) askAll(ctx context.Context, questions []question) []reply {
	replies := make([]reply, len(questions))
	var wait sync.WaitGroup
	for i, q := range questions {
		wait.Go(func() { replies[i] = c.ask(ctx, q) })
	}
	wait.Wait()
	return replies
}

func (c *GeminiClient) ask(ctx context.Context, q question) reply {
	text, code, err := q.ask(instrument.ContextWithCallType(ctx, q.callType))
	return reply{Finding: Finding{CallType: q.callType, Text: text, Code: code}, err: err}
}
