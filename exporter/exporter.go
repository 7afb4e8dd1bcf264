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

	keeper *keeper
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

// start opens the ledger, which creates or migrates its tables. Where only
// another configuration helps, it stops the Collector, for one that took in
// spans would hide the mistake.
func (e *tracesExporter) start(ctx context.Context, host component.Host) error {
	open := func(ctx context.Context) (ledger.Store, error) { return e.open(ctx, e.config) }
	health := newHealth(host)
	keeper, err := startKeeper(ctx, open, health, e.ingester.metrics, e.logger)
	if err != nil {
		return err
	}
	e.keeper = keeper
	e.ingester.store = keeper
	e.ingester.health = health
	return nil
}

// shutdown closes the ledger. By then the queue has been drained. It may be
// called without start.
func (e *tracesExporter) shutdown(ctx context.Context) error {
	if e.keeper == nil {
		return nil
	}
	err := e.keeper.stop(ctx)
	e.keeper = nil
	return err
}
