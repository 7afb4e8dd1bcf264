// SPDX-License-Identifier: Apache-2.0

package app

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/otelcol/otelcoltest"

	"github.com/spanledger/spanledger/exporter"
)

// TestCollectorConfig holds the configuration at the root of the repository
// against the components of the distribution.
func TestCollectorConfig(t *testing.T) {
	t.Setenv("SPANLEDGER_DSN", "sqlite:ledger.db")
	components, err := factories()
	require.NoError(t, err)

	config, err := otelcoltest.LoadConfigAndValidate("../../collector-config.yaml", components)
	require.NoError(t, err)
	require.Len(t, config.Service.Pipelines, 3)
}

// TestPipelineConfig_TakesValuesLiterally: a password may hold what the
// Collector would expand.
func TestPipelineConfig_TakesValuesLiterally(t *testing.T) {
	t.Parallel()
	const dsn = "postgres://u:${env:HOME}$x@127.0.0.1/db"
	uri, err := pipelineConfig{dsn: dsn, schema: "spanledger", otlpGRPC: "127.0.0.1:4317"}.uri()
	require.NoError(t, err)

	provider, err := otelcol.NewConfigProvider(settings(uri).ConfigProviderSettings)
	require.NoError(t, err)
	components, err := factories()
	require.NoError(t, err)
	config, err := provider.Get(t.Context(), components)
	require.NoError(t, err)
	for _, component := range config.Exporters {
		if ours, ok := component.(*exporter.Config); ok {
			require.Equal(t, dsn, string(ours.DSN))
			return
		}
	}
	require.Fail(t, "no spanledger exporter in the configuration")
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	require.NoError(t, oneLine(nil))
	plain := errors.New("one line")
	require.Same(t, plain, oneLine(plain))
	require.EqualError(t, oneLine(errors.New("several\n\tlines")), "several lines")
}
