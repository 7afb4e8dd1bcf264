// SPDX-License-Identifier: Apache-2.0

package market

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnknownSymbol says that no prices are bundled for a symbol.
var ErrUnknownSymbol = errors.New("no bundled prices for this symbol")

//go:embed data/*.csv
var bundledFiles embed.FS

// Bundled returns the made-up prices of a symbol, oldest day first. Symbols lists what there is; for anything else
// the error is an ErrUnknownSymbol.
func Bundled(symbol string) ([]Day, error) {
	if !slices.Contains(Symbols(), symbol) {
		return nil, fmt.Errorf("%w: %q (bundled are %s)", ErrUnknownSymbol, symbol, strings.Join(Symbols(), ", "))
	}
	f, err := bundledFiles.Open("data/" + symbol + ".csv")
	if err != nil {
		return nil, fmt.Errorf("open prices of %s: %w", symbol, err)
	}
	defer f.Close()
	return ReadCSV(f)
}

// Symbols returns the symbols that prices are bundled for, in alphabetical order.
func Symbols() []string {
	symbols := make([]string, 0, len(madeUp))
	for _, m := range madeUp {
		symbols = append(symbols, m.Symbol)
	}
	slices.Sort(symbols)
	return symbols
}
