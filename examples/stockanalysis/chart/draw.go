// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

// patternDays is how many of the last days the pattern chart shows: few enough to tell the candles apart.
const patternDays = 90

func (c canvas) price() ([]byte, error) {
	p := newPane(c.symbol+": close, moving averages, Bollinger bands", "price", c.days)
	p.band("Bollinger 20, 2", c.series.UpperBand, c.series.LowerBand)
	p.line("SMA 20", c.series.SMA20, orange)
	p.line("SMA 50", c.series.SMA50, blue)
	p.line("close", market.Closes(c.days), ink)
	return render(p)
}

func (c canvas) volume() ([]byte, error) {
	p := newPane(c.symbol+": volume, green on days that rose", "shares", c.days)
	p.bars(market.Volumes(c.days), func(i int) bool { return c.days[i].Close >= c.days[i].Open })
	p.line("20-day average", c.series.VolumeSMA20, blue)
	return render(p)
}

func (c canvas) momentum() ([]byte, error) {
	rsi := newPane(c.symbol+": RSI 14 and MACD 12, 26, 9", "RSI", c.days)
	rsi.level("overbought 70", 70, red)
	rsi.level("oversold 30", 30, green)
	rsi.line("", c.series.RSI14, ink)
	rsi.Y.Min, rsi.Y.Max = 0, 100

	macd := newPane("", "MACD", c.days)
	macd.bars(c.series.Histogram, func(i int) bool { return c.series.Histogram[i] >= 0 })
	macd.line("MACD", c.series.MACD, blue)
	macd.line("signal", c.series.Signal, orange)
	return render(rsi, macd)
}

func (c canvas) patterns() ([]byte, error) {
	first := max(0, len(c.days)-patternDays)
	days := c.days[first:]
	p := newPane(fmt.Sprintf("%s: last %d days, swings, support and resistance", c.symbol, len(days)), "price", days)
	p.Add(candles(days))
	support, resistance := indicator.Levels(c.days, c.series.Swings, days[len(days)-1].Close)
	p.level("support", support, green)
	p.level("resistance", resistance, red)
	tops, bottoms := c.swings(first)
	p.marks("swing high", tops, red, draw.TriangleGlyph{})
	p.marks("swing low", bottoms, green, draw.PyramidGlyph{})
	return render(p)
}

// swings returns the tops and the bottoms since the day first, counted from it.
func (c canvas) swings(first int) (tops, bottoms plotter.XYs) {
	for _, s := range c.series.Swings {
		point := plotter.XY{X: float64(s.Index - first), Y: s.Price}
		switch {
		case s.Index < first:
		case s.Top:
			tops = append(tops, point)
		default:
			bottoms = append(bottoms, point)
		}
	}
	return tops, bottoms
}
