// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"iter"

	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

// Set is one PNG picture of each kind.
type Set struct {
	// Price is the close with its moving averages and Bollinger bands.
	Price []byte
	// Volume is the traded shares of each day with their average.
	Volume []byte
	// Momentum is RSI above MACD.
	Momentum []byte
	// Patterns is the last months as candles, with the swings, support and resistance.
	Patterns []byte
}

// Draw draws the charts of a symbol. Series must be computed from the same days.
func Draw(symbol string, days []market.Day, series indicator.Series) (Set, error) {
	c := canvas{symbol: symbol, days: days, series: series}
	var set Set
	for _, picture := range []struct {
		name string
		draw func() ([]byte, error)
		into *[]byte
	}{
		{"price", c.price, &set.Price},
		{"volume", c.volume, &set.Volume},
		{"momentum", c.momentum, &set.Momentum},
		{"patterns", c.patterns, &set.Patterns},
	} {
		png, err := picture.draw()
		if err != nil {
			return Set{}, fmt.Errorf("draw %s chart of %s: %w", picture.name, symbol, err)
		}
		*picture.into = png
	}
	return set, nil
}

// Files yields a file name for each picture, and the picture.
func (s Set) Files() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		_ = yield("price.png", s.Price) &&
			yield("volume.png", s.Volume) &&
			yield("momentum.png", s.Momentum) &&
			yield("patterns.png", s.Patterns)
	}
}

// canvas is what the charts of one symbol are drawn from.
type canvas struct {
	symbol string
	days   []market.Day
	series indicator.Series
}
