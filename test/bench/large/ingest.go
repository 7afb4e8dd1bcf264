// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// writers fold at once.
const writers = 2

// errDuplicates says that calls which should be new were not.
var errDuplicates = errors.New("calls that are new were not folded")

// source hands out batches until one is not taken.
type source func(take func(batch []analysis.Call) error) error

// ingest folds all batches that the source gives.
func ingest(ctx context.Context, store ledger.Store, batches source) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan []analysis.Call, writers)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for batch := range queue {
				outcome, err := store.Fold(ctx, &ledger.Batch{Calls: batch})
				if err == nil && outcome.Folded != len(batch) {
					err = fmt.Errorf("%w: %+v", errDuplicates, outcome)
				}
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	err := batches(func(batch []analysis.Call) error {
		select {
		case queue <- batch:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	close(queue)
	wg.Wait()
	return errors.Join(err, context.Cause(ctx))
}
