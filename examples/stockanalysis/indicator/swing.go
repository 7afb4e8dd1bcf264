// SPDX-License-Identifier: Apache-2.0

package indicator

import "github.com/spanledger/spanledger/examples/stockanalysis/market"

// swingReach is how many days on each side a swing stands out from.
const swingReach = 5

// Swing is a day whose high no day nearby tops, or whose low no day nearby undercuts: a turn of the price.
type Swing struct {
	// Index is the day's place among the days.
	Index int
	Price float64
	// Top is true for a high and false for a low.
	Top bool
}

// findSwings returns the swings of days in their order. The first and last reach days have too few neighbors to
// tell, and are never swings.
func findSwings(days []market.Day, reach int) []Swing {
	var swings []Swing
	for i := reach; i < len(days)-reach; i++ {
		near := days[i-reach : i+reach+1]
		if days[i].High == highest(near) {
			swings = append(swings, Swing{Index: i, Price: days[i].High, Top: true})
		}
		if days[i].Low == lowest(near) {
			swings = append(swings, Swing{Index: i, Price: days[i].Low})
		}
	}
	return swings
}

// Levels returns the nearest swing low below price and the nearest swing high above it. Where there is no such
// swing, the lowest low or the highest high of all days stands in.
func Levels(days []market.Day, swings []Swing, price float64) (support, resistance float64) {
	support, resistance = lowest(days), highest(days)
	for _, s := range swings {
		switch {
		case s.Top && s.Price > price:
			resistance = min(resistance, s.Price)
		case !s.Top && s.Price < price:
			support = max(support, s.Price)
		}
	}
	return support, resistance
}

func highest(days []market.Day) float64 {
	top := days[0].High
	for _, d := range days {
		top = max(top, d.High)
	}
	return top
}

func lowest(days []market.Day) float64 {
	bottom := days[0].Low
	for _, d := range days {
		bottom = min(bottom, d.Low)
	}
	return bottom
}
