// SPDX-License-Identifier: Apache-2.0

package indicator

import (
	"errors"
	"fmt"
	"math"

	talib "github.com/markcheno/go-talib"

	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

// MinDays is the least number of days that Compute takes: the longest average and some days to see it move.
const MinDays = 60

// ErrTooFewDays says that there are fewer than MinDays days.
var ErrTooFewDays = errors.New("too few days for the indicators")

// Series holds one value per day for each indicator, NaN on the days before it has one.
type Series struct {
	SMA20, SMA50                  []float64
	EMA12, EMA26                  []float64
	RSI14                         []float64
	MACD, Signal, Histogram       []float64
	UpperBand, MidBand, LowerBand []float64
	VolumeSMA20, OBV              []float64
	Swings                        []Swing
}

// Compute fills a Series. Days must be valid and in order, as market.ReadCSV returns them; fewer than MinDays are an
// ErrTooFewDays. The averages are those of TA-Lib: an EMA starts from the simple average of its first period, RSI is
// Wilder's, and the Bollinger bands lie two population standard deviations off the 20-day average.
func Compute(days []market.Day) (Series, error) {
	if len(days) < MinDays {
		return Series{}, fmt.Errorf("%w: %d of at least %d", ErrTooFewDays, len(days), MinDays)
	}
	closes, volumes := market.Closes(days), market.Volumes(days)
	s := Series{
		SMA20:       warmedUp(talib.Sma(closes, 20), 19),
		SMA50:       warmedUp(talib.Sma(closes, 50), 49),
		EMA12:       warmedUp(talib.Ema(closes, 12), 11),
		EMA26:       warmedUp(talib.Ema(closes, 26), 25),
		RSI14:       warmedUp(talib.Rsi(closes, 14), 14),
		VolumeSMA20: warmedUp(talib.Sma(volumes, 20), 19),
		OBV:         talib.Obv(closes, volumes),
		Swings:      findSwings(days, swingReach),
	}
	s.MACD, s.Signal, s.Histogram = macd(s.EMA12, s.EMA26)
	upper, mid, lower := talib.BBands(closes, 20, 2, 2, talib.SMA)
	s.UpperBand, s.MidBand, s.LowerBand = warmedUp(upper, 19), warmedUp(mid, 19), warmedUp(lower, 19)
	return s, nil
}

// macd is fast - slow, its 9-day EMA and the distance between them. The library's own Macd takes zeros for the days
// before the slow average exists, which bends the first weeks of the signal line.
func macd(fast, slow []float64) (line, signal, histogram []float64) {
	const firstSlow, period = 25, 9
	line = make([]float64, len(slow))
	histogram = make([]float64, len(slow))
	for i := range slow {
		line[i] = fast[i] - slow[i]
	}
	signal = append(missing(firstSlow), warmedUp(talib.Ema(line[firstSlow:], period), period-1)...)
	for i := range histogram {
		histogram[i] = line[i] - signal[i]
	}
	return line, signal, histogram
}

// warmedUp marks the first n values, which the library leaves at zero, as missing.
func warmedUp(values []float64, n int) []float64 {
	copy(values, missing(n))
	return values
}

func missing(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}
