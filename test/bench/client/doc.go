// SPDX-License-Identifier: Apache-2.0

// Package client measures what different ways of instrumenting Google's SDK
// add to its calls, side by side: each way makes the same calls to a provider
// in memory, in turns, and the processor's time and the allocations of the
// process are counted. Other modules add ways of their own to a [Comparison].
package client
