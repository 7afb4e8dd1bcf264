// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"context"
	"time"

	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
)

// keeper is a ledger that remembers what it was told to drop.
type keeper struct {
	ledger.Keeper // what no command calls

	found    ledger.Reconciliation
	prunable ledger.Prunable
	err      error

	asked             ledger.ReconcileQuery
	calls, summaries  time.Time // what Prunable was asked
	pruned, forgotten time.Time
	closes            int
}

func (k *keeper) Reconcile(_ context.Context, q ledger.ReconcileQuery) (ledger.Reconciliation, error) {
	k.asked = q
	if q.Progress != nil {
		q.Progress(1234, 56_789)
	}
	return k.found, k.err
}

func (k *keeper) Prunable(_ context.Context, calls, summaries time.Time) (ledger.Prunable, error) {
	k.calls, k.summaries = calls, summaries
	return k.prunable, k.err
}

func (k *keeper) Prune(_ context.Context, before time.Time) (int64, error) {
	k.pruned = before
	return k.prunable.Calls, k.err
}

func (k *keeper) PruneSummaries(_ context.Context, before time.Time) (int64, error) {
	k.forgotten = before
	return k.prunable.Analyses, k.err
}

// keeping returns a Program over the ledger.
func keeping(k *keeper) *cli.Program {
	p := program(&memory{})
	p.OpenKeeper = func(context.Context, cli.Ledger) (ledger.Keeper, func(), error) {
		return k, func() { k.closes++ }, nil
	}
	return p
}
