// SPDX-License-Identifier: Apache-2.0

package cost_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
)

var start = time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)

// callOf returns a call with reported usage of a model of Gemini.
func callOf(model string, usage analysis.Usage) *analysis.Call {
	usage.Status = analysis.StatusReported
	return &analysis.Call{Provider: "gcp.gemini", RequestModel: model, Start: start, Usage: usage}
}

func tokens(input, output int64) analysis.Usage {
	return analysis.Usage{Input: analysis.Known(input), Output: analysis.Known(output)}
}

func cached(u analysis.Usage, n int64) analysis.Usage {
	u.CacheRead = analysis.Known(n)
	return u
}

func audio(u analysis.Usage, n int64) analysis.Usage {
	u.InputBy.Audio = analysis.Known(n)
	return u
}

func TestPriceList_Cost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		model string
		usage analysis.Usage
		want  string
	}{
		{"InputAndOutput", "gemini-2.5-pro", tokens(1000, 100), "0.00225"},
		{"CacheReadIsPartOfInput", "gemini-2.5-pro", cached(tokens(1200, 150), 800), "0.0021"},
		{"ReasoningIsPartOfOutput", "gemini-2.5-pro", tokens(1000, 600), "0.00725"},
		{"ToolUseIsPartOfInput", "gemini-2.5-pro", tokens(1200, 100), "0.0025"},
		{"LowStep", "gemini-2.5-pro", tokens(200_000, 1000), "0.26"},
		{"HighStepRepricesAll", "gemini-2.5-pro", cached(tokens(200_001, 1000), 100_000), "0.2900025"},
		{"AudioAtItsOwnPrice", "gemini-2.5-flash", audio(tokens(1000, 0), 400), "0.00058"},
		{"AudioWithoutOwnPrice", "gemini-2.5-pro", audio(tokens(1000, 0), 400), "0.00125"},
		{"AudioBeyondWhatIsFresh", "gemini-2.5-flash", audio(cached(tokens(1000, 0), 900), 400), "0.000127"},
		{"CacheWithoutOwnPrice", "gemini-2.0-flash-lite", cached(tokens(1000, 0), 1000), "0.000075"},
		{"NoTokens", "gemini-2.5-pro", tokens(0, 0), "0.00"},
		{"OutputUnknownIsNone", "gemini-2.5-pro", analysis.Usage{Input: analysis.Known(8)}, "0.00001"},
		{
			"OutputUnknownAndAllInTheTotal", "gemini-2.5-pro",
			analysis.Usage{Input: analysis.Known(8), ProviderTotal: analysis.Known(8)},
			"0.00001",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := cost.Default().Cost(callOf(tt.model, tt.usage))
			require.True(t, got.Priced)
			require.Equal(t, tt.want, got.Amount.String())
			require.Equal(t, cost.Default().Version(), got.PriceListVersion)
		})
	}
}

// TestPriceList_Cost_LargestRequest prices calls of several requests: what
// counts for the step above 200,000 tokens is one request, not their sum.
func TestPriceList_Cost_LargestRequest(t *testing.T) {
	t.Parallel()
	amount := func(t *testing.T, usage analysis.Usage) cost.Amount {
		t.Helper()
		got := cost.Default().Cost(callOf("gemini-2.5-pro", usage))
		require.True(t, got.Priced)
		return got.Amount
	}
	for name, tt := range map[string]struct {
		usage   analysis.Usage
		largest int64
		want    string
	}{
		"TwiceBelowTheStep":  {tokens(300_000, 2000), 150_000, "0.395"},
		"TwiceUpToTheStep":   {tokens(400_000, 2000), 200_000, "0.52"},
		"OneBeyondTheStep":   {tokens(300_000, 2000), 200_001, "0.78"},
		"CachedBelowTheStep": {cached(tokens(300_000, 2000), 100_000), 150_000, "0.2825"},
		"NoInputAtAll":       {tokens(0, 1000), 0, "0.01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.usage.LargestInput = analysis.Known(tt.largest)
			require.Equal(t, tt.want, amount(t, tt.usage).String())
		})
	}
	twice := tokens(300_000, 2000)
	twice.LargestInput = analysis.Known(150_000)
	one := amount(t, tokens(150_000, 1000))
	require.Equal(t, one.Add(one), amount(t, twice))
	require.Equal(t, "0.78", amount(t, tokens(300_000, 2000)).String(), "one request of that size")
}

func TestPriceList_Cost_Unpriced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*analysis.Call)
	}{
		{"UnknownModel", func(c *analysis.Call) { c.RequestModel = "gemini-9" }},
		{"UnknownModelAnswered", func(c *analysis.Call) { c.ResponseModel = "gemini-9" }},
		{"NoModel", func(c *analysis.Call) { c.RequestModel = "" }},
		{"TunedModelOfTheSameName", func(c *analysis.Call) { c.RequestModel = "tunedModels/gemini-2.5-pro" }},
		{"PreviewIsAnotherModel", func(c *analysis.Call) { c.RequestModel = "gemini-2.5-pro-preview-06-05" }},
		{"OtherVersion", func(c *analysis.Call) { c.RequestModel = "gemini-2.5-pro-002" }},
		{"OtherProvider", func(c *analysis.Call) { c.Provider = "openai" }},
		{"NoProvider", func(c *analysis.Call) { c.Provider = "" }},
		{"OtherTier", func(c *analysis.Call) { c.ServiceTier = "batch" }},
		{"UnknownUsage", func(c *analysis.Call) { c.Usage.Status = analysis.StatusUnknown }},
		{"UnknownInput", func(c *analysis.Call) { c.Usage.Input = analysis.Unknown() }},
		{"UnknownOutputWithinTheTotal", func(c *analysis.Call) {
			c.Usage.Output, c.Usage.ProviderTotal = analysis.Unknown(), analysis.Known(11)
		}},
		{"NegativeCount", func(c *analysis.Call) { c.Usage.Output = analysis.Known(-1) }},
		{"MoreCachedThanInput", func(c *analysis.Call) { c.Usage.CacheRead = analysis.Known(11) }},
		{"MoreCachedAndWrittenThanInput", func(c *analysis.Call) {
			c.Usage.CacheRead, c.Usage.CacheWrite = analysis.Known(6), analysis.Known(5)
		}},
		{"ProductOverflows", func(c *analysis.Call) { c.Usage.Input = analysis.Known(math.MaxInt64) }},
		{"SumOverflows", func(c *analysis.Call) {
			c.Usage.Input, c.Usage.Output = analysis.Known(3e12), analysis.Known(3e11)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call := callOf("gemini-2.5-pro", tokens(10, 10))
			require.True(t, cost.Default().Cost(call).Priced)
			tt.change(call)
			require.Zero(t, cost.Default().Cost(call))
		})
	}
}

func TestPriceList_Cost_Names(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ provider, request, response string }{
		{"gcp.gemini", "gemini-2.0-flash", ""},
		{"gcp.gemini", "models/gemini-2.0-flash", ""},
		{"gcp.gemini", "gemini-2.0-flash-001", ""},
		{"gcp.gemini", "models/gemini-2.0-flash-latest", ""},
		{"gcp.gemini", "Gemini-2.0-Flash", ""},
		{"gcp.gen_ai", "gemini-2.0-flash", ""},
		{"gcp.vertex_ai", "publishers/google/models/gemini-2.0-flash@001", ""},
		{"gcp.vertex_ai", "projects/p/locations/l/publishers/google/models/gemini-2.0-flash-001", ""},
		{"vertex_ai", "google/gemini-2.0-flash", ""},
		{"Gemini", "gemini-2.0-flash", ""},
		{"gcp.gemini", "my-alias", "gemini-2.0-flash-001"},
		{"gcp.gemini", "gemini-2.5-pro", "gemini-2.0-flash"},
	} {
		t.Run(tt.provider+"/"+tt.request, func(t *testing.T) {
			t.Parallel()
			call := callOf(tt.request, tokens(1_000_000, 0))
			call.Provider, call.ResponseModel = tt.provider, tt.response
			require.Equal(t, "0.10", cost.Default().Cost(call).Amount.String())
		})
	}
}

func TestPriceList_Cost_DatedName(t *testing.T) {
	t.Parallel()
	call := callOf("gpt-4o-mini-2024-07-18", cached(tokens(1_000_000, 1_000_000), 500_000))
	call.Provider = "openai"
	require.Equal(t, "0.7125", cost.Default().Cost(call).Amount.String())
	call.RequestModel = "gpt-4o-mini-20240718"
	require.Equal(t, "0.7125", cost.Default().Cost(call).Amount.String())
}

func TestPriceList_Cost_Period(t *testing.T) {
	t.Parallel()
	change := time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)
	for _, model := range []string{"gemini-3.6-flash", "gemini-3.7-flash", "gemini-3.8-flash"} {
		call := callOf(model, cached(tokens(2_000_000, 1_000_000), 1_000_000))
		call.Start = change.Add(-1)
		require.Equal(t, "4.575", cost.Default().Cost(call).Amount.String())
		call.Start = change.In(time.FixedZone("", 3600))
		require.Equal(t, "9.15", cost.Default().Cost(call).Amount.String())
	}
}

func TestPriceList_Cost_Tier(t *testing.T) {
	t.Parallel()
	call := callOf("gemini-2.5-pro", tokens(1000, 100))
	call.ServiceTier = "standard"
	require.Equal(t, "0.00225", cost.Default().Cost(call).Amount.String())
}

func TestPriceList_Cost_PartialIsALowerBound(t *testing.T) {
	t.Parallel()
	call := callOf("gemini-2.5-pro", analysis.Usage{Output: analysis.Known(100)})
	call.Usage.Status = analysis.StatusPartial
	require.Equal(t, "0.001", cost.Default().Cost(call).Amount.String())

	call.Usage.Output = analysis.Unknown()
	require.Zero(t, cost.Default().Cost(call))

	call.Usage = tokens(1000, 100)
	call.Usage.Status = analysis.StatusEstimated
	require.Equal(t, "0.00225", cost.Default().Cost(call).Amount.String())
}

func TestPriceList_Cost_LargestAmount(t *testing.T) {
	t.Parallel()
	most := int64(math.MaxInt64) / 1_250_000 / 2 // half of it, at the price above the step
	got := cost.Default().Cost(callOf("gemini-2.5-pro", tokens(most, 0)))
	require.True(t, got.Priced)
	require.Equal(t, most*2_500_000, got.Amount.Pico())
	require.False(t, cost.Default().Cost(callOf("gemini-2.5-pro", tokens(most, 1))).Priced)
}

func TestPriceList_Cost_ZeroList(t *testing.T) {
	t.Parallel()
	var list cost.PriceList
	require.Zero(t, list.Cost(callOf("gemini-2.5-pro", tokens(1, 1))))
}

// TestPriceList_Cost_AllocatesNothing runs alone: AllocsPerRun counts the
// allocations of the whole process.
func TestPriceList_Cost_AllocatesNothing(t *testing.T) {
	call := callOf("publishers/google/models/gemini-2.5-pro-001", cached(tokens(300_000, 10), 5))
	require.Zero(t, testing.AllocsPerRun(100, func() { cost.Default().Cost(call) }))
}

func BenchmarkPriceList_Cost(b *testing.B) {
	list, call := cost.Default(), callOf("publishers/google/models/gemini-2.5-pro-001", cached(tokens(300_000, 10), 5))
	b.ReportAllocs()
	for b.Loop() {
		list.Cost(call)
	}
}

func TestPriceList_Find(t *testing.T) {
	t.Parallel()
	price, ok := cost.Default().Find("gcp.vertex_ai", "models/gemini-2.5-pro", "", start)
	require.True(t, ok)
	require.Equal(t, "gemini-2.5-pro", price.Model)
	require.Equal(t, "1.25", price.Rates.Input.String())
	require.Equal(t, int64(200_000), price.Steps[0].Above)
	require.Equal(t, "0.25", price.Steps[0].Rates.CacheRead.String())

	_, ok = cost.Default().Find("gcp.vertex_ai", "gemini-2.5-pro", "flex", start)
	require.False(t, ok)
}

func TestDefault(t *testing.T) {
	t.Parallel()
	list := cost.Default()
	require.Same(t, list, cost.Default())
	require.NotEmpty(t, list.Version())
	require.False(t, list.Date().IsZero())
	require.NotEmpty(t, list.Sources())
	require.NotEmpty(t, list.Notes())

	var names []string
	for _, price := range list.Prices() {
		names = append(names, price.Model)
		require.Equal(t, cost.TierStandard, price.Tier)
	}
	require.Equal(t, []string{
		"gemini-2.0-flash", "gemini-2.0-flash-lite", "gemini-2.5-flash", "gemini-2.5-pro",
		"gemini-3.6-flash", "gemini-3.6-flash", "gemini-3.7-flash", "gemini-3.7-flash",
		"gemini-3.8-flash", "gemini-3.8-flash", "gpt-4o-mini",
	}, names)
}

// TestPriceList_Cost_OtherProviders has what the list does not price: that a
// model sounds like one that it does is no reason to charge for it.
func TestPriceList_Cost_OtherProviders(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ provider, model, tier string }{
		{"openai", "gpt-4o", ""},
		{"openai", "gpt-4o-mini-audio-preview-2024-12-17", ""},
		{"openai", "gpt-4o-mini-search-preview", ""},
		{"openai", "ft:gpt-4o-mini-2024-07-18:corp::a1", ""},
		{"openai", "gpt-4o-mini", "flex"},
		{"openai", "gpt-4o-mini", "priority"},
		{"openai", "text-embedding-3-small", ""},
		{"azure.ai.openai", "gpt-4o-mini", ""},
		{"azure.ai.inference", "gpt-4o-mini", ""},
		{"openrouter", "openai/gpt-4o-mini", ""},
		{"groq", "gpt-4o-mini", ""},
		{"anthropic", "claude-sonnet-4-5-20250929", ""},
		{"aws.bedrock", "us.anthropic.claude-opus-4-1-v1:0", ""},
		{"gcp.vertex_ai", "claude-opus-4-1@20250805", ""},
		{"gcp.vertex_ai", "endpoints/gemini-2.5-flash", ""},
		{"gcp.gemini", "tunedModels/gemini-2.5-flash", ""},
		{"gcp.gemini", "gemini-2.5-flash-image", ""},
		{"gcp.gemini", "gpt-4o-mini", ""},
		{"", "gpt-4o-mini", ""},
	} {
		call := callOf(tt.model, tokens(1000, 100))
		call.Provider, call.ServiceTier = tt.provider, tt.tier
		require.Equal(t, analysis.Cost{}, cost.Default().Cost(call), "%s %s %s", tt.provider, tt.model, tt.tier)
	}
	call := callOf("gpt-4o-mini-2024-07-18", analysis.Usage{Input: analysis.Known(1_000_000)})
	call.Provider, call.ServiceTier = "openai", "standard"
	require.Equal(t, "0.15", cost.Default().Cost(call).Amount.String(), "an answer without output")
}
