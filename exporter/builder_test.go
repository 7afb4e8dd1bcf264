// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

// TestBuilderConfig keeps the manifest for the Collector builder on the
// releases that the module is built and tested with.
func TestBuilderConfig(t *testing.T) {
	t.Parallel()
	conf, err := confmaptest.LoadConf(filepath.Join("..", "builder-config.yaml"))
	require.NoError(t, err)
	required, err := os.ReadFile(filepath.Join("..", "go.mod"))
	require.NoError(t, err)
	self := reflect.TypeFor[Config]().PkgPath()

	found := false
	for _, kind := range []string{"receivers", "processors", "exporters", "extensions", "providers"} {
		for _, component := range conf.Get(kind).([]any) {
			module := component.(map[string]any)["gomod"].(string)
			if component.(map[string]any)["import"] == self {
				found = true
				name, _, _ := strings.Cut(module, " ")
				require.Contains(t, string(required), "module "+name+"\n")
				// Without a name of its own the import clashes with the exporter package of the builder's code.
				require.NotEmpty(t, component.(map[string]any)["name"])
				continue
			}
			require.Contains(t, string(required), "\t"+module+"\n")
		}
	}
	require.True(t, found, "the manifest builds %s in", self)
}
