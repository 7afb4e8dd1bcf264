// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"time"

	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/ledger"
)

// The exporter's own metrics, as README.md and metadata.yaml list them.
const (
	metricReceived    = "spanledger_exporter_received_spans"
	metricIgnored     = "spanledger_exporter_ignored_spans"
	metricDropped     = "spanledger_exporter_dropped_spans"
	metricMended      = "spanledger_exporter_mended_spans"
	metricClosed      = "spanledger_exporter_closed_analyses"
	metricCalls       = "spanledger_exporter_calls"
	metricConflicting = "spanledger_exporter_conflicting_calls"
	metricFold        = "spanledger_exporter_fold_duration"

	attributeExporter = "exporter"
	attributeReason   = "reason"
	attributeOutcome  = "outcome"

	// reasonRefused is why a span is dropped that the store will never take.
	reasonRefused = "refused_by_store"
)

const scopeName = "github.com/spanledger/spanledger/exporter"

// telemetry counts what the exporter does. Counts of spans and calls move once
// a batch is settled, so that retries do not count twice. It is safe for
// concurrent use.
type telemetry struct {
	exporter attribute.KeyValue

	received, ignored, dropped, mended, closed metric.Int64Counter
	calls, conflicting                         metric.Int64Counter
	foldDuration                               metric.Float64Histogram
}

func newTelemetry(set collectorexporter.Settings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	var errs []error
	counter := func(name, unit, description string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
		errs = append(errs, err)
		return c
	}
	t := &telemetry{
		exporter: attribute.String(attributeExporter, set.ID.String()),
		received: counter(metricReceived, "{span}", "Spans of settled batches."),
		ignored:  counter(metricIgnored, "{span}", "Spans that are not LLM calls."),
		dropped:  counter(metricDropped, "{span}", "Spans that are lost, by reason."),
		mended:   counter(metricMended, "{span}", "Spans that were counted after something in them was put right."),
		closed:   counter(metricClosed, "{span}", "Analysis spans that the ledger took."),
		calls:    counter(metricCalls, "{call}", "Calls that the ledger took, by what became of them."),
		conflicting: counter(metricConflicting, "{call}",
			"Duplicate calls that differ from the copy that is counted."),
	}
	var err error
	t.foldDuration, err = meter.Float64Histogram(metricFold, metric.WithUnit("s"),
		metric.WithDescription("Time of one transaction of the ledger, by its outcome."),
		metric.WithExplicitBucketBoundaries(.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30))
	return t, errors.Join(append(errs, err)...)
}

// settled counts a batch that is done with.
func (t *telemetry) settled(ctx context.Context, d *decode.Result, s *settlement) {
	t.add(ctx, t.received, d.Spans)
	t.add(ctx, t.ignored, d.Ignored)
	for reason, n := range d.Dropped {
		t.add(ctx, t.dropped, n, attribute.Stringer(attributeReason, decode.Drop(reason)))
	}
	t.add(ctx, t.dropped, s.refused, attribute.String(attributeReason, reasonRefused))
	for reason, n := range d.Mended {
		t.add(ctx, t.mended, n, attribute.Stringer(attributeReason, decode.Mend(reason)))
	}
	t.add(ctx, t.closed, s.closed)
	t.add(ctx, t.calls, s.Folded, attribute.String(attributeOutcome, "folded"))
	t.add(ctx, t.calls, s.Duplicate, attribute.String(attributeOutcome, "duplicate"))
	t.add(ctx, t.calls, s.Late, attribute.String(attributeOutcome, "late"))
	t.add(ctx, t.calls, s.Future, attribute.String(attributeOutcome, "future"))
	t.add(ctx, t.conflicting, s.Conflicting)
}

// folded records one transaction.
func (t *telemetry) folded(ctx context.Context, took time.Duration, err error) {
	outcome := "retry"
	switch {
	case err == nil:
		outcome = "ok"
	case ledger.ClassOf(err) == ledger.Permanent:
		outcome = "refused"
	}
	t.foldDuration.Record(ctx, took.Seconds(),
		metric.WithAttributes(t.exporter, attribute.String(attributeOutcome, outcome)))
}

func (t *telemetry) add(ctx context.Context, c metric.Int64Counter, n int, more ...attribute.KeyValue) {
	if n > 0 {
		c.Add(ctx, int64(n), metric.WithAttributes(append(more, t.exporter)...))
	}
}
