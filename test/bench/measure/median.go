// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"cmp"
	"slices"
)

// Median returns the middle value, of an even number the lower of two. There
// must be one at least.
func Median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[(len(values)-1)/2]
}
