// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// startTelemetry sends spans and metrics to the Collector that the environment names, until stop. Without one there is
// nothing to send to, and the summary of the process is the same.
func startTelemetry(ctx context.Context, env environment) (stop func(), err error) {
	if !hasCollector(env.getenv) {
		return func() {}, nil
	}
	shutdown, err := otelsetup.Start(ctx, otelsetup.Config{ServiceName: "stockanalysis"})
	if err != nil {
		return nil, fmt.Errorf("start telemetry: %w", err)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), env.flushTimeout)
		defer cancel()
		if shutdown(ctx) != nil { // no reason to lose the result
			fmt.Fprintln(env.stderr, "stockanalysis: the Collector did not take all telemetry")
		}
	}, nil
}

func hasCollector(getenv func(string) string) bool {
	return getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}
