// SPDX-License-Identifier: Apache-2.0

package cost

import (
	"errors"
	"math"

	"github.com/spanledger/spanledger/internal/analysis"
)

// Amount is exact money, in pico-dollars.
type Amount = analysis.Amount

// Rate is the price of a token in pico-dollars, which is the price of a
// million tokens in micro-dollars.
type Rate int64

// picoPerRate is what one micro-dollar is in pico-dollars.
const picoPerRate = 1_000_000

var errRate = errors.New(`want a decimal string in USD per million tokens such as "0.075", ` +
	"not negative, at most 6 decimals")

// ParseRate reads a price in USD per million tokens, such as "0.075". It
// refuses more than six decimals, for they would not be exact, and what is
// negative.
func ParseRate(s string) (Rate, error) {
	amount, err := analysis.ParseAmount(s)
	if err != nil || amount.Pico() < 0 || amount.Pico()%picoPerRate != 0 {
		return 0, errRate
	}
	return Rate(amount.Pico() / picoPerRate), nil
}

// String returns the price in USD per million tokens, as ParseRate reads it.
func (r Rate) String() string {
	return analysis.PicoDollars(int64(r) * picoPerRate).String()
}

// scale returns r·factor, where a factor of 1 is a Rate of one dollar, and
// false where that is not a whole Rate.
func (r Rate) scale(factor Rate) (Rate, bool) {
	const one = 1_000_000
	if factor != 0 && r > math.MaxInt64/factor {
		return 0, false
	}
	scaled := r * factor
	return scaled / one, scaled%one == 0 && scaled/one <= math.MaxInt64/picoPerRate
}

// sum adds up what tokens cost and remembers whether it fits.
type sum struct {
	pico     int64
	overflow bool
}

// add adds tokens·rate; neither is negative.
func (s *sum) add(tokens int64, rate Rate) {
	price := int64(rate)
	if price != 0 && tokens > (math.MaxInt64-s.pico)/price {
		s.overflow = true
		return
	}
	s.pico += tokens * price
}
