// SPDX-License-Identifier: Apache-2.0

// Package analysis is the domain of spanledger: the Call, its Usage, and the
// Summary of all calls of one Analysis. It knows nothing of telemetry,
// storage, HTTP or prices, and imports the standard library only.
//
// The main path is short: a [Call] with its [Usage] is added to [Totals];
// totals per call type are [Breakdown]s; they and their sum make a
// [Summary]. Adding is commutative and associative, so that a process, a
// Collector and a database arrive at the same figures in whatever order the
// calls reach them. That each call is added once is the caller's duty: a
// Call is identified by its [SpanKey].
package analysis
