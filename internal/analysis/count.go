// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"encoding/json"
	"math"
	"strconv"
)

// Count is a number of tokens that may be unknown. The zero Count is
// unknown: what a provider did not report is not zero.
type Count struct {
	// turned is the number with its sign bit turned, so that a Count takes no
	// more room than its number: a Call has sixteen. The one number that
	// stands for unknown is the smallest, which nothing counts to.
	turned int64
}

// Known returns a Count of n tokens. The smallest int64 is no count.
func Known(n int64) Count { return Count{turned: n ^ math.MinInt64} }

// Unknown returns the Count of what was not reported.
func Unknown() Count { return Count{} }

// Value returns the number of tokens and whether it is known. An unknown
// Count has the value 0.
func (c Count) Value() (n int64, known bool) { return c.OrZero(), c.IsKnown() }

// IsKnown reports whether the provider gave the number.
func (c Count) IsKnown() bool { return c.turned != 0 }

// OrZero returns the number of tokens, 0 where it is unknown.
func (c Count) OrZero() int64 {
	if c.turned == 0 {
		return 0
	}
	return c.turned ^ math.MinInt64
}

// Add returns the sum of what is known of both; it is unknown only where
// both are.
func (c Count) Add(o Count) Count {
	if !c.IsKnown() {
		return o
	}
	return Known(c.OrZero() + o.OrZero())
}

// String returns the number with commas between thousands, or "unknown".
func (c Count) String() string {
	if !c.IsKnown() {
		return "unknown"
	}
	return groupThousands(c.OrZero())
}

// MarshalJSON writes the number, or null where it is unknown.
func (c Count) MarshalJSON() ([]byte, error) {
	if !c.IsKnown() {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, c.OrZero(), 10), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Count) UnmarshalJSON(b []byte) error {
	var n *int64
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*c = Count{}
	if n != nil {
		*c = Known(*n)
	}
	return nil
}

// groupThousands writes 1234567 as "1,234,567".
func groupThousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	head := len(digits) % 3
	out := make([]byte, 0, len(digits)+len(digits)/3+1)
	out = append(out, sign...)
	out = append(out, digits[:head]...)
	for i := head; i < len(digits); i += 3 {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i:i+3]...)
	}
	return string(out)
}
