// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spanledger/spanledger/examples/stockanalysis/chart"
	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
	"github.com/spanledger/spanledger/instrument"
)

// closesInPrompt is how many of the last closing prices the code gets to compute with.
const closesInPrompt = 30

// material is what the questions of one analysis are asked about.
type material struct {
	symbol  string
	values  indicator.Values
	figures string // values as JSON
	closes  []float64
	charts  chart.Set
}

// prepare checks the prices, computes the indicators and draws the charts.
func prepare(symbol string, days []market.Day) (material, error) {
	if err := market.ValidateDays(days); err != nil {
		return material{}, err
	}
	series, err := indicator.Compute(days)
	if err != nil {
		return material{}, err
	}
	charts, err := chart.Draw(symbol, days, series)
	if err != nil {
		return material{}, err
	}
	values := series.Latest(days)
	figures, err := json.Marshal(values)
	if err != nil {
		return material{}, fmt.Errorf("encode indicators: %w", err)
	}
	closes := market.Closes(days)
	return material{
		symbol: symbol, values: values, figures: string(figures), charts: charts,
		closes: closes[len(closes)-closesInPrompt:],
	}, nil
}

// prompt is a question with its call type on top, which tells people and stand-ins which step they look at.
func (m material) prompt(callType instrument.CallType, question string) string {
	return fmt.Sprintf("Step: %s\nShare: %s\n\n%s\n\nIndicators on the last day, as JSON:\n%s\n",
		callType, m.symbol, question, m.figures)
}

func (m material) indicatorSummary() string {
	return m.prompt(IndicatorSummary, fmt.Sprintf(
		"Run code that computes the mean daily return, its standard deviation and the largest fall from a top "+
			"over these closing prices: %.2f. Then say in at most five sentences what trend, momentum and volatility "+
			"the indicators and your figures show.", m.closes))
}

func (m material) comprehensiveOverview() string {
	return m.prompt(ComprehensiveOverview,
		"The pictures show price, volume, momentum and the last months as candles. Describe the trend, how strong it "+
			"is, and where the pictures contradict each other.")
}

func (m material) volumeAnalysis() string {
	return m.prompt(VolumeAnalysis,
		"The picture shows the volume of each day. Does it confirm the moves of the price? Name the days of unusual "+
			"volume and what they may mean.")
}

func (m material) reversalPatterns() string {
	return m.prompt(ReversalPatterns,
		"The pictures show candles with marked swings, and RSI with MACD. Which reversal patterns do you see, such as "+
			"double tops or divergences? Say how sure you are of each, and what would disprove it.")
}

func (m material) continuationLevels() string {
	return m.prompt(ContinuationLevels,
		"The pictures show the price with its averages, and the last months as candles. At which levels would the "+
			"trend go on, and at which would it be over? Give prices.")
}

// finalDecision asks for a verdict on what the other steps found. Steps that failed are named, so that the model
// weighs what it does not know.
func (m material) finalDecision(findings []Finding, failed []FailedCall) string {
	var b strings.Builder
	b.WriteString("Weigh the findings of the other steps and decide. Answer with one JSON object and nothing else: " +
		`{"action": "buy" | "sell" | "hold", "confidence": 0 to 1, "reason": "two sentences"}.`)
	for _, f := range findings {
		fmt.Fprintf(&b, "\n\nFinding of %s:\n%s", f.CallType, f.Text)
	}
	for _, f := range failed {
		fmt.Fprintf(&b, "\n\nThere is no finding of %s. Lower your confidence.", f.CallType)
	}
	return m.prompt(FinalDecision, b.String())
}
