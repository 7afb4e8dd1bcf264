// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"fmt"

	"go.opentelemetry.io/collector/confmap"

	"github.com/spanledger/spanledger/exporter"
)

// A Collector distribution adds the factory to its list of exporters, and
// reads the rest from its configuration file.
func ExampleNewFactory() {
	factory := exporter.NewFactory()
	cfg := factory.CreateDefaultConfig()
	file := confmap.NewFromStringMap(map[string]any{"dsn": "postgres://collector:secret@db.example.com/llm"})
	if err := file.Unmarshal(&cfg); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(factory.Type(), confmap.Validate(cfg))
	fmt.Println(cfg.(*exporter.Config).DSN)
	// Output:
	// spanledger <nil>
	// [REDACTED]
}
