// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.uber.org/zap"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/ledger"
)

// tracesExporter is the component: it opens the ledger, looks after it, and
// closes it. What comes in between is the ingester's.
type tracesExporter struct {
	config   *Config
	open     opener
	logger   *zap.Logger
	ingester *ingester

	store       ledger.Store
	maintenance *maintenance
}

func newTracesExporter(
	set collectorexporter.Settings, cfg *Config, prices pricer, open opener,
) (*tracesExporter, error) {
	metrics, err := newTelemetry(set)
	if err != nil {
		return nil, err
	}
	return &tracesExporter{
		config: cfg,
		open:   open,
		logger: set.Logger,
		ingester: &ingester{
			decoder: decode.New(decode.Options{
				AnalysisID:  cfg.AnalysisID.From,
				DropUnnamed: cfg.AnalysisID.Fallback == FallbackDrop,
			}),
			prices:  prices,
			metrics: metrics,
			logger:  set.Logger,
		},
	}, nil
}

// start opens the ledger, which creates or migrates its tables. A ledger that
// cannot be opened stops the Collector: the mistake is nearly always in the
// configuration, and a Collector that took in spans would hide it.
func (e *tracesExporter) start(ctx context.Context, host component.Host) error {
	store, err := e.open(ctx, e.config)
	if err != nil {
		return err
	}
	e.store = store
	e.ingester.store = store
	e.ingester.health = newHealth(host)
	e.maintenance = startMaintenance(ctx, store, e.logger)
	return nil
}

// shutdown closes the ledger. By then the queue has been drained. It may be
// called without start.
func (e *tracesExporter) shutdown(ctx context.Context) error {
	if e.store == nil {
		return nil
	}
	err := e.maintenance.stop(ctx)
	e.store.Close()
	e.store = nil
	return err
}
