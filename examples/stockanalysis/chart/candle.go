// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

// candles draws each day as a thin line from its low to its high and a body from its open to its close. It is a
// plot.Plotter and a plot.DataRanger.
type candles []market.Day

// Plot draws the candles on c.
func (cs candles) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	half := vg.Points(200 / float64(len(cs)))
	for i, d := range cs {
		x, tint := toX(float64(i)), candleColor(d)
		c.StrokeLine2(draw.LineStyle{Color: tint, Width: vg.Points(0.8)}, x, toY(d.Low), x, toY(d.High))
		bottom, top := toY(min(d.Open, d.Close)), toY(max(d.Open, d.Close))
		top = max(top, bottom+vg.Points(0.8)) // a day that closed where it opened still shows
		c.FillPolygon(tint, []vg.Point{
			{X: x - half, Y: bottom}, {X: x + half, Y: bottom}, {X: x + half, Y: top}, {X: x - half, Y: top},
		})
	}
}

// DataRange returns the room that the candles take, half a step more on each side.
func (cs candles) DataRange() (xmin, xmax, ymin, ymax float64) {
	ymin, ymax = cs[0].Low, cs[0].High
	for _, d := range cs {
		ymin, ymax = min(ymin, d.Low), max(ymax, d.High)
	}
	return -0.5, float64(len(cs)) - 0.5, ymin, ymax
}

func candleColor(d market.Day) color.Color {
	if d.Close < d.Open {
		return red
	}
	return green
}
