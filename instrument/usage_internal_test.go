// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
)

func inputOf(n int64) Usage { return Usage{Status: StatusReported, Input: Known(n)} }

func TestAddUsage_LargestInput(t *testing.T) {
	t.Parallel()
	outputOnly := Usage{Status: StatusPartial, Output: Known(5)}
	for name, tt := range map[string]struct {
		attempts []Usage
		want     Count
	}{
		"None":             {nil, Count{}},
		"One":              {[]Usage{inputOf(7)}, Count{}},
		"Two":              {[]Usage{inputOf(7), inputOf(9)}, Known(9)},
		"LargestFirst":     {[]Usage{inputOf(9), inputOf(7), inputOf(8)}, Known(9)},
		"OneAndARefused":   {[]Usage{{}, inputOf(7), {}}, Count{}},
		"OneKnowsNoInput":  {[]Usage{outputOnly, inputOf(7), outputOnly}, Count{}},
		"TwoKnowTheir":     {[]Usage{inputOf(7), outputOnly, inputOf(3)}, Known(7)},
		"NothingButOutput": {[]Usage{outputOnly, outputOnly}, Count{}},
		"Zero":             {[]Usage{inputOf(0), inputOf(0)}, Known(0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum Usage
			for _, u := range tt.attempts {
				sum = addUsage(sum, u)
			}
			require.Equal(t, tt.want, sum.LargestInput)
		})
	}
}

// TestAddUsage_Price holds for requests on one side of the step: their call
// costs what they cost alone.
func TestAddUsage_Price(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	price := func(u Usage) int64 {
		call := analysis.Call{Provider: "gcp.gemini", RequestModel: "gemini-2.5-pro", Usage: u}
		priced := cost.Default().Cost(&call)
		require.True(t, priced.Priced)
		return priced.Amount.Pico()
	}
	for _, from := range []int64{1, 200_001} {
		for range 200 {
			var (
				sum  Usage
				want int64
			)
			for range 1 + rng.IntN(5) {
				u := inputOf(from + rng.Int64N(200_000))
				u.Output = Known(rng.Int64N(9000))
				sum, want = addUsage(sum, u), want+price(u)
			}
			require.Equal(t, want, price(sum))
		}
	}
}

func TestGivenUsage_LargestInput(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ given, want Usage }{
		"PartOfInput": {
			Usage{Input: Known(9), LargestInput: Known(5)},
			Usage{Status: StatusReported, Input: Known(9), LargestInput: Known(5)},
		},
		"BeyondInput": {
			Usage{Input: Known(9), LargestInput: Known(10)},
			Usage{Status: StatusReported, Input: Known(9)},
		},
		"BelowZero": {
			Usage{Input: Known(9), LargestInput: Known(-1)},
			Usage{Status: StatusReported, Input: Known(9)},
		},
		"WithoutInput":      {Usage{LargestInput: Known(0)}, Usage{}},
		"InputThatIsMended": {Usage{Input: Known(-9), LargestInput: Known(-9)}, Usage{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, givenUsage(tt.given))
		})
	}
}
