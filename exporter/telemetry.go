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
	metricUnfolded    = "spanledger_exporter_unfolded_calls"
	metricConflicting = "spanledger_exporter_conflicting_calls"
	metricFold        = "spanledger_exporter_fold_duration"
	metricRows        = "spanledger_exporter_fold_rows"
	metricRetried     = "spanledger_exporter_retried_transactions"
	metricMaintenance = "spanledger_exporter_maintenance_runs"

	attributeExporter = "exporter"
	attributeReason   = "reason"
	attributeOutcome  = "outcome"

	outcomeOK    = "ok"
	outcomeError = "error"

	// reasonRefused is why a span is dropped that the store will never take.
	reasonRefused = "refused_by_store"
	// reasonLateEnd is why the end of an analysis is dropped that may have
	// been one of those that are past their retention.
	reasonLateEnd = "late_end"
)

const scopeName = "github.com/spanledger/spanledger/exporter"

// telemetry counts what the exporter does. Counts of spans and calls move once
// a batch is settled, so that retries do not count twice. It is safe for
// concurrent use.
type telemetry struct {
	exporter attribute.KeyValue

	received, ignored, dropped, mended, closed metric.Int64Counter
	calls, unfolded, conflicting               metric.Int64Counter
	retried, maintenance                       metric.Int64Counter
	foldDuration                               metric.Float64Histogram
	foldRows                                   metric.Int64Histogram
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
		unfolded: counter(metricUnfolded, "{call}",
			"Calls that were counted before a call that is nested in them came."),
		conflicting: counter(metricConflicting, "{call}",
			"Duplicate calls that differ from the copy that is counted."),
	}
	t.retried = counter(
		metricRetried,
		"{transaction}",
		"Transactions of the ledger that met others and were begun again.",
	)
	t.maintenance = counter(metricMaintenance, "{run}", "Runs of the ledger's maintenance, by their outcome.")
	var durationErr, rowsErr error
	t.foldDuration, durationErr = meter.Float64Histogram(metricFold, metric.WithUnit("s"),
		metric.WithDescription("Time of one transaction of the ledger, by its outcome."),
		metric.WithExplicitBucketBoundaries(.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30))
	t.foldRows, rowsErr = meter.Int64Histogram(metricRows, metric.WithUnit("{row}"),
		metric.WithDescription("Rows of calls that one transaction wrote, in one statement."),
		metric.WithExplicitBucketBoundaries(0, 1, 4, 16, 64, 256, 1024, 2048, 4096, 8192, 16384))
	return t, errors.Join(append(errs, durationErr, rowsErr)...)
}

// begin has every counter there with 0, so that whoever looks at how much they
// grow sees the first span that is lost.
func (t *telemetry) begin(ctx context.Context) {
	zero := func(c metric.Int64Counter, more ...attribute.KeyValue) {
		c.Add(ctx, 0, metric.WithAttributes(append(more, t.exporter)...))
	}
	for _, c := range []metric.Int64Counter{
		t.received, t.ignored, t.closed, t.unfolded, t.conflicting, t.retried,
	} {
		zero(c)
	}
	for reason := range decode.NumDrops {
		zero(t.dropped, attribute.Stringer(attributeReason, decode.Drop(reason)))
	}
	for _, reason := range []string{reasonRefused, reasonLateEnd} {
		zero(t.dropped, attribute.String(attributeReason, reason))
	}
	for reason := range decode.NumMends {
		zero(t.mended, attribute.Stringer(attributeReason, decode.Mend(reason)))
	}
	for _, outcome := range callOutcomes {
		zero(t.calls, attribute.String(attributeOutcome, outcome.name))
	}
	for _, outcome := range []string{outcomeOK, outcomeError} {
		zero(t.maintenance, attribute.String(attributeOutcome, outcome))
	}
}

// callOutcomes are what may become of a call.
var callOutcomes = []struct {
	name  string
	count func(o *ledger.Outcome) int
}{
	{"folded", func(o *ledger.Outcome) int { return o.Folded }},
	{"duplicate", func(o *ledger.Outcome) int { return o.Duplicate }},
	{"late", func(o *ledger.Outcome) int { return o.Late }},
	{"future", func(o *ledger.Outcome) int { return o.Future }},
	{"nested", func(o *ledger.Outcome) int { return o.Nested }},
}

// settled counts a batch that is done with.
func (t *telemetry) settled(ctx context.Context, d *decode.Result, s *settlement) {
	t.add(ctx, t.received, d.Spans)
	t.add(ctx, t.ignored, d.Ignored)
	for reason, n := range d.Dropped {
		t.add(ctx, t.dropped, n, attribute.Stringer(attributeReason, decode.Drop(reason)))
	}
	t.add(ctx, t.dropped, s.refused, attribute.String(attributeReason, reasonRefused))
	t.add(ctx, t.dropped, s.LateEnds, attribute.String(attributeReason, reasonLateEnd))
	for reason, n := range d.Mended {
		t.add(ctx, t.mended, n, attribute.Stringer(attributeReason, decode.Mend(reason)))
	}
	t.add(ctx, t.closed, s.closed)
	for _, outcome := range callOutcomes {
		t.add(ctx, t.calls, outcome.count(&s.Outcome), attribute.String(attributeOutcome, outcome.name))
	}
	t.add(ctx, t.unfolded, s.Unfolded)
	t.add(ctx, t.conflicting, s.Conflicting)
}

// folded records one fold.
func (t *telemetry) folded(ctx context.Context, took time.Duration, o *ledger.Outcome, err error) {
	outcome := "retry"
	switch {
	case err == nil:
		outcome = outcomeOK
		t.foldRows.Record(ctx, int64(o.Folded+o.Nested), metric.WithAttributes(t.exporter))
	case ledger.ClassOf(err) == ledger.Permanent:
		outcome = "refused"
	}
	t.add(ctx, t.retried, o.Retries)
	t.foldDuration.Record(ctx, took.Seconds(),
		metric.WithAttributes(t.exporter, attribute.String(attributeOutcome, outcome)))
}

// maintained records one run of the maintenance.
func (t *telemetry) maintained(ctx context.Context, err error) {
	outcome := outcomeOK
	if err != nil {
		outcome = outcomeError
	}
	t.add(ctx, t.maintenance, 1, attribute.String(attributeOutcome, outcome))
}

func (t *telemetry) add(ctx context.Context, c metric.Int64Counter, n int, more ...attribute.KeyValue) {
	if n > 0 {
		c.Add(ctx, int64(n), metric.WithAttributes(append(more, t.exporter)...))
	}
}
