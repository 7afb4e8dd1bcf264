// SPDX-License-Identifier: Apache-2.0

package analysis_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

func TestAmount_String(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pico int64
		want string
	}{
		{0, "0.00"},
		{1, "0.000000000001"},
		{-1, "-0.000000000001"},
		{2_250_000_000, "0.00225"},
		{290_002_500_000, "0.2900025"},
		{12_000_000_000_000, "12.00"},
		{-12_340_000_000_000, "-12.34"},
		{math.MaxInt64, "9223372.036854775807"},
		{math.MinInt64, "-9223372.036854775808"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			amount := analysis.PicoDollars(tt.pico)
			require.Equal(t, tt.want, amount.String())

			parsed, err := analysis.ParseAmount(tt.want)
			require.NoError(t, err)
			require.Equal(t, amount, parsed)
		})
	}
}

func TestParseAmount(t *testing.T) {
	t.Parallel()

	trailing, err := analysis.ParseAmount("0.0022500000000000")
	require.NoError(t, err, "zeros beyond the twelfth decimal carry nothing")
	require.Equal(t, analysis.PicoDollars(2_250_000_000), trailing)

	for _, bad := range []string{"", "-", ".", "1e3", "0x1", "+1", "1,000", "0.0000000000001", "9223373", "--1", "1.2.3", "NaN"} {
		_, err := analysis.ParseAmount(bad)
		require.ErrorIs(t, err, analysis.ErrAmount, "%q", bad)
		require.ErrorContains(t, err, bad)
	}
}

func TestAmount_JSON(t *testing.T) {
	t.Parallel()

	encoded, err := json.Marshal(analysis.PicoDollars(2_250_000_000))
	require.NoError(t, err)
	require.JSONEq(t, `"0.00225"`, string(encoded))

	for _, document := range []string{`"0.00225"`, `0.00225`} {
		var amount analysis.Amount
		require.NoError(t, json.Unmarshal([]byte(document), &amount))
		require.Equal(t, analysis.PicoDollars(2_250_000_000), amount)
	}
	var amount analysis.Amount
	require.ErrorIs(t, json.Unmarshal([]byte(`"a lot"`), &amount), analysis.ErrAmount)
}

func TestAmount_Cmp(t *testing.T) {
	t.Parallel()
	one, two := analysis.PicoDollars(1), analysis.PicoDollars(2)
	require.Negative(t, one.Cmp(two))
	require.Positive(t, two.Cmp(one))
	require.Zero(t, two.Cmp(one.Add(one)))
	require.EqualValues(t, 2, two.Pico())
}

func TestAmount_Add(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, want int64 }{
		{1, 2, 3},
		{-1, 2, 1},
		{math.MaxInt64 - 1, 1, math.MaxInt64},
		{math.MaxInt64 - 1, 2, math.MaxInt64},
		{math.MaxInt64, math.MinInt64, -1},
		{math.MinInt64 + 1, -2, math.MinInt64},
	} {
		want := analysis.PicoDollars(c.want)
		require.Equal(t, want, analysis.PicoDollars(c.a).Add(analysis.PicoDollars(c.b)))
		require.Equal(t, want, analysis.PicoDollars(c.b).Add(analysis.PicoDollars(c.a)))
	}
}
