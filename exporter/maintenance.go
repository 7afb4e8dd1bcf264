// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// maintenanceInterval is how often the ledger is maintained.
const maintenanceInterval = 10 * time.Minute

// maintainer is a store that has to be looked after: it drops what is past
// its retention, and makes room for the days to come.
type maintainer interface {
	Maintain(ctx context.Context) error
}

// maintenance looks after a store, from a goroutine of its own.
type maintenance struct {
	store   maintainer
	metrics *telemetry
	logger  *zap.Logger
	cancel  context.CancelFunc
	done    chan struct{}

	// failure is what the last try failed with, "" for a success.
	failure string
}

// startMaintenance maintains the store at once, and then at every
// maintenanceInterval until stop. It outlives ctx, for that of a component's
// start ends with the start.
func startMaintenance(
	ctx context.Context, store maintainer, metrics *telemetry, logger *zap.Logger,
) *maintenance {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m := &maintenance{store: store, metrics: metrics, logger: logger, cancel: cancel, done: make(chan struct{})}
	go m.run(ctx)
	return m
}

// stop ends the loop, and what it is at. It returns an error where ctx ends
// before that.
func (m *maintenance) stop(ctx context.Context) error {
	m.cancel()
	select {
	case <-m.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *maintenance) run(ctx context.Context) {
	defer close(m.done)
	ticker := time.NewTicker(maintenanceInterval)
	defer ticker.Stop()
	for {
		m.once(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// once maintains the store. It logs where that begins to fail, fails
// differently, or works again: what cannot be done now is most often not done
// the next time either.
func (m *maintenance) once(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, maintenanceInterval)
	defer cancel()
	err := m.store.Maintain(bounded)
	if ctx.Err() != nil {
		return
	}
	m.metrics.maintained(ctx, err)
	before := m.failure
	m.failure = ""
	if err != nil {
		m.failure = err.Error()
	}
	switch {
	case m.failure == before:
	case err == nil:
		m.logger.Info("The ledger is maintained again.")
	default:
		m.logger.Warn("The ledger could not be maintained. This is tried again and again, and logged once.",
			zap.Duration("interval", maintenanceInterval), zap.Error(err))
	}
}
