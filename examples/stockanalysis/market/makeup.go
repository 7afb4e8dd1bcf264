// SPDX-License-Identifier: Apache-2.0

package market

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Recipe says how to make up the prices of one symbol.
type Recipe struct {
	Symbol string
	// Seed makes one recipe's days differ from another's. The same recipe always gives the same days.
	Seed uint64
	// Start is the first day, or the Monday after it when it falls on a weekend.
	Start time.Time
	// StartCents is the first day's opening price in hundredths.
	StartCents int64
	// Shares is the volume of a quiet day.
	Shares int64
	// Phases follow each other: a year of a share that rises, falls back and rises again has three.
	Phases []Phase
}

// Phase is a run of trading days with one tendency.
type Phase struct {
	Days int
	// Drift is the usual change of a day, and Swing the furthest a day strays from it, in hundredths of a per cent.
	Drift, Swing int64
}

// madeUp are the recipes of the bundled files. Their phases are chosen for charts with something to see: a rise,
// a fall back with heavy volume, a base and a second rise.
var madeUp = []Recipe{
	{
		Symbol: "RELIANCE", Seed: 20240701, StartCents: 124000, Shares: 6_200_000,
		Start:  time.Date(2024, time.July, 1, 0, 0, 0, 0, time.UTC),
		Phases: []Phase{{60, 14, 310}, {45, -22, 430}, {55, 2, 260}, {60, 20, 340}, {30, -4, 300}},
	},
	{
		Symbol: "INFY", Seed: 20240702, StartCents: 157000, Shares: 4_800_000,
		Start:  time.Date(2024, time.July, 1, 0, 0, 0, 0, time.UTC),
		Phases: []Phase{{50, 8, 280}, {60, 18, 360}, {70, -20, 420}, {70, 6, 300}},
	},
}

// Comment is the heading of the recipe's file: it says that the prices are made up, and how.
func (r Recipe) Comment() string {
	return fmt.Sprintf(
		"Made-up daily prices for %s: not market data, of no use for any trade.\n"+
			"Written by market.MakeUp with seed %d, see makeup.go.", r.Symbol, r.Seed,
	)
}

// MakeUp walks a price through the phases of a recipe. Every step is whole-number arithmetic on hundredths, so that
// the days are the same on every machine.
func MakeUp(r Recipe) []Day {
	w := walk{
		recipe: r, date: r.Start.AddDate(0, 0, -1), cents: r.StartCents,
		dice: rand.New(rand.NewPCG(r.Seed, r.Seed)), //nolint:gosec // made-up prices need a repeatable source
	}
	var days []Day
	for _, p := range r.Phases {
		for range p.Days {
			days = append(days, w.next(p))
		}
	}
	return days
}

type walk struct {
	recipe Recipe
	date   time.Time
	cents  int64
	dice   *rand.Rand
}

func (w *walk) next(p Phase) Day {
	w.date = nextTradingDay(w.date)
	change := p.Drift + w.bell(p.Swing)
	openCents := moved(w.cents, w.bell(p.Swing/3))
	closeCents := moved(w.cents, change)
	high := moved(max(openCents, closeCents), w.dice.Int64N(p.Swing/3+1))
	low := moved(min(openCents, closeCents), -w.dice.Int64N(p.Swing/3+1))
	w.cents = closeCents
	return Day{
		Date: w.date, Open: price(openCents), High: price(high), Low: price(low), Close: price(closeCents),
		Volume: w.volume(change),
	}
}

// bell draws from -swing to swing, mostly near zero: the mean of three even draws.
func (w *walk) bell(swing int64) int64 {
	var sum int64
	for range 3 {
		sum += w.dice.Int64N(2*swing+1) - swing
	}
	return sum / 3
}

// volume is a quiet day's, more on a day that moved, and at times twice that.
func (w *walk) volume(change int64) int64 {
	percent := 70 + w.dice.Int64N(60) + max(change, -change)/2
	if w.dice.IntN(20) == 0 {
		percent *= 2
	}
	return w.recipe.Shares * percent / 100
}

func moved(cents, basisPoints int64) int64 { return cents * (10_000 + basisPoints) / 10_000 }

func price(cents int64) float64 { return float64(cents) / 100 }

func nextTradingDay(d time.Time) time.Time {
	d = d.AddDate(0, 0, 1)
	for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
		d = d.AddDate(0, 0, 1)
	}
	return d
}
