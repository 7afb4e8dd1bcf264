// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestNewFactory(t *testing.T) {
	t.Parallel()
	factory := NewFactory()
	require.Equal(t, component.MustNewType("spanledger"), factory.Type())
	require.Equal(t, component.StabilityLevelBeta, factory.TracesStability())
	require.NoError(t, componenttest.CheckConfigStruct(factory.CreateDefaultConfig()))

	_, err := factory.CreateMetrics(t.Context(), testSettings(), testConfig(nil))
	require.ErrorIs(t, err, pipeline.ErrSignalNotSupported)
	_, err = factory.CreateLogs(t.Context(), testSettings(), testConfig(nil))
	require.ErrorIs(t, err, pipeline.ErrSignalNotSupported)
}

// TestLifecycle does to the component what the Collector does.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	create := func(t *testing.T) collectorexporter.Traces {
		t.Helper()
		exp, err := NewFactory().CreateTraces(t.Context(), testSettings(), sqliteConfig(t))
		require.NoError(t, err)
		return exp
	}

	t.Run("ShutdownWithoutStart", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, create(t).Shutdown(t.Context()))
	})
	t.Run("StartConsumeShutdown", func(t *testing.T) {
		t.Parallel()
		exp := create(t)
		require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
		traces := callTraces(3)
		if !exp.Capabilities().MutatesData {
			traces.MarkReadOnly()
		}
		require.NoError(t, exp.ConsumeTraces(t.Context(), traces))
		require.NoError(t, exp.Shutdown(t.Context()))
	})
}

// TestCapabilities: the decoder only reads, but the queue's batcher moves
// spans out of what it is given.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	factory := newFactory((&fakeStore{}).opener())
	for name, want := range map[string]bool{"": true, "unbatched": false, "bare": false} {
		cfg := factory.CreateDefaultConfig()
		require.NoError(t, section(t, "config.yaml", name).Unmarshal(&cfg))
		exp, err := factory.CreateTraces(t.Context(), testSettings(), cfg)
		require.NoError(t, err)
		require.Equal(t, want, exp.Capabilities().MutatesData, name)
	}
}

func TestShutdown_DrainsTheQueue(t *testing.T) {
	t.Parallel()
	store := &fakeStore{}
	exp, err := newFactory(store.opener()).CreateTraces(t.Context(), testSettings(), testConfig(nil))
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, exp.ConsumeTraces(t.Context(), callTraces(12)))
	require.NoError(t, exp.Shutdown(t.Context()))
	calls, closed, _ := store.count()
	require.Equal(t, 12, calls)
	require.Equal(t, 2, closed)
	require.True(t, store.ended, "the ledger is closed after the queue is empty")
}

func TestStart_LedgerDoesNotOpen(t *testing.T) {
	t.Parallel()
	cause := refusal(ledger.Permanent)
	factory := newFactory(func(context.Context, *Config) (ledger.Store, error) { return nil, cause })
	exp, err := factory.CreateTraces(t.Context(), testSettings(), testConfig(nil))
	require.NoError(t, err)
	require.ErrorIs(t, exp.Start(t.Context(), componenttest.NewNopHost()), cause)
	require.NoError(t, exp.Shutdown(t.Context()))
}

func TestCreateTraces_PriceFile(t *testing.T) {
	t.Parallel()
	cfg := testConfig(func(c *Config) { c.Prices.File = filepath.Join(t.TempDir(), "none.json") })
	_, err := newFactory((&fakeStore{}).opener()).CreateTraces(t.Context(), testSettings(), cfg)
	require.ErrorContains(t, err, "prices::file: ")
}

// TestCreateTraces_PriceFileIsUsed has calls priced by the file that the
// configuration names, and by no other list.
func TestCreateTraces_PriceFileIsUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "prices.json")
	require.NoError(t, os.WriteFile(file, []byte(`{
		"format": 1, "version": "ours", "date": "2026-01-01",
		"models": [{"provider": "google", "model": "gemini-2.5-flash", "prices": [{"input": "7", "output": "9"}]}]
	}`), 0o600))
	store := &fakeStore{}
	cfg := testConfig(func(c *Config) { c.Prices.File = file })
	exp, err := newFactory(store.opener()).CreateTraces(t.Context(), testSettings(), cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, exp.ConsumeTraces(t.Context(), callTraces(3)))
	require.NoError(t, exp.Shutdown(t.Context()))
	require.Len(t, store.calls, 3)
	for _, call := range store.calls {
		require.Equal(t, "ours", call.Cost.PriceListVersion)
		tokens := 7*call.Usage.Input.OrZero() + 9*call.Usage.Output.OrZero()
		require.Equal(t, analysis.PicoDollars(1_000_000*tokens), call.Cost.Amount)
	}
}

// TestOpenStore holds every option of the ledger against what the store does.
func TestOpenStore(t *testing.T) {
	t.Parallel()
	old := analysis.Call{
		Key:        analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{1}},
		AnalysisID: "analysis_123", Type: "call_llm", Attempts: 1,
		Start: time.Now().Add(-72 * time.Hour), End: time.Now().Add(-71 * time.Hour),
	}
	for name, dsn := range map[string]func(t *testing.T) (dsn, schema string){
		"Postgres": func(t *testing.T) (string, string) {
			t.Helper()
			dsn := pgtest.DSN(t)
			return dsn, pgtest.Schema(t, dsn)
		},
		"SQLite": func(t *testing.T) (string, string) {
			t.Helper()
			return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db"), defaultSchema
		},
	} {
		for retention, want := range map[time.Duration]ledger.Outcome{
			24 * time.Hour:   {Late: 1},
			defaultRetention: {Folded: 1},
		} {
			t.Run(name+"/"+retention.String(), func(t *testing.T) {
				t.Parallel()
				cfg := testConfig(func(c *Config) { c.Retention.Calls = retention })
				var at string
				at, cfg.Schema = dsn(t)
				cfg.DSN = configopaque.String(at)

				cfg.CreateSchema = false
				_, err := openStore(t.Context(), cfg)
				require.Error(t, err, "there is no ledger yet, and none may be made")

				cfg.CreateSchema = true
				store, err := openStore(t.Context(), cfg)
				require.NoError(t, err)
				defer store.Close()
				require.NoError(t, store.Maintain(t.Context()), "as the exporter does when it starts")
				got, err := store.Fold(t.Context(), &ledger.Batch{Calls: []analysis.Call{old}})
				require.NoError(t, err)
				require.Equal(t, want, got)
			})
		}
	}
}
