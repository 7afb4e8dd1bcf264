// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"github.com/spanledger/spanledger/internal/ledger"
)

const (
	firstOpenInterval = time.Second
	maxOpenInterval   = 30 * time.Second
)

// keeper opens the ledger, has it looked after, and closes it. A database that
// is away when the Collector starts is awaited: meanwhile the queue takes the
// spans. It is safe for concurrent use.
type keeper struct {
	open    func(ctx context.Context) (ledger.Store, error)
	health  *health
	metrics *telemetry
	logger  *zap.Logger

	cancel context.CancelFunc
	done   chan struct{}
	// opened is closed once store and maintenance are set.
	opened      chan struct{}
	store       ledger.Store
	maintenance *maintenance
	// cause is why the first try to open the ledger did not work.
	cause error
}

// startKeeper tries to open the ledger, and goes on to try where it may be
// there later. It returns an error where only another configuration helps.
func startKeeper(
	ctx context.Context, open func(context.Context) (ledger.Store, error),
	health *health, metrics *telemetry, logger *zap.Logger,
) (*keeper, error) {
	k := &keeper{
		open: open, health: health, metrics: metrics, logger: logger,
		done: make(chan struct{}), opened: make(chan struct{}),
	}
	store, err := open(ctx)
	if err != nil && ledger.ClassOf(err) == ledger.Permanent {
		return nil, err
	}
	metrics.begin(ctx)
	// The context of a component's start ends with the start.
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err == nil {
		k.keep(ctx, store)
		close(k.done)
		return k, nil
	}
	k.cause = err
	health.report(err)
	k.logger.Warn("The ledger cannot be opened yet. This is tried again and again, and logged once.", zap.Error(err))
	go k.await(ctx)
	return k, nil
}

// keep has an open ledger used.
func (k *keeper) keep(ctx context.Context, store ledger.Store) {
	k.store = store
	k.maintenance = startMaintenance(ctx, store, k.metrics, k.logger)
	close(k.opened)
}

// await opens the ledger as soon as that is possible. An error that is not
// the database's being away shows only now: it is logged each time.
func (k *keeper) await(ctx context.Context) {
	defer close(k.done)
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = firstOpenInterval, maxOpenInterval
	store, err := backoff.Retry(ctx, func() (ledger.Store, error) { return k.open(ctx) },
		backoff.WithBackOff(waits), backoff.WithMaxElapsedTime(0), backoff.WithNotify(k.logPermanent))
	if err != nil {
		return // stopped
	}
	k.keep(ctx, store)
	k.health.report(nil)
	k.logger.Info("The ledger is open.")
}

func (k *keeper) logPermanent(err error, next time.Duration) {
	if ledger.ClassOf(err) == ledger.Permanent {
		k.logger.Error("The ledger cannot be opened.", zap.Duration("next_try", next), zap.Error(err))
	}
}

// Fold folds a batch. While the ledger is not open its error may be tried
// again.
func (k *keeper) Fold(ctx context.Context, batch *ledger.Batch) (ledger.Outcome, error) {
	select {
	case <-k.opened:
		return k.store.Fold(ctx, batch)
	default:
		return ledger.Outcome{}, fmt.Errorf("the ledger is not open yet: %w", k.cause)
	}
}

// stop ends the maintenance, or the wait for the ledger, and closes it.
func (k *keeper) stop(ctx context.Context) error {
	k.cancel()
	select {
	case <-k.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if k.store == nil {
		return nil
	}
	err := k.maintenance.stop(ctx)
	k.store.Close()
	return err
}
