// SPDX-License-Identifier: Apache-2.0

//go:build race

package wire

// racy is how many more allocations an exchange may make under the race
// detector, where pools forget.
const racy = 3
