// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/ledger"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	return string(text)
}

// TestREADME_Options: every key of the configuration has a row.
func TestREADME_Options(t *testing.T) {
	t.Parallel()
	text := readme(t)
	paths := optionPaths(reflect.TypeFor[Config](), "")
	paths = append(paths, optionPaths(reflect.TypeFor[exporterhelper.QueueBatchConfig](), "sending_queue::")...)
	paths = append(paths, optionPaths(reflect.TypeFor[exporterhelper.BatchConfig](), "sending_queue::batch::")...)
	require.Contains(t, paths, "analysis_id::from")
	require.Contains(t, paths, "retry_on_failure::max_elapsed_time")
	require.Contains(t, paths, "sending_queue::batch::partition::metadata_keys")
	for _, path := range paths {
		if path == "sending_queue::batch" || path == "sending_queue::batch::partition" {
			continue // only their members are options
		}
		require.Contains(t, text, "| `"+path+"` |")
	}
}

// optionPaths lists the keys of a configuration. It does not look into
// optional sections.
func optionPaths(of reflect.Type, prefix string) []string {
	var paths []string
	for f := range of.Fields() {
		tag, ok := f.Tag.Lookup("mapstructure")
		if !ok {
			continue
		}
		name, option, _ := strings.Cut(tag, ",")
		if option == "squash" {
			paths = append(paths, optionPaths(f.Type, prefix)...)
			continue
		}
		paths = append(paths, prefix+name)
		if f.Type.Kind() == reflect.Struct {
			paths = append(paths, optionPaths(f.Type, prefix+name+"::")...)
		}
	}
	return paths
}

func TestREADME_Reasons(t *testing.T) {
	t.Parallel()
	text := readme(t)
	reasons := []string{reasonRefused, reasonLateEnd}
	for d := range decode.Drop(decode.NumDrops) {
		reasons = append(reasons, d.String())
	}
	for m := range decode.Mend(decode.NumMends) {
		reasons = append(reasons, m.String())
	}
	for _, reason := range reasons {
		require.Contains(t, text, "| `"+reason+"` |")
	}
}

// TestREADME_Metrics: the metrics of the code, of metadata.yaml and of the
// README are the same. Dashboards depend on their names.
func TestREADME_Metrics(t *testing.T) {
	t.Parallel()
	conf, err := confmaptest.LoadConf("metadata.yaml")
	require.NoError(t, err)
	var metadata struct {
		Telemetry struct {
			Metrics map[string]struct {
				Description string         `mapstructure:"description"`
				Unit        string         `mapstructure:"unit"`
				Rest        map[string]any `mapstructure:",remain"`
			} `mapstructure:"metrics"`
		} `mapstructure:"telemetry"`
	}
	require.NoError(t, conf.Unmarshal(&metadata, confmap.WithIgnoreUnused()))

	names := []string{
		metricReceived, metricIgnored, metricDropped, metricMended, metricClosed,
		metricCalls, metricUnfolded, metricConflicting, metricFold, metricRows, metricRetried, metricMaintenance,
	}
	text := readme(t)
	require.Len(t, metadata.Telemetry.Metrics, len(names))
	for _, name := range names {
		require.Contains(t, metadata.Telemetry.Metrics, name)
		require.Contains(t, text, "| `"+name+"` | "+metadata.Telemetry.Metrics[name].Unit+" |")
	}

	tel := emitAll(t)
	for _, name := range names {
		m, err := tel.GetMetric(name)
		require.NoError(t, err)
		require.Equal(t, metadata.Telemetry.Metrics[name].Description, m.Description)
		require.Equal(t, metadata.Telemetry.Metrics[name].Unit, m.Unit)
	}
}

// emitAll moves every metric once.
func emitAll(t *testing.T) *componenttest.Telemetry {
	t.Helper()
	set, tel := measured(t)
	metrics, err := newTelemetry(set)
	require.NoError(t, err)
	decoded := decode.Result{Spans: 1, Ignored: 1}
	decoded.Dropped[decode.DropNoIDs] = 1
	decoded.Mended[decode.MendText] = 1
	s := settlement{closed: 1}
	s.Folded, s.Unfolded, s.Conflicting = 1, 1, 1
	metrics.settled(t.Context(), &decoded, &s)
	metrics.folded(t.Context(), 1, &ledger.Outcome{Folded: 1, Retries: 1}, nil)
	metrics.maintained(t.Context(), nil)
	return tel
}

// TestRules: the alerts look at metrics that are there.
func TestRules(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile(filepath.Join("..", "dashboards", "prometheus", "exporter.rules.yaml"))
	require.NoError(t, err)
	text := readme(t)
	named := regexp.MustCompile(`\b(spanledger_exporter|otelcol_exporter)_\w+`).FindAllString(string(rules), -1)
	require.NotEmpty(t, named)
	for _, name := range named {
		name = strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count")
		require.Contains(t, text, "`"+name+"`")
	}
}
