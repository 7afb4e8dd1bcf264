// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

var (
	ink     = color.RGBA{R: 0x22, G: 0x2b, B: 0x3a, A: 0xff}
	blue    = color.RGBA{R: 0x1f, G: 0x5f, B: 0xbf, A: 0xff}
	orange  = color.RGBA{R: 0xd9, G: 0x7a, B: 0x06, A: 0xff}
	green   = color.RGBA{R: 0x1b, G: 0x8f, B: 0x5a, A: 0xff}
	red     = color.RGBA{R: 0xc2, G: 0x3b, B: 0x3b, A: 0xff}
	bandInk = color.RGBA{R: 0xe3, G: 0xec, B: 0xf8, A: 0xff}
	gridInk = color.RGBA{R: 0xe3, G: 0xe6, B: 0xea, A: 0xff}
)

// pane is one coordinate system: a day per step from left to right, values upwards. The first thing that cannot be
// added is kept in err, and render returns it.
type pane struct {
	*plot.Plot
	days int
	err  error
}

func newPane(title, unit string, days []market.Day) *pane {
	p := plot.New()
	p.Title.Text, p.Y.Label.Text = title, unit
	p.X.Tick.Marker = plot.TickerFunc(func(float64, float64) []plot.Tick { return monthTicks(days) })
	p.Y.Tick.Marker = plot.TickerFunc(valueTicks)
	p.Legend.Top, p.Legend.Left = true, true
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = gridInk, gridInk
	p.Add(grid)
	return &pane{Plot: p, days: len(days)}
}

// line adds the values that are there, and its name to the legend unless that is empty.
func (p *pane) line(name string, values []float64, c color.Color) {
	p.stroke(name, present(values), c)
}

// level adds a dashed line across the pane at one value.
func (p *pane) level(name string, value float64, c color.Color) {
	ends := plotter.XYs{{X: 0, Y: value}, {X: float64(p.days - 1), Y: value}}
	p.stroke(name, ends, c, vg.Points(5), vg.Points(3))
}

func (p *pane) stroke(name string, points plotter.XYs, c color.Color, dashes ...vg.Length) {
	l, err := plotter.NewLine(points)
	if err != nil {
		p.fail(fmt.Errorf("line %q: %w", name, err))
		return
	}
	l.Color, l.Width, l.Dashes = c, vg.Points(1.3), dashes
	p.Add(l)
	if name != "" {
		p.Legend.Add(name, l)
	}
}

// band fills the room between two lines.
func (p *pane) band(name string, upper, lower []float64) {
	outline := present(upper)
	back := present(lower)
	slices.Reverse(back)
	area, err := plotter.NewPolygon(append(outline, back...))
	if err != nil {
		p.fail(fmt.Errorf("band %q: %w", name, err))
		return
	}
	area.Color, area.Width = bandInk, 0
	p.Add(area)
	p.Legend.Add(name, area)
}

// bars adds a bar from zero for each value, in one color where rises is true and another where not.
func (p *pane) bars(values []float64, rises func(i int) bool) {
	up, down := make(plotter.Values, len(values)), make(plotter.Values, len(values))
	for i, v := range values {
		switch {
		case math.IsNaN(v):
		case rises(i):
			up[i] = v
		default:
			down[i] = v
		}
	}
	p.barsOf(up, green)
	p.barsOf(down, red)
}

func (p *pane) barsOf(values plotter.Values, c color.Color) {
	b, err := plotter.NewBarChart(values, vg.Points(400/float64(p.days)))
	if err != nil {
		p.fail(fmt.Errorf("bars: %w", err))
		return
	}
	b.Color, b.LineStyle.Width = c, 0
	p.Add(b)
}

// marks adds a mark at each point; without points it adds nothing.
func (p *pane) marks(name string, points plotter.XYs, c color.Color, shape draw.GlyphDrawer) {
	if len(points) == 0 {
		return
	}
	m, err := plotter.NewScatter(points)
	if err != nil {
		p.fail(fmt.Errorf("marks %q: %w", name, err))
		return
	}
	m.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(4), Shape: shape}
	p.Add(m)
	p.Legend.Add(name, m)
}

func (p *pane) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func present(values []float64) plotter.XYs {
	points := make(plotter.XYs, 0, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			points = append(points, plotter.XY{X: float64(i), Y: v})
		}
	}
	return points
}
