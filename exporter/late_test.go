// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestExporter_DeliveredAgainAfterPrune: what comes again after its details
// were dropped, or its whole analysis, changes nothing and is counted.
func TestExporter_DeliveredAgainAfterPrune(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		deliveredAgain(t, sqliteConfig(t))
	})
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		deliveredAgain(t, testConfig(func(c *Config) {
			c.DSN, c.Schema = configopaque.String(dsn), pgtest.Schema(t, dsn)
		}))
	})
}

func deliveredAgain(t *testing.T, cfg *Config) {
	t.Helper()
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	set, tel := measured(t)
	exp, err := NewFactory().CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	defer func() { require.NoError(t, exp.Shutdown(t.Context())) }()
	opened, err := openStore(t.Context(), cfg)
	require.NoError(t, err)
	defer opened.Close()
	other := opened.(ledger.Keeper) // another process

	const calls, analyses = 12, 2
	send := func() { require.NoError(t, exp.ConsumeTraces(t.Context(), callTraces(calls))) }
	send()
	before, err := other.List(t.Context(), ledger.ListQuery{})
	require.NoError(t, err)
	require.Len(t, before, analyses)

	horizon := testStart.Add(2 * time.Hour)
	dropped, err := other.Prune(t.Context(), horizon)
	require.NoError(t, err)
	require.EqualValues(t, calls, dropped)
	send()
	after, err := other.List(t.Context(), ledger.ListQuery{})
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Equal(t, map[string]int64{"folded": calls, "late": calls}, counts(t, tel, metricCalls))
	require.Equal(t, map[string]int64{"": 2 * analyses}, counts(t, tel, metricClosed), "the ends are known")

	gone, err := other.PruneSummaries(t.Context(), horizon)
	require.NoError(t, err)
	require.EqualValues(t, analyses, gone)
	send()
	after, err = other.List(t.Context(), ledger.ListQuery{})
	require.NoError(t, err)
	require.Empty(t, after, "nothing comes back")
	require.Equal(t, map[string]int64{"folded": calls, "late": 2 * calls}, counts(t, tel, metricCalls))
	require.Equal(t, map[string]int64{"": 2 * analyses}, counts(t, tel, metricClosed))
	require.Equal(t, map[string]int64{reasonLateEnd: analyses}, counts(t, tel, metricDropped))
	require.Equal(t, map[string]int64{"": 3 * (calls + analyses)}, counts(t, tel, metricReceived))
}
