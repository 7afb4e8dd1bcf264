// SPDX-License-Identifier: Apache-2.0

// Package ledger says what a store of calls must do, in the words of the
// domain: it takes batches of calls and keeps sums that are exact however
// often, in whatever order and by however many writers the calls are
// delivered. It knows no database. Package ledgertest holds the conformance
// suite that every store passes.
//
// The main path is [Store.Fold]: the ledger rows of a batch and the sums over
// them move in one transaction.
package ledger
