// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"strconv"
	"time"

	"gonum.org/v1/plot"

	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

// monthTicks marks the first day of each month, and names it.
func monthTicks(days []market.Day) []plot.Tick {
	var ticks []plot.Tick
	var month time.Month
	for i, d := range days {
		if d.Date.Month() == month {
			continue
		}
		month = d.Date.Month()
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: d.Date.Format("Jan 06")})
	}
	return ticks
}

// valueTicks are the usual ticks with plain labels: 12000000 becomes 12M instead of 1.2e+07.
func valueTicks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		if !ticks[i].IsMinor() {
			ticks[i].Label = short(ticks[i].Value)
		}
	}
	return ticks
}

func short(v float64) string {
	unit := ""
	if v >= 1e6 || v <= -1e6 {
		v, unit = v/1e6, "M"
	}
	return strconv.FormatFloat(v, 'f', -1, 64) + unit
}
