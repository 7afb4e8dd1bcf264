// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/spanledger/spanledger/internal/ledger"
)

func TestNewFactory(t *testing.T) {
	t.Parallel()
	factory := NewFactory()
	require.Equal(t, component.MustNewType("spanledger"), factory.Type())
	require.Equal(t, component.StabilityLevelAlpha, factory.TracesStability())
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
	cause := errors.New("open ledger: no route to host")
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
