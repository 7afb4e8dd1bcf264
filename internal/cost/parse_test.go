// SPDX-License-Identifier: Apache-2.0

package cost_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
)

// listOf wraps models in what every list needs.
func listOf(models string) string {
	return `{"format": 1, "version": "v1", "date": "2026-11-20", "models": [` + models + `]}`
}

// priced returns a list of one model with these prices.
func priced(prices string) string {
	return listOf(`{"provider": "p", "model": "m", "prices": [` + prices + `]}`)
}

func TestParse_Errors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, list, want string }{
		{"Empty", ``, "EOF"},
		{"Syntax", "{\n\"format\": 1,\n}", "line 3: invalid character '}'"},
		{"Cut", `{"format": 1`, "unexpected EOF"},
		{"Twice", listOf("") + "{}", "after the end"},
		{"OtherFormat", `{"format": 2, "version": "v"}`, "format: have 2, want 1"},
		{"NoVersion", `{"format": 1}`, "version: every cost"},
		{"BadDate", `{"format": 1, "version": "v", "date": "1.1.2027"}`, "date: want a day"},
		{"WrongType", `{"format": 1, "version": 3}`, "version: a JSON number cannot stand here"},
		{"NoProvider", listOf(`{"model": "m"}`), `models[0] "m": provider: is missing`},
		{"NoModel", listOf(`{"provider": "p"}`), `models[0] "": model: is missing`},
		{"NoPrices", listOf(`{"provider": "p", "model": "m"}`), `models[0] "m": prices: is missing`},
		{"UnknownField", priced(`{"inptu": "1"}`), `models[0] "m": json: unknown field "inptu"`},
		{"NoInput", priced(`{"output": "1"}`), `models[0] "m": prices[0].input: is missing`},
		{"NoOutput", priced(`{"input": "1"}`), `prices[0].output: is missing`},
		{"Number", priced(`{"input": 1.5, "output": "1"}`), `prices[0].input: want a decimal string`},
		{"Null", priced(`{"input": null, "output": "1"}`), `prices[0].input: want a decimal string`},
		{"Word", priced(`{"input": "free", "output": "1"}`), `have "free"`},
		{"Negative", priced(`{"input": "-1", "output": "1"}`), `prices[0].input: want a decimal string`},
		{"TooFine", priced(`{"input": "0.0000001", "output": "1"}`), `at most 6 decimals, have "0.0000001"`},
		{"BadFrom", priced(`{"from": "soon", "input": "1", "output": "1"}`), `prices[0].from: want a day`},
		{"BadTo", priced(`{"to": "2027-13-01", "input": "1", "output": "1"}`), `prices[0].to: want a day`},
		{
			"EmptyPeriod", priced(`{"from": "2027-01-01", "to": "2027-01-01", "input": "1", "output": "1"}`),
			`prices[0].to: 2027-01-01 is not after from`,
		},
		{
			"Overlap", priced(`{"to": "2027-01-02", "input": "1", "output": "1"}, {"from": "2027-01-01", "input": "1", "output": "1"}`),
			`prices[1]: another price of tier "standard" holds at the same time`,
		},
		{
			"StepNotAbove", priced(`{"input": "1", "output": "1", "steps": [{"above": 0, "input": "1", "output": "1"}]}`),
			`prices[0].steps[0].above: want more than 0, have 0`,
		},
		{
			"StepWithoutOutput", priced(`{"input": "1", "output": "1", "steps": [{"above": 1, "input": "1"}]}`),
			`prices[0].steps[0].output: is missing`,
		},
		{
			"StepForgetsCache", priced(`{"input": "1", "output": "1", "cache_read": "1", "steps": [{"above": 1, "input": "1", "output": "1"}]}`),
			`prices[0].steps[0].cache_read: is missing`,
		},
		{
			"StepForgetsCacheWrite", priced(`{"input": "1", "output": "1", "cache_write": "1", "steps": [{"above": 1, "input": "1", "output": "1"}]}`),
			`prices[0].steps[0].cache_write: is missing`,
		},
		{
			"StepForgetsAudio", priced(`{"input": "1", "output": "1", "input_audio": "1", "steps": [{"above": 1, "input": "1", "output": "1"}]}`),
			`prices[0].steps[0].input_audio: is missing`,
		},
		{
			"FactorOfOwnTier", priced(`{"input": "1", "output": "1", "tier_factors": {"standard": "1"}}`),
			`prices[0].tier_factors.standard: want another tier`,
		},
		{
			"FactorNotWhole", priced(`{"input": "0.000001", "output": "1", "tier_factors": {"batch": "0.5"}}`),
			`prices[0].tier_factors.batch: times 0.5 a price has more than 6 decimals`,
		},
		{
			"FactorTooLarge", priced(`{"input": "9000000", "output": "1", "tier_factors": {"batch": "9000000"}}`),
			`prices[0].tier_factors.batch`,
		},
		{
			"SameNameTwice", listOf(`{"provider": "p", "model": "m", "aliases": ["models/M"], "prices": [{"input": "1", "output": "1"}]}`),
			`models[0] "m": the name "m" is listed twice for provider "p"`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			list, err := cost.Parse(strings.NewReader(tt.list))
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "price list: ")
			require.Nil(t, list)
		})
	}
}

func TestParse_ReaderFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	_, err := cost.Parse(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}

func TestParse_Tiers(t *testing.T) {
	t.Parallel()
	list, err := cost.Parse(strings.NewReader(priced(`
		{"input": "1", "output": "2", "steps": [{"above": 10, "input": "3", "output": "4"}],
		 "tier_factors": {"batch": "0.5", "priority": "1.8"}},
		{"tier": "flex", "from": "2026-01-01T00:00:00Z", "input": "7", "output": "8"}`)))
	require.NoError(t, err)

	for tier, want := range map[string]string{"": "0.000003", "batch": "0.0000015", "priority": "0.0000054", "flex": "0.000015"} {
		call := &analysis.Call{Provider: "P", RequestModel: "m", ServiceTier: tier, Start: start}
		call.Usage = tokens(1, 1)
		call.Usage.Status = analysis.StatusReported
		require.Equal(t, want, list.Cost(call).Amount.String(), tier)
	}
	price, ok := list.Find("p", "m", "batch", time.Time{})
	require.True(t, ok)
	require.Equal(t, "1.50", price.Steps[0].Rates.Input.String())
	price, ok = list.Find("p", "m", "", time.Time{})
	require.True(t, ok)
	require.Equal(t, "3.00", price.Steps[0].Rates.Input.String())
	_, ok = list.Find("p", "m", "flex", time.Time{})
	require.False(t, ok)
}

func TestParse_MemberGoesBeforeFamily(t *testing.T) {
	t.Parallel()
	list, err := cost.Parse(strings.NewReader(listOf(`
		{"provider": "google", "model": "m", "aliases": ["m-preview"], "prices": [{"input": "1", "cache_write": "5", "output": "1"}]},
		{"provider": "vertex_ai", "model": "m", "prices": [{"input": "2", "output": "1"}]}`)))
	require.NoError(t, err)
	for provider, want := range map[string]cost.Rate{"gcp.gemini": 1_000_000, "gcp.vertex_ai": 2_000_000, "google": 1_000_000} {
		price, ok := list.Find(provider, "m", "", start)
		require.True(t, ok, provider)
		require.Equal(t, want, price.Rates.Input, provider)
	}
	price, ok := list.Find("gcp.vertex_ai", "m-preview", "", start)
	require.True(t, ok)
	require.Equal(t, cost.Rate(5_000_000), price.Rates.CacheWrite)
	require.Equal(t, cost.Rate(1_000_000), price.Rates.CacheRead)
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "prices.json")
	require.NoError(t, os.WriteFile(path, []byte(priced(`{"input": "1", "output": "1"}`)), 0o600))
	list, err := cost.Load(path)
	require.NoError(t, err)
	require.Equal(t, "v1", list.Version())

	_, err = cost.Load(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, err = cost.Load(path)
	require.ErrorContains(t, err, "price list: ")
}

func FuzzParse(f *testing.F) {
	f.Add(priced(`{"from": "2026-01-01", "input": "1", "output": "2", "tier_factors": {"batch": "0.5"}}`))
	f.Add(priced(`{"input": "1", "output": "2", "steps": [{"above": 10, "input": "3", "output": "4"}]}`))
	f.Fuzz(func(t *testing.T, text string) {
		list, err := cost.Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		prices := list.Prices()
		for i := range prices {
			price := &prices[i]
			found, ok := list.Find(price.Provider, price.Model, price.Tier, price.From)
			require.True(t, ok)
			require.Equal(t, *price, found)
		}
	})
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"0": "0.00", "0.075": "0.075", "0.000001": "0.000001", "10": "10.00"} {
		rate, err := cost.ParseRate(text)
		require.NoError(t, err, text)
		require.Equal(t, want, rate.String())
	}
}
