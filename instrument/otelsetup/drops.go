// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/semconv"
)

// scopeName names this package in its metrics.
const scopeName = "github.com/spanledger/spanledger/instrument/otelsetup"

// reportEvery is the shortest time between two reports of drops.
const reportEvery = time.Minute

// drops counts lost spans and reports them: the first at once, then at most
// once in a while. It is safe for concurrent use.
type drops struct {
	ctx     context.Context
	counter metric.Int64Counter

	mu       sync.Mutex
	counts   map[string]int64
	sum      int64
	reported int64
	next     time.Time
}

func newDrops(ctx context.Context, meters metric.MeterProvider) (*drops, error) {
	if meters == nil {
		meters = otel.GetMeterProvider()
	}
	meter := meters.Meter(scopeName, metric.WithInstrumentationVersion(semconv.ScopeVersion()))
	counter, err := meter.Int64Counter(semconv.MetricLost,
		metric.WithUnit(semconv.UnitLoss),
		metric.WithDescription("Telemetry that this process lost, by reason."))
	if err != nil {
		return nil, fmt.Errorf("otelsetup: count dropped spans: %w", err)
	}
	return &drops{ctx: ctx, counter: counter, counts: make(map[string]int64)}, nil
}

func (d *drops) total() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sum
}

// add counts n lost spans.
func (d *drops) add(n int64, reason string) {
	if n <= 0 {
		return
	}
	d.counter.Add(d.ctx, n, metric.WithAttributes(attribute.String(semconv.LossReason, reason)))
	d.mu.Lock()
	d.counts[reason] += n
	d.sum += n
	due := time.Now().After(d.next)
	d.mu.Unlock()
	if due {
		d.report()
	}
}

// report tells the error handler of drops that it does not know of.
func (d *drops) report() {
	if message := d.message(); message != "" {
		otel.Handle(fmt.Errorf("otelsetup: ledger spans dropped: %s", message))
	}
}

// message returns "" where all has been told.
func (d *drops) message() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reported == d.sum {
		return ""
	}
	d.reported, d.next = d.sum, time.Now().Add(reportEvery)
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(d.counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", d.counts[reason], reason))
	}
	return strings.Join(parts, ", ") + " since the start"
}
