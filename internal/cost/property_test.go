// SPDX-License-Identifier: Apache-2.0

package cost_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
)

const samples = 2000

var models = []string{"gemini-2.0-flash", "gemini-2.5-flash", "gemini-2.5-pro", "gemini-3.8-flash"}

// anyCall returns a call whose counts agree with each other.
func anyCall(r *rand.Rand) *analysis.Call {
	input := r.Int64N(400_000)
	u := tokens(input, r.Int64N(100_000))
	u.CacheRead = analysis.Known(r.Int64N(input + 1))
	u.InputBy.Audio = analysis.Known(r.Int64N(input - u.CacheRead.OrZero() + 1))
	return callOf(models[r.IntN(len(models))], u)
}

func amountOf(t *testing.T, call *analysis.Call) cost.Amount {
	t.Helper()
	got := cost.Default().Cost(call)
	require.True(t, got.Priced)
	return got.Amount
}

// with returns the call with other usage.
func with(call *analysis.Call, change func(*analysis.Usage)) *analysis.Call {
	changed := *call
	change(&changed.Usage)
	return &changed
}

func TestPriceList_Cost_IsMonotone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range samples {
		call := anyCall(r)
		base, more := amountOf(t, call), analysis.Known(1+r.Int64N(100_000))
		for name, change := range map[string]func(*analysis.Usage){
			"input":  func(u *analysis.Usage) { u.Input = u.Input.Add(more) },
			"output": func(u *analysis.Usage) { u.Output = u.Output.Add(more) },
			"fresh":  func(u *analysis.Usage) { u.CacheRead = analysis.Unknown() },
		} {
			require.GreaterOrEqual(t, amountOf(t, with(call, change)).Cmp(base), 0, "%s of %+v", name, call.Usage)
		}
	}
}

// TestPriceList_Cost_IsTheSumOfItsParts prices each kind of token on its own
// by the rates of the list, in plain arithmetic.
func TestPriceList_Cost_IsTheSumOfItsParts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range samples {
		call := anyCall(r)
		price, ok := cost.Default().Find(call.Provider, call.RequestModel, "", call.Start)
		require.True(t, ok)
		rates, u := price.Rates, call.Usage
		if len(price.Steps) > 0 && u.Input.OrZero() > price.Steps[0].Above {
			rates = price.Steps[0].Rates
		}
		fresh := u.Input.OrZero() - u.CacheRead.OrZero() - u.InputBy.Audio.OrZero()
		want := fresh*int64(rates.Input) + u.CacheRead.OrZero()*int64(rates.CacheRead) +
			u.InputBy.Audio.OrZero()*int64(rates.InputAudio) + u.Output.OrZero()*int64(rates.Output)
		require.Equal(t, want, amountOf(t, call).Pico())
	}
}
