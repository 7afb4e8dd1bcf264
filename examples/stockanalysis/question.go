// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import (
	"context"

	"github.com/spanledger/spanledger/instrument"
)

// question is one step, not yet asked.
type question struct {
	callType instrument.CallType
	ask      func(context.Context) (string, []CodeRun, error)
}

// reply is what became of a question.
type reply struct {
	Finding
	err error
}

// questions are the steps that do not depend on each other.
func (c *GeminiClient) questions(m material) []question {
	return []question{
		{IndicatorSummary, func(ctx context.Context) (string, []CodeRun, error) {
			return c.core.CallLLMWithCodeExecution(ctx, m.indicatorSummary())
		}},
		c.aboutImages(ComprehensiveOverview, m.comprehensiveOverview(),
			m.charts.Price, m.charts.Volume, m.charts.Momentum, m.charts.Patterns),
		{VolumeAnalysis, func(ctx context.Context) (string, []CodeRun, error) {
			text, err := c.core.CallLLMWithImage(ctx, m.volumeAnalysis(), m.charts.Volume)
			return text, nil, err
		}},
		c.aboutImages(ReversalPatterns, m.reversalPatterns(), m.charts.Patterns, m.charts.Momentum),
		c.aboutImages(ContinuationLevels, m.continuationLevels(), m.charts.Price, m.charts.Patterns),
	}
}

func (c *GeminiClient) aboutImages(callType instrument.CallType, prompt string, pngs ...[]byte) question {
	return question{callType, func(ctx context.Context) (string, []CodeRun, error) {
		text, err := c.core.CallLLMWithImages(ctx, prompt, pngs...)
		return text, nil, err
	}}
}

func (c *GeminiClient) decision(m material, findings []Finding, failed []FailedCall) question {
	return question{FinalDecision, func(ctx context.Context) (string, []CodeRun, error) {
		text, err := c.core.CallLLM(ctx, m.finalDecision(findings, failed))
		return text, nil, err
	}}
}
