// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

func TestConfig_Defaults(t *testing.T) {
	t.Parallel()
	cfg := createDefaultConfig()
	require.NoError(t, confmap.New().Unmarshal(&cfg))
	require.Equal(t, createDefaultConfig(), cfg)
	require.Equal(t, &Config{
		TimeoutConfig: exporterhelper.TimeoutConfig{Timeout: 30 * time.Second},
		QueueConfig: configoptional.Some(exporterhelper.QueueBatchConfig{
			Sizer: exporterhelper.RequestSizerTypeItems, QueueSize: 100_000, NumConsumers: 4,
			Batch: configoptional.Some(exporterhelper.BatchConfig{
				Sizer: exporterhelper.RequestSizerTypeItems, FlushTimeout: 200 * time.Millisecond,
				MinSize: 2048, MaxSize: 8192,
			}),
		}),
		RetryConfig: configretry.BackOffConfig{
			Enabled: true, InitialInterval: 5 * time.Second, RandomizationFactor: 0.5, Multiplier: 1.5,
			MaxInterval: 30 * time.Second, MaxElapsedTime: 0,
		},
		Schema:       "spanledger",
		CreateSchema: true,
		AnalysisID: AnalysisIDConfig{
			From:     []string{"spanledger.analysis.id", "gen_ai.conversation.id", "session.id", "langfuse.session.id"},
			Fallback: "trace_id",
		},
		Retention: RetentionConfig{Calls: 2160 * time.Hour, Summaries: 0},
	}, cfg)
}

func TestConfig_Unmarshal(t *testing.T) {
	t.Parallel()
	storage := component.MustNewIDWithName("file_storage", "ledger")
	for name, want := range map[string]func(*Config){
		"":       func(c *Config) { c.DSN = "postgres://collector:secret@db.example.com:5432/llm" },
		"sqlite": func(c *Config) { c.DSN = "sqlite:/var/lib/spanledger/ledger.db" },
		"all": func(c *Config) {
			c.DSN = "postgres://collector:secret@db.example.com:5432/llm"
			c.Schema = "llm_ledger"
			c.CreateSchema = false
			c.AnalysisID = AnalysisIDConfig{From: []string{"job.id", "spanledger.analysis.id"}, Fallback: FallbackDrop}
			c.Retention = RetentionConfig{Calls: 720 * time.Hour, Summaries: 8760 * time.Hour}
			c.Prices = PricesConfig{File: "/etc/spanledger/prices.json"}
			c.TimeoutConfig.Timeout = 10 * time.Second
			c.QueueConfig = configoptional.Some(exporterhelper.QueueBatchConfig{
				Sizer: exporterhelper.RequestSizerTypeRequests, QueueSize: 500, NumConsumers: 2,
				StorageID: &storage, BlockOnOverflow: true,
				Batch: configoptional.Some(exporterhelper.BatchConfig{
					Sizer: exporterhelper.RequestSizerTypeItems, FlushTimeout: time.Second, MinSize: 100, MaxSize: 1000,
				}),
			})
			c.RetryConfig = configretry.BackOffConfig{
				Enabled: true, InitialInterval: time.Second, RandomizationFactor: 0.7, Multiplier: 1.3,
				MaxInterval: 10 * time.Second, MaxElapsedTime: 10 * time.Minute,
			}
		},
		"for_ever": func(c *Config) { c.Retention.Calls = 0 },
		"by_trace": func(c *Config) { c.AnalysisID.From = []string{} },
		"bare": func(c *Config) {
			c.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
			c.RetryConfig.Enabled = false
		},
	} {
		t.Run("Of"+name, func(t *testing.T) {
			t.Parallel()
			cfg := createDefaultConfig()
			require.NoError(t, section(t, "config.yaml", name).Unmarshal(&cfg))
			require.NoError(t, confmap.Validate(cfg))
			expected := testConfig(want)
			if !expected.QueueConfig.HasValue() {
				require.False(t, cfg.(*Config).QueueConfig.HasValue())
				expected.QueueConfig = cfg.(*Config).QueueConfig
			}
			require.Equal(t, expected, cfg)
		})
	}
	t.Run("Unbatched", func(t *testing.T) {
		t.Parallel()
		cfg := createDefaultConfig()
		require.NoError(t, section(t, "config.yaml", "unbatched").Unmarshal(&cfg))
		require.NoError(t, confmap.Validate(cfg))
		require.False(t, cfg.(*Config).QueueConfig.Get().Batch.HasValue())
	})
}

func TestConfig_Validate(t *testing.T) {
	t.Parallel()
	for name, messages := range map[string][]string{
		"no_dsn":             {`dsn: must be set`, `sqlite:PATH`},
		"unknown_dsn":        {`dsn: `},
		"broken_dsn":         {`dsn: `},
		"schema":             {`schema: "Robert'); DROP TABLE call;--" is not a name`, `such as "spanledger"`},
		"no_schema":          {`schema: "" is not a name`},
		"fallback":           {`analysis_id::fallback: "guess" is unknown: use "trace_id" or "drop"`},
		"empty_name":         {`analysis_id::from: an attribute has no name: remove it`},
		"same_name":          {`analysis_id::from: "session.id" is there twice: remove one`},
		"short_retention":    {`retention::calls: 30m0s is too short`, `at least 24h0m0s`},
		"negative_retention": {`retention::calls: -24h0m0s is too short`},
		"short_summaries":    {`retention::summaries: 720h0m0s is less than retention::calls: use 0 (for ever) or at least 2160h0m0s`},
		"negative_summaries": {`retention::summaries: -24h0m0s is less than retention::calls`},
		"summaries_alone":    {`retention::summaries: 8760h0m0s is less than for ever, which retention::calls is`},
		"timeout":            {`timeout`, `must be non-negative`},
		"queue":              {`sending_queue`, `num_consumers`},
		"batch":              {`sending_queue: batch`, `max_size`},
		"retry":              {`retry_on_failure`, `max_interval`},
		"two":                {`dsn: must be set`, `schema: "UPPER"`, `retention::calls: 1h0m0s`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := createDefaultConfig()
			require.NoError(t, section(t, "mistakes.yaml", name).Unmarshal(&cfg))
			err := confmap.Validate(cfg)
			for _, message := range messages {
				require.ErrorContains(t, err, message)
			}
			require.NotContains(t, err.Error(), "secret")
		})
	}
	t.Run("TooManyNames", func(t *testing.T) {
		t.Parallel()
		cfg := testConfig(func(c *Config) { c.AnalysisID.From = make([]string, 256) })
		require.ErrorContains(t, confmap.Validate(cfg), "analysis_id::from: 256 attributes are more than 255")
	})
}

func TestConfig_Unmarshal_Errors(t *testing.T) {
	t.Parallel()
	for name, message := range map[string]string{
		"misspelled":           "shema",
		"misspelled_retention": "call",
		"type":                 "create_schema",
		"duration":             "retention.calls",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := createDefaultConfig()
			require.ErrorContains(t, section(t, "unreadable.yaml", name).Unmarshal(&cfg), message)
		})
	}
}

// TestConfig_DSNIsOpaque prints a configuration as the Collector's tools do.
func TestConfig_DSNIsOpaque(t *testing.T) {
	t.Parallel()
	cfg := testConfig(func(c *Config) { c.DSN = "postgres://collector:secret@db.example.com/llm" })
	printed := confmap.New()
	require.NoError(t, printed.Marshal(cfg))
	require.Equal(t, "[REDACTED]", printed.Get("dsn"))
}

// section returns the configuration of the exporter with the given name.
func section(t *testing.T, file, name string) *confmap.Conf {
	t.Helper()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", file))
	require.NoError(t, err)
	id := component.MustNewID(componentType)
	if name != "" {
		id = component.MustNewIDWithName(componentType, name)
	}
	require.True(t, conf.IsSet(id.String()), "%s is not in %s", id, file)
	sub, err := conf.Sub(id.String())
	require.NoError(t, err)
	return sub
}
