// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/collector/otelcol"
	"go.yaml.in/yaml/v3"

	"github.com/spanledger/spanledger/internal/store"
)

// pipeline is a Collector in this process: OTLP in, the ledger out.
type pipeline struct {
	collector *otelcol.Collector
	stopped   chan struct{}
	err       error // why it stopped; to be read once stopped is closed
}

// pipelineConfig says where a pipeline takes spans and where it keeps them.
type pipelineConfig struct {
	dsn, schema        string
	otlpGRPC, otlpHTTP string // empty: not served
}

// startPipeline starts the Collector and returns when it takes spans, or with
// the error that kept it from that. The exporter would wait for a ledger that
// cannot be opened; whoever starts a command is told at once.
func startPipeline(ctx context.Context, c pipelineConfig) (*pipeline, error) {
	if err := store.Migrate(ctx, store.Config{DSN: c.dsn, Schema: c.schema}); err != nil {
		return nil, err
	}
	uri, err := c.uri()
	if err != nil {
		return nil, err
	}
	collector, err := otelcol.NewCollector(settings(uri))
	if err != nil {
		return nil, fmt.Errorf("create the collector: %w", err)
	}
	p := &pipeline{collector: collector, stopped: make(chan struct{})}
	go p.run(context.WithoutCancel(ctx))
	if err := p.awaitRunning(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *pipeline) run(ctx context.Context) {
	defer close(p.stopped)
	p.err = oneLine(p.collector.Run(ctx))
}

func (p *pipeline) awaitRunning(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for p.collector.GetState() != otelcol.StateRunning {
		select {
		case <-p.stopped:
			if p.err == nil {
				return errors.New("the collector stopped while it started")
			}
			return p.err
		case <-ctx.Done():
			return errors.Join(ctx.Err(), p.stop())
		case <-tick.C:
		}
	}
	return nil
}

// stop takes no more spans, folds those that it has, and returns the error
// that the Collector stopped with, if any.
func (p *pipeline) stop() error {
	p.collector.Shutdown()
	<-p.stopped
	return p.err
}

// uri returns the configuration as the Collector's YAML provider takes it.
func (c pipelineConfig) uri() (string, error) {
	protocols := map[string]any{}
	if c.otlpGRPC != "" {
		protocols["grpc"] = map[string]any{"endpoint": literal(c.otlpGRPC)}
	}
	if c.otlpHTTP != "" {
		protocols["http"] = map[string]any{"endpoint": literal(c.otlpHTTP)}
	}
	config, err := yaml.Marshal(map[string]any{
		"receivers": map[string]any{"otlp": map[string]any{"protocols": protocols}},
		"exporters": map[string]any{
			"nop": nil,
			"spanledger": map[string]any{
				"dsn":    literal(c.dsn),
				"schema": literal(c.schema),
				// A sender hears that its spans are taken once they are in the
				// ledger, so that a crash of this process loses none. Since it
				// waits for that, a batch waits only shortly for more spans.
				"sending_queue": map[string]any{
					"wait_for_result":   true,
					"block_on_overflow": true,
					"batch":             map[string]any{"flush_timeout": "20ms"},
				},
			},
		},
		"service": map[string]any{
			"telemetry": map[string]any{
				"logs":    map[string]any{"level": "warn", "encoding": "console"},
				"metrics": map[string]any{"level": "none"},
			},
			"pipelines": map[string]any{
				"traces": pipelineOf("otlp", "spanledger"),
				// Services send their metrics too; the ledger needs none of them.
				"metrics": pipelineOf("otlp", "nop"),
				"logs":    pipelineOf("otlp", "nop"),
			},
		},
	})
	if err != nil {
		return "", fmt.Errorf("write the collector's configuration: %w", err)
	}
	return "yaml:" + string(config), nil
}

func pipelineOf(receiver, exporter string) map[string]any {
	return map[string]any{"receivers": []string{receiver}, "exporters": []string{exporter}}
}

// literal keeps the Collector from expanding what a value holds.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }
