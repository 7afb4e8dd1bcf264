// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Amount is exact money: a whole number of pico-dollars (10^-12 USD). One
// token at a price of one micro-dollar per million tokens costs one
// pico-dollar, so that no list price in use loses a digit. The zero Amount is
// 0 USD. An Amount holds up to 9.2 million dollars either way; wider sums
// belong to the store, which adds in NUMERIC.
type Amount struct{ pico int64 }

// fractionDigits is how many decimals of a dollar a pico-dollar is.
const fractionDigits = 12

// ErrAmount says that a text is not an amount in dollars with at most twelve
// decimals.
var ErrAmount = errors.New("not an amount in USD with at most 12 decimals")

// PicoDollars returns the Amount of n·10^-12 USD.
func PicoDollars(n int64) Amount { return Amount{pico: n} }

// Pico returns the amount in pico-dollars.
func (a Amount) Pico() int64 { return a.pico }

// Add returns a + b, or the widest Amount of its sign where that is wider.
func (a Amount) Add(b Amount) Amount {
	switch {
	case b.pico > 0 && a.pico > math.MaxInt64-b.pico:
		return Amount{pico: math.MaxInt64}
	case b.pico < 0 && a.pico < math.MinInt64-b.pico:
		return Amount{pico: math.MinInt64}
	}
	return Amount{pico: a.pico + b.pico}
}

// Cmp returns -1, 0 or +1 as a is less than, equal to or greater than b.
func (a Amount) Cmp(b Amount) int {
	switch {
	case a.pico < b.pico:
		return -1
	case a.pico > b.pico:
		return 1
	}
	return 0
}

// ParseAmount reads a decimal number of dollars, such as "0.00225" or "-3".
// It returns ErrAmount, with the text, for anything else: exponents, more
// than twelve decimals that are not zero, or more than an Amount holds.
func ParseAmount(s string) (Amount, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	fraction = strings.TrimRight(fraction, "0")
	if !isDigits(whole) || (fraction != "" && !isDigits(fraction)) || len(fraction) > fractionDigits {
		return Amount{}, fmt.Errorf("amount %q: %w", s, ErrAmount)
	}
	fraction += strings.Repeat("0", fractionDigits-len(fraction))
	sign := ""
	if negative {
		sign = "-"
	}
	pico, err := strconv.ParseInt(sign+whole+fraction, 10, 64)
	if err != nil {
		return Amount{}, fmt.Errorf("amount %q: %w", s, ErrAmount)
	}
	return Amount{pico: pico}, nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// String returns the dollars as a plain decimal with every digit that is not
// zero and at least two decimals: "0.00225", "12.00".
func (a Amount) String() string {
	digits, negative := strings.CutPrefix(strconv.FormatInt(a.pico, 10), "-")
	if missing := fractionDigits + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - fractionDigits
	text := digits[:point] + "." + digits[point:point+2] + strings.TrimRight(digits[point+2:], "0")
	if negative {
		return "-" + text
	}
	return text
}

// MarshalJSON writes the amount as a string, for a JSON number would pass
// through binary floating point in most readers.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }

// UnmarshalJSON reads a string as MarshalJSON writes it, or a plain number.
func (a *Amount) UnmarshalJSON(b []byte) error {
	parsed, err := ParseAmount(strings.Trim(string(b), `"`))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
