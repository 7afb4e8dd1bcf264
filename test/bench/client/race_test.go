// SPDX-License-Identifier: Apache-2.0

//go:build race

package client

// racy is how many more allocations a call may make under the race detector,
// where pools forget.
const racy = 15
