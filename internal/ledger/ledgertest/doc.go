// SPDX-License-Identifier: Apache-2.0

// Package ledgertest is the conformance suite that every [ledger.Store]
// passes, with generators of calls. Truth is computed by [analysis.Fold], and
// compared as JSON byte for byte, so that stores which pass agree with each
// other and with the process that made the calls.
//
// The main path is [Run].
package ledgertest
