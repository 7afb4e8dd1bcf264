// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/spanledger/spanledger/internal/cost"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/semconv"
	"github.com/spanledger/spanledger/internal/store"
)

const (
	componentType  = "spanledger"
	stabilityLevel = component.StabilityLevelBeta

	defaultSchema    = "spanledger"
	defaultRetention = 90 * 24 * time.Hour
	// defaultTimeout is far longer than a fold takes: one that is given up is
	// rolled back and does the same work again.
	defaultTimeout = 30 * time.Second

	defaultConsumers = 4
	defaultQueueSize = 100_000
	defaultBatchMin  = 2048
	defaultBatchMax  = 8192
	defaultFlush     = 200 * time.Millisecond
)

// NewFactory returns the factory of the component.
func NewFactory() collectorexporter.Factory { return newFactory(openStore) }

// opener opens the ledger that a configuration names.
type opener func(ctx context.Context, cfg *Config) (ledger.Store, error)

func newFactory(open opener) collectorexporter.Factory {
	return collectorexporter.NewFactory(
		component.MustNewType(componentType),
		createDefaultConfig,
		collectorexporter.WithTraces(createTraces(open), stabilityLevel),
	)
}

func createDefaultConfig() component.Config {
	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0 // a ledger does not give up calls
	return &Config{
		TimeoutConfig: exporterhelper.TimeoutConfig{Timeout: defaultTimeout},
		QueueConfig:   configoptional.Some(defaultQueue()),
		RetryConfig:   retry,
		Schema:        defaultSchema,
		CreateSchema:  true,
		AnalysisID: AnalysisIDConfig{
			From:     []string{semconv.AnalysisID, semconv.ConversationID, "session.id", "langfuse.session.id"},
			Fallback: FallbackTraceID,
		},
		Retention: RetentionConfig{Calls: defaultRetention},
	}
}

// defaultQueue batches in the queue: a store folds a few thousand calls in
// one transaction nearly as fast as ten.
func defaultQueue() exporterhelper.QueueBatchConfig {
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Sizer = exporterhelper.RequestSizerTypeItems
	queue.QueueSize = defaultQueueSize
	queue.NumConsumers = defaultConsumers
	queue.Batch = configoptional.Some(exporterhelper.BatchConfig{
		FlushTimeout: defaultFlush,
		Sizer:        exporterhelper.RequestSizerTypeItems,
		MinSize:      defaultBatchMin,
		MaxSize:      defaultBatchMax,
	})
	return queue
}

func createTraces(open opener) collectorexporter.CreateTracesFunc {
	return func(
		ctx context.Context, set collectorexporter.Settings, config component.Config,
	) (collectorexporter.Traces, error) {
		cfg := config.(*Config)
		prices, err := loadPrices(cfg.Prices.File)
		if err != nil {
			return nil, err
		}
		exp, err := newTracesExporter(set, cfg, prices, open)
		if err != nil {
			return nil, err
		}
		return exporterhelper.NewTraces(ctx, set, cfg, exp.ingester.consume,
			exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
			exporterhelper.WithTimeout(cfg.TimeoutConfig),
			exporterhelper.WithRetry(cfg.RetryConfig),
			exporterhelper.WithQueue(cfg.QueueConfig),
			exporterhelper.WithStart(exp.start),
			exporterhelper.WithShutdown(exp.shutdown),
		)
	}
}

func loadPrices(file string) (*cost.PriceList, error) {
	if file == "" {
		return cost.Default(), nil
	}
	prices, err := cost.Load(file)
	if err != nil {
		return nil, fmt.Errorf("prices::file: %w", err)
	}
	return prices, nil
}

func openStore(ctx context.Context, cfg *Config) (ledger.Store, error) {
	return store.Open(ctx, store.Config{
		DSN:              string(cfg.DSN),
		Schema:           cfg.Schema,
		CreateSchema:     cfg.CreateSchema,
		Retention:        cfg.Retention.Calls,
		SummaryRetention: cfg.Retention.Summaries,
	})
}

func validateDSN(dsn string) error { return store.Validate(dsn) }
