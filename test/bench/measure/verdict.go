// SPDX-License-Identifier: Apache-2.0

package measure

import "strconv"

// AtLeast says what was wanted, and where the figure falls short of it.
func AtLeast(got, want float64) string { return verdict(">= ", want, want-got) }

// AtMost says what was wanted, and where the figure exceeds it.
func AtMost(got, want float64) string { return verdict("<= ", want, got-want) }

func verdict(relation string, want, excess float64) string {
	text := "wanted " + relation + strconv.FormatFloat(want, 'g', -1, 64)
	if excess > 0 {
		text += ": MISSED"
	}
	return text
}
