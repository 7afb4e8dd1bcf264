// SPDX-License-Identifier: Apache-2.0

package ledger

// Keeper is all that a ledger can do: it is what commands open that look after
// one.
type Keeper interface {
	Store
	Pruner
	Reconciler
}
