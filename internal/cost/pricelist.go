// SPDX-License-Identifier: Apache-2.0

package cost

import (
	"bytes"
	_ "embed"
	"slices"
	"sync"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// PriceList holds the prices of models, with their source. It never changes
// once made and is safe for concurrent use. The zero PriceList is empty:
// everything is unpriced.
type PriceList struct {
	version string
	date    time.Time
	sources []string
	notes   []string
	prices  []Price
	index   index
}

//go:embed prices.json
var embedded []byte

// Default returns the built-in price list.
func Default() *PriceList { return parseEmbedded() }

var parseEmbedded = sync.OnceValue(func() *PriceList {
	list, err := Parse(bytes.NewReader(embedded))
	if err != nil {
		return &PriceList{} // a test parses the same bytes
	}
	return list
})

// Version names the list; every cost carries it.
func (l *PriceList) Version() string { return l.version }

// Date returns the day on which the prices were collected.
func (l *PriceList) Date() time.Time { return l.date }

// Sources says where the prices come from.
func (l *PriceList) Sources() []string { return slices.Clone(l.sources) }

// Notes says what a reader of the list should know.
func (l *PriceList) Notes() []string { return slices.Clone(l.notes) }

// Prices returns all prices in the order of the list; those that a factor
// makes of another follow it.
func (l *PriceList) Prices() []Price { return slices.Clone(l.prices) }

// Cost returns what the call cost. The model is the one that answered, or
// where that is not known the one that was asked; the price is the one that
// held when the call started, in the tier that served it. Partial and
// estimated usage is priced as it stands. Where the price depends on the size
// of a request, the largest request of the call decides.
//
// The zero Cost, unpriced, is returned where the list has no such price, the
// usage or its input is unknown, its output is unknown although the provider's
// total exceeds the input, the counts contradict each other, or the amount
// would not fit; never an amount of 0 instead.
//
// Cost allocates nothing for names in lower case.
func (l *PriceList) Cost(call *analysis.Call) analysis.Cost {
	price := l.find(call.Provider, call.Model(), call.ServiceTier, call.Start)
	if price == nil {
		return analysis.Cost{}
	}
	amount, ok := price.amount(&call.Usage)
	if !ok {
		return analysis.Cost{}
	}
	return analysis.Cost{Amount: amount, Priced: true, PriceListVersion: l.version}
}

// Find returns the price of a model in a tier ("" is standard) at an instant,
// and false where the list has none. It takes the names that Cost takes.
func (l *PriceList) Find(provider, model, tier string, at time.Time) (Price, bool) {
	if price := l.find(provider, model, tier, at); price != nil {
		return *price, true
	}
	return Price{}, false
}

func (l *PriceList) find(provider, model, tier string, at time.Time) *Price {
	prices := l.model(provider, model)
	if tier == "" {
		tier = TierStandard
	}
	for i := range prices {
		if prices[i].covers(tier, at) {
			return &prices[i]
		}
	}
	return nil
}

// model returns the prices of a model; a name that the list holds as it is
// goes before one without its version.
func (l *PriceList) model(provider, model string) []Price {
	models := l.index[providerName(provider)]
	name := resourceName(model)
	if prices, ok := models[name]; ok {
		return prices
	}
	return models[baseName(name)]
}
