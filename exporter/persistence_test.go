// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/spanledger/spanledger/internal/ledger"
)

// TestPersistence: with a storage extension, what the ledger did not take
// before a Collector ended is delivered by the next one.
func TestPersistence(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	storage := component.MustNewID("file_storage")
	set := testSettings() // with one name: the queue on disk is kept by it
	cfg := testConfig(func(c *Config) { c.QueueConfig.Get().StorageID = &storage })
	run := func(store *fakeStore, work func(collectorexporter.Traces)) {
		host := storageHost{Host: componenttest.NewNopHost(), id: storage, storage: fileStorage(t, directory)}
		exp, err := newFactory(store.opener()).CreateTraces(t.Context(), set, cfg)
		require.NoError(t, err)
		require.NoError(t, exp.Start(t.Context(), host))
		work(exp)
		require.NoError(t, exp.Shutdown(t.Context()))
		require.NoError(t, host.storage.Shutdown(t.Context()))
	}

	down := &fakeStore{refuse: always(refusal(ledger.Retryable))}
	run(down, func(exp collectorexporter.Traces) {
		require.NoError(t, exp.ConsumeTraces(t.Context(), callTraces(12)))
		require.NoError(t, exp.ConsumeTraces(t.Context(), callTraces(12)))
		require.Eventually(t, func() bool { _, _, folds := down.count(); return folds > 0 }, patience, tick)
	})
	calls, _, _ := down.count()
	require.Zero(t, calls)

	up := &fakeStore{}
	run(up, func(collectorexporter.Traces) {
		require.Eventually(
			t,
			func() bool { calls, closed, _ := up.count(); return calls == 12 && closed == 2 },
			patience,
			tick,
		)
	})
}

// How long a test waits for a queue, and how often it looks.
const (
	patience = 30 * time.Second
	tick     = 10 * time.Millisecond
)

type storageHost struct {
	component.Host
	id      component.ID
	storage extension.Extension
}

func (h storageHost) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{h.id: h.storage}
}

func fileStorage(t *testing.T, directory string) extension.Extension {
	t.Helper()
	factory := filestorage.NewFactory()
	cfg := factory.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory = directory
	cfg.Compaction.Directory = directory
	storage, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, storage.Start(t.Context(), componenttest.NewNopHost()))
	return storage
}
