// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/signaltometricsconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/spanmetricsconnector"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"

	"github.com/spanledger/spanledger/test/bench/spans"
)

// groupedBy are the attributes that our sums are kept by.
var groupedBy = []string{"spanledger.analysis.id", "spanledger.call.type", "gen_ai.provider.name", "gen_ai.response.model"}

// spanMetrics counts calls and durations by service, name, kind and status:
// one series, and no tokens.
func spanMetrics() spans.Way {
	return way("spanmetrics v0.158.0, as it comes", spanmetricsconnector.NewFactory(), nil)
}

// spanMetricsByAnalysis counts the same by what our sums are kept by.
func spanMetricsByAnalysis() spans.Way {
	return way("spanmetrics v0.158.0, by analysis", spanmetricsconnector.NewFactory(), map[string]any{
		"dimensions": list("name", groupedBy),
	})
}

// signalToMetrics sums four counts of tokens by what our sums are kept by.
func signalToMetrics() spans.Way {
	var sums []any
	for _, name := range []string{"input_tokens", "output_tokens", "cache_read.input_tokens", "reasoning.output_tokens"} {
		sums = append(sums, map[string]any{
			"name": name, "attributes": list("key", groupedBy),
			"sum": map[string]any{"value": `attributes["gen_ai.usage.` + name + `"]`},
		})
	}
	return way("signaltometrics v0.156.0, 4 token sums by analysis", signaltometricsconnector.NewFactory(),
		map[string]any{"spans": sums})
}

func list(key string, values []string) (list []any) {
	for _, v := range values {
		list = append(list, map[string]any{key: v})
	}
	return list
}

// way starts a connector whose metrics go nowhere.
func way(name string, factory connector.Factory, settings map[string]any) spans.Way {
	return spans.Way{Name: name, Open: func(ctx context.Context) (consumer.Traces, func(context.Context) error, error) {
		config := factory.CreateDefaultConfig()
		if err := confmap.NewFromStringMap(settings).Unmarshal(config); err != nil {
			return nil, nil, err
		}
		if validated, ok := config.(interface{ Validate() error }); ok {
			if err := validated.Validate(); err != nil {
				return nil, nil, err
			}
		}
		return start(ctx, factory, config)
	}}
}

func start(ctx context.Context, factory connector.Factory, config component.Config) (
	consumer.Traces, func(context.Context) error, error,
) {
	c, err := factory.CreateTracesToMetrics(ctx, connectortest.NewNopSettings(factory.Type()), config, consumertest.NewNop())
	if err != nil {
		return nil, nil, err
	}
	return c, c.Shutdown, c.Start(ctx, componenttest.NewNopHost())
}
