// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"encoding/json"
	"strconv"
)

// Count is a number of tokens that may be unknown. The zero Count is
// unknown: what a provider did not report is not zero.
type Count struct {
	n     int64
	known bool
}

// Known returns a Count of n tokens.
func Known(n int64) Count { return Count{n: n, known: true} }

// Unknown returns the Count of what was not reported.
func Unknown() Count { return Count{} }

// Value returns the number of tokens and whether it is known. An unknown
// Count has the value 0.
func (c Count) Value() (n int64, known bool) { return c.n, c.known }

// IsKnown reports whether the provider gave the number.
func (c Count) IsKnown() bool { return c.known }

// OrZero returns the number of tokens, 0 where it is unknown.
func (c Count) OrZero() int64 { return c.n }

// Add returns the sum of what is known of both; it is unknown only where
// both are.
func (c Count) Add(o Count) Count { return Count{n: c.n + o.n, known: c.known || o.known} }

// String returns the number with commas between thousands, or "unknown".
func (c Count) String() string {
	if !c.known {
		return "unknown"
	}
	return groupThousands(c.n)
}

// MarshalJSON writes the number, or null where it is unknown.
func (c Count) MarshalJSON() ([]byte, error) {
	if !c.known {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, c.n, 10), nil
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
