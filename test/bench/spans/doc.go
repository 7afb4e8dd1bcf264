// SPDX-License-Identifier: Apache-2.0

// Package spans measures what components of a Collector take to read a span
// and add it to sums in memory, side by side: each is given the same batches,
// in turns, and the processor's time and the allocations of the process are
// counted. Other modules add components to a [Comparison].
package spans
