// SPDX-License-Identifier: Apache-2.0

// Package standin holds prepared answers to the six questions of the stock analysis, for the Gemini stand-in of
// instrumenttest: the example runs, and is tested, without an account and without a network.
//
//	fake, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(standin.Respond))
//
// The answers are the same for every share. They say that they are prepared, so that nobody takes them for a finding.
package standin

import (
	"strings"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

var answers = map[instrument.CallType]instrumenttest.Answer{
	stockanalysis.IndicatorSummary: {
		Text: `Prepared answer. The price stands above both moving averages, and the shorter one above the longer.
RSI is high without a fall behind it, and MACD has crossed above its signal. The mean daily return is small against
its spread, so that single days say little.`,
		Code: `returns = [b / a - 1 for a, b in zip(closes, closes[1:])]
mean = sum(returns) / len(returns)
spread = (sum((r - mean) ** 2 for r in returns) / len(returns)) ** 0.5
print(f"mean {mean:.4f} spread {spread:.4f}")
`,
		Output: "mean 0.0021 spread 0.0098\n",
	},
	stockanalysis.ComprehensiveOverview: {
		Text: `Prepared answer. The pictures agree on a rise that began after a long base. The bands have widened, and
the price walks along the upper one. Only the volume does not follow: the last highs were made on fewer shares than
the first.`,
	},
	stockanalysis.VolumeAnalysis: {
		Text: `Prepared answer. Most days of heavy volume closed higher, which confirms the rise. The average has been
falling for some weeks, so that the next high needs new buyers.`,
	},
	stockanalysis.ReversalPatterns: {
		Text: `Prepared answer. The swings make higher highs and higher lows, and no double top. RSI stays below its
earlier high while the price is above it: a weak divergence, which a close above the last high would disprove.`,
	},
	stockanalysis.ContinuationLevels: {
		Text: `Prepared answer. Above the marked resistance the way is free. The rise goes on as long as the price
holds the 20-day average, and is over below the marked support.`,
	},
	stockanalysis.FinalDecision: {
		Text: `{"action": "hold", "confidence": 0.62, "reason": "Prepared answer: the trend is up, but volume ` +
			`and momentum lag behind. Wait for a close above resistance, or for a return to the average."}`,
	},
}

// Respond is an instrumenttest.Responder. A request that is none of the six questions gets the stand-in's usual
// answer.
func Respond(req instrumenttest.Request) instrumenttest.Answer {
	if answer, ok := answers[step(req)]; ok {
		return answer
	}
	return instrumenttest.DefaultResponder(req)
}

// ForStep matches the requests of one call type, for instrumenttest.Fault.
func ForStep(callType instrument.CallType) func(instrumenttest.Request) bool {
	return func(req instrumenttest.Request) bool { return step(req) == callType }
}

// step reads the call type off the first line of a question.
func step(req instrumenttest.Request) instrument.CallType {
	line, _, _ := strings.Cut(req.Prompt, "\n")
	callType, found := strings.CutPrefix(line, "Step: ")
	if !found {
		return ""
	}
	return instrument.CallType(callType)
}
