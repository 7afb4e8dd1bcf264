// SPDX-License-Identifier: Apache-2.0

package market

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Day is one trading day of one share. Prices are in the currency of the exchange, Volume in shares.
type Day struct {
	Date                   time.Time
	Open, High, Low, Close float64
	Volume                 int64
}

// Validate tells whether the figures can be those of one trading day: all prices above zero, none outside of
// Low and High, and no negative volume.
func (d Day) Validate() error {
	switch {
	case slices.ContainsFunc([]float64{d.Open, d.High, d.Low, d.Close}, notFinite):
		return errors.New("a price is not a number")
	case d.Low <= 0:
		return errors.New("a price is not above zero")
	case d.High < max(d.Open, d.Close), d.Low > min(d.Open, d.Close):
		return errors.New("open or close lies outside of low and high")
	case d.Volume < 0:
		return errors.New("the volume is negative")
	}
	return nil
}

// ValidateDays checks every day, and that the dates rise from each to the next.
func ValidateDays(days []Day) error {
	for i, d := range days {
		if err := d.Validate(); err != nil {
			return fmt.Errorf("day %s: %w", d.Date.Format(time.DateOnly), err)
		}
		if i > 0 && !d.Date.After(days[i-1].Date) {
			return fmt.Errorf("day %s: not after the day before it", d.Date.Format(time.DateOnly))
		}
	}
	return nil
}

// Closes returns the closing prices in the order of days.
func Closes(days []Day) []float64 {
	return column(days, func(d Day) float64 { return d.Close })
}

// Volumes returns the traded shares in the order of days.
func Volumes(days []Day) []float64 {
	return column(days, func(d Day) float64 { return float64(d.Volume) })
}

func column(days []Day, value func(Day) float64) []float64 {
	out := make([]float64, len(days))
	for i, d := range days {
		out[i] = value(d)
	}
	return out
}

func notFinite(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
