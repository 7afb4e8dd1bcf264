// SPDX-License-Identifier: Apache-2.0

package standin_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestRespond(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, callType := range []instrument.CallType{
		stockanalysis.IndicatorSummary, stockanalysis.ComprehensiveOverview, stockanalysis.VolumeAnalysis,
		stockanalysis.ReversalPatterns, stockanalysis.ContinuationLevels, stockanalysis.FinalDecision,
	} {
		answer := standin.Respond(instrumenttest.Request{Prompt: "Step: " + string(callType) + "\nShare: X\n"})
		require.Contains(t, answer.Text, "Prepared answer", callType)
		require.False(t, seen[answer.Text], "each step has an answer of its own")
		seen[answer.Text] = true
	}
}

func TestRespond_FinalDecisionIsJSON(t *testing.T) {
	t.Parallel()
	answer := standin.Respond(instrumenttest.Request{Prompt: "Step: final_decision\n"})
	var decision stockanalysis.Decision
	require.NoError(t, json.Unmarshal([]byte(answer.Text), &decision))
	require.Equal(t, stockanalysis.Hold, decision.Action)
}

func TestRespond_OtherRequests(t *testing.T) {
	t.Parallel()
	for _, prompt := range []string{"", "Hello", "Step: dance\n"} {
		req := instrumenttest.Request{Prompt: prompt, Model: "gemini-2.5-flash", Turns: 1}
		require.Equal(t, instrumenttest.DefaultResponder(req), standin.Respond(req))
	}
}

func TestForStep(t *testing.T) {
	t.Parallel()
	req := instrumenttest.Request{Prompt: "Step: volume_analysis\nShare: X\n"}
	require.True(t, standin.ForStep("volume_analysis")(req))
	require.False(t, standin.ForStep("final_decision")(req))
}
