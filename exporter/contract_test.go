// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"

	"github.com/spanledger/spanledger/internal/ledger"
)

// TestConsumeContract runs the Collector's own suite: what fails for now is
// tried again, what fails for good is not. The suite's receiver stands where
// the ledger is, and reads its counts without waiting for the queue: so the
// queue answers only when the ledger has.
func TestConsumeContract(t *testing.T) {
	far := &farEnd{ctx: t.Context()}
	cfg := testConfig(func(c *Config) {
		queue := defaultQueue()
		queue.WaitForResult = true
		queue.Batch = configoptional.None[exporterhelper.BatchConfig]()
		c.QueueConfig = configoptional.Some(queue)
		c.RetryConfig.InitialInterval = time.Millisecond
		c.RetryConfig.MaxInterval = 2 * time.Millisecond
	})
	store := &fakeStore{refuse: far.fold}
	exportertest.CheckConsumeContract(exportertest.CheckConsumeContractParams{
		T:                    t,
		NumberOfTestElements: 10,
		Signal:               pipeline.SignalTraces,
		ExporterFactory:      callsFactory{newFactory(store.opener())},
		ExporterConfig:       cfg,
		ReceiverFactory:      far.factory(),
		ReceiverConfig:       struct{}{},
	})
}

// callsFactory makes the suite's bare spans calls, each of its own.
type callsFactory struct{ collectorexporter.Factory }

func (f callsFactory) CreateTraces(
	ctx context.Context, set collectorexporter.Settings, cfg component.Config,
) (collectorexporter.Traces, error) {
	exp, err := f.Factory.CreateTraces(ctx, set, cfg)
	return &callsExporter{Traces: exp}, err
}

type callsExporter struct {
	collectorexporter.Traces
	sent int
}

func (e *callsExporter) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	e.sent++
	fillCall(td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0), e.sent)
	return e.Traces.ConsumeTraces(ctx, td)
}

// farEnd hands each batch that reaches the ledger to the suite's receiver, and
// answers as that does.
type farEnd struct {
	ctx  context.Context
	next atomic.Value
}

func (e *farEnd) factory() receiver.Factory {
	return receiver.NewFactory(component.MustNewType("ledger"), func() component.Config { return struct{}{} },
		receiver.WithTraces(func(
			_ context.Context, _ receiver.Settings, _ component.Config, next consumer.Traces,
		) (receiver.Traces, error) {
			e.next.Store(next)
			return struct {
				component.StartFunc
				component.ShutdownFunc
			}{}, nil
		}, component.StabilityLevelDevelopment))
}

func (e *farEnd) fold(*ledger.Batch) error {
	err := e.next.Load().(consumer.Traces).ConsumeTraces(e.ctx, ptrace.NewTraces())
	switch {
	case err == nil:
		return nil
	case consumererror.IsPermanent(err):
		return &ledger.Error{Op: "fold batch", Class: ledger.Permanent, Err: err}
	default:
		return &ledger.Error{Op: "fold batch", Class: ledger.Retryable, Err: err}
	}
}
