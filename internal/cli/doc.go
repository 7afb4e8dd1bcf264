// SPDX-License-Identifier: Apache-2.0

// Package cli is the spanledger command line: its commands, flags, tables,
// JSON and exit codes. It knows the ledger by its interfaces only; what
// needs a store or a Collector is given to it as functions.
//
// The main path: [Run] takes the arguments and returns the exit code. It is 0
// when the work is done, 1 when the answer is no or the work failed, and 2
// for wrong use. What was asked for goes to standard output, with --json as
// one JSON document; messages go to standard error.
package cli
