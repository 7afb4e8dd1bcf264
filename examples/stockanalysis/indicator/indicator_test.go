// SPDX-License-Identifier: Apache-2.0

package indicator

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

func bundled(t *testing.T) []market.Day {
	t.Helper()
	days, err := market.Bundled("RELIANCE")
	require.NoError(t, err)
	return days
}

func daysAt(closes ...float64) []market.Day {
	days := make([]market.Day, len(closes))
	for i, c := range closes {
		days[i] = market.Day{
			Date: time.Date(2024, time.January, 1+i, 0, 0, 0, 0, time.UTC),
			Open: c, High: c, Low: c, Close: c, Volume: 100,
		}
	}
	return days
}

func repeated(n int, value func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = value(i)
	}
	return out
}

// The expected figures are computed from the definitions, without the library.
func TestCompute_AgreesWithTheDefinitions(t *testing.T) {
	t.Parallel()
	days := bundled(t)
	closes, last := market.Closes(days), len(days)-1
	s, err := Compute(days)
	require.NoError(t, err)

	require.InDelta(t, mean(closes[last-19:]), s.SMA20[last], 1e-6)
	require.InDelta(t, mean(closes[last-49:]), s.SMA50[last], 1e-6)
	fast, slow := ema(closes, 12), ema(closes, 26)
	require.InDelta(t, fast[last], s.EMA12[last], 1e-6)
	require.InDelta(t, slow[last], s.EMA26[last], 1e-6)
	require.InDelta(t, wilderRSI(closes, 14), s.RSI14[last], 1e-6)

	line := repeated(len(closes)-25, func(i int) float64 { return fast[i+25] - slow[i+25] })
	signal := ema(line, 9)
	for _, i := range []int{33, 40, last} {
		require.InDelta(t, line[i-25], s.MACD[i], 1e-6)
		require.InDelta(t, signal[i-25], s.Signal[i], 1e-6)
		require.InDelta(t, line[i-25]-signal[i-25], s.Histogram[i], 1e-6)
	}

	mid, spread := mean(closes[last-19:]), 0.0
	for _, c := range closes[last-19:] {
		spread += (c - mid) * (c - mid) / 20
	}
	require.InDelta(t, mid+2*math.Sqrt(spread), s.UpperBand[last], 1e-5)
	require.InDelta(t, mid, s.MidBand[last], 1e-6)
	require.InDelta(t, mid-2*math.Sqrt(spread), s.LowerBand[last], 1e-5)
	require.InDelta(t, mean(market.Volumes(days)[last-19:]), s.VolumeSMA20[last], 1e-3)
}

func TestCompute_MarksTheDaysBeforeTheFirstValue(t *testing.T) {
	t.Parallel()
	s, err := Compute(bundled(t))
	require.NoError(t, err)
	for name, first := range map[string]struct {
		series []float64
		index  int
	}{
		"sma20": {s.SMA20, 19}, "sma50": {s.SMA50, 49}, "ema26": {s.EMA26, 25}, "rsi": {s.RSI14, 14},
		"macd": {s.MACD, 25}, "signal": {s.Signal, 33}, "histogram": {s.Histogram, 33}, "band": {s.UpperBand, 19},
	} {
		require.Truef(t, math.IsNaN(first.series[first.index-1]), "%s before its first value", name)
		require.Falsef(t, math.IsNaN(first.series[first.index]), "%s at its first value", name)
		require.Lenf(t, first.series, 250, "%s", name)
	}
}

func TestCompute_TooFewDays(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, MinDays - 1} {
		_, err := Compute(daysAt(repeated(n, func(int) float64 { return 10 })...))
		require.ErrorIs(t, err, ErrTooFewDays)
	}
}

func TestSeries_Latest(t *testing.T) {
	t.Parallel()
	shapes := map[string]func(int) float64{
		"Flat":    func(int) float64 { return 10 },
		"Rising":  func(i int) float64 { return 10 + float64(i) },
		"Falling": func(i int) float64 { return 500 - float64(i) },
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			days := daysAt(repeated(MinDays, shape)...)
			for i := range days {
				days[i].Volume = 0
			}
			s, err := Compute(days)
			require.NoError(t, err)
			_, err = json.Marshal(s.Latest(days))
			require.NoError(t, err, "every value is a finite number")
		})
	}
	t.Run("Bundled", func(t *testing.T) {
		t.Parallel()
		days := bundled(t)
		s, err := Compute(days)
		require.NoError(t, err)
		v := s.Latest(days)
		require.Equal(t, "2025-06-13", v.Date)
		require.Less(t, v.Support, v.Close)
		require.Greater(t, v.Resistance, v.Close)
		require.Less(t, v.LowerBand, v.UpperBand)
		require.InDelta(t, 50, v.RSI14, 50)
	})
}

func TestFindSwings(t *testing.T) {
	t.Parallel()
	days := daysAt(5, 6, 9, 6, 5, 2, 5, 6, 7)
	require.Equal(t, []Swing{{Index: 2, Price: 9, Top: true}, {Index: 5, Price: 2}}, findSwings(days, 2))
	require.Empty(t, findSwings(days[:3], 2))
}

func TestLevels(t *testing.T) {
	t.Parallel()
	days := daysAt(1, 5, 9)
	swings := []Swing{{Price: 3}, {Price: 4}, {Price: 6, Top: true}, {Price: 8, Top: true}}
	support, resistance := Levels(days, swings, 5)
	require.Equal(t, []float64{4, 6}, []float64{support, resistance})
	support, resistance = Levels(days, nil, 5)
	require.Equal(t, []float64{1, 9}, []float64{support, resistance})
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func ema(values []float64, period int) []float64 {
	out := make([]float64, len(values))
	out[period-1] = mean(values[:period])
	for i := period; i < len(values); i++ {
		out[i] = out[i-1] + 2*(values[i]-out[i-1])/float64(period+1)
	}
	return out
}

func wilderRSI(values []float64, period int) float64 {
	var gain, loss float64
	for i := 1; i < len(values); i++ {
		up, down := max(values[i]-values[i-1], 0), max(values[i-1]-values[i], 0)
		if i <= period {
			gain, loss = gain+up/float64(period), loss+down/float64(period)
			continue
		}
		gain += (up - gain) / float64(period)
		loss += (down - loss) / float64(period)
	}
	return 100 * gain / (gain + loss)
}
