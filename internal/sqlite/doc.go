// SPDX-License-Identifier: Apache-2.0

// Package sqlite keeps the ledger in one SQLite file: the embedded default. It
// needs no server and no C compiler. One process at a time writes; any number
// of processes read meanwhile.
//
// The main path is [Store.Fold]: insert the calls of a batch, find those that are
// rolled up, add up the others that were new, and move the sums, in one
// transaction. What the package knows of
// calls it has from package analysis; it knows nothing of telemetry.
package sqlite
