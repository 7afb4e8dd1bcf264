// SPDX-License-Identifier: Apache-2.0

// Package app puts the parts of spanledger together into the program: the
// Collector distribution, the embedded default that serve runs, and the demo.
// It is a composition root: it may import anything, and nothing imports it
// but the command.
package app
