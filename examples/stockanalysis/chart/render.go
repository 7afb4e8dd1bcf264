// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"bytes"
	"fmt"
	"image/png"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A picture is 960 by 540 pixels: large enough for the labels to be read.
const (
	width, height = 10 * vg.Inch, 5.625 * vg.Inch
	dotsPerInch   = 96
)

// render draws panes of equal height below each other, their left and right ends in line, as one PNG.
func render(panes ...*pane) ([]byte, error) {
	rows := make([][]*plot.Plot, len(panes))
	for i, p := range panes {
		if p.err != nil {
			return nil, p.err
		}
		rows[i] = []*plot.Plot{p.Plot}
	}
	img := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch))
	margin := vg.Points(8)
	tiles := draw.Tiles{
		Rows: len(panes), Cols: 1,
		PadTop: margin, PadBottom: margin, PadLeft: margin, PadRight: margin, PadY: margin,
	}
	for i, row := range plot.Align(rows, tiles, draw.New(img)) {
		rows[i][0].Draw(row[0])
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed} // encoding takes longer than drawing
	if err := encoder.Encode(&out, img.Image()); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return out.Bytes(), nil
}
