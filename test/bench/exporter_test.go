// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter"
	"github.com/spanledger/spanledger/internal/pgtest"
	"github.com/spanledger/spanledger/test/bench/load"
)

// BenchmarkExporter decodes, prices and folds batches of calls, one after the
// other. Floor is the same rows written to a table of the same database that
// has nothing but a primary key.
func BenchmarkExporter(b *testing.B) {
	b.Run("Postgres/Exporter", func(b *testing.B) { measureExporter(b, newPostgres(b)) })
	b.Run("Postgres/Floor", measurePostgresFloor)
	b.Run("SQLite/Exporter", func(b *testing.B) { measureExporter(b, newSQLite(b)) })
	b.Run("SQLite/Floor", measureSQLiteFloor)
}

func measureExporter(b *testing.B, config *exporter.Config) {
	b.Helper()
	traces := newExporter(b, config)
	spans := load.New(load.Shape{})
	consume(b, traces, spans.Next()) // makes the partitions
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		batch := spans.Next()
		b.StartTimer()
		consume(b, traces, batch)
	}
	perCall(b)
}

// perCall reports the time per call.
func perCall(b *testing.B) {
	b.Helper()
	calls := float64(b.N) * load.BatchCalls
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/calls, "ns/call")
	b.ReportMetric(calls/b.Elapsed().Seconds(), "calls/s")
}

func consume(b *testing.B, traces collectorexporter.Traces, batch ptrace.Traces) {
	b.Helper()
	if err := traces.ConsumeTraces(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
}

func newPostgres(b *testing.B) *exporter.Config {
	b.Helper()
	dsn := pgtest.DSN(b)
	config := newConfig(dsn)
	config.Schema = pgtest.Schema(b, dsn)
	return config
}

func newSQLite(b *testing.B) *exporter.Config {
	b.Helper()
	return newConfig("sqlite:" + filepath.Join(b.TempDir(), "ledger.db"))
}

// newConfig returns the defaults without the queue: a batch is in the ledger
// when it is consumed.
func newConfig(dsn string) *exporter.Config {
	config := exporter.NewFactory().CreateDefaultConfig().(*exporter.Config)
	config.DSN = configopaque.String(dsn)
	config.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	return config
}

func newExporter(b *testing.B, config *exporter.Config) collectorexporter.Traces {
	b.Helper()
	factory := exporter.NewFactory()
	traces, err := factory.CreateTraces(b.Context(), exportertest.NewNopSettings(factory.Type()), config)
	require.NoError(b, err)
	require.NoError(b, traces.Start(b.Context(), componenttest.NewNopHost()))
	b.Cleanup(func() { require.NoError(b, traces.Shutdown(context.WithoutCancel(b.Context()))) })
	return traces
}
