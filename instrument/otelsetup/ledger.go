// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/internal/semconv"
)

// LedgerProcessor is a span processor that exports every ledger span that is
// recorded, whether it is sampled or not, and ignores all others. It sends
// batches by size and interval, tries again for as long as the receiver is
// away, and drops only what [LedgerConfig] and the receiver leave no choice
// about: each drop is counted under spanledger.instrument.lost, by reason, and
// reported to the OpenTelemetry error handler, at most once a minute.
//
// Reasons are queue_full (the queue stayed full for MaxBlock), rejected (the
// receiver will never take the span) and shutdown (the time for the shutdown
// was over); with a spill directory also spill_full (the same two, where the
// directory or its disk was full) and spill_corrupt (a file there could not be
// read, and was set aside). A batch that the receiver refuses is halved until
// the spans at fault stand alone.
//
// It is safe for concurrent use. Delivery is at least once.
type LedgerProcessor struct {
	exporter sdktrace.SpanExporter
	config   LedgerConfig
	drops    *drops

	queue   chan sdktrace.ReadOnlySpan
	flushes chan chan struct{}
	started time.Time
	// fullSince is when the queue was found full, in nanoseconds since the
	// start, for a clock may be set; 0 while there is room.
	fullSince atomic.Int64

	mu       sync.RWMutex
	stopped  bool
	senders  sync.WaitGroup
	shutdown sync.Once
	stopping chan struct{}
	cancel   context.CancelFunc
	done     chan struct{}

	spill *spiller // nil without a spill directory

	// Of the sending goroutine alone, until it is done.
	batch   []sdktrace.ReadOnlySpan
	courier courier[sdktrace.ReadOnlySpan]
	left    int64 // dropped by the shutdown
}

// NewLedgerProcessor starts a processor that exports through exporter, which
// it shuts down with itself. The exporter must return when its context ends,
// and keep no span after that; with a SpillDir it must be a [SpillExporter].
// The processor lives until Shutdown; of ctx it takes the values, not the end.
// An error is a *[ConfigError], or comes from the meter provider; the exporter
// is left open then.
func NewLedgerProcessor(
	ctx context.Context,
	exporter sdktrace.SpanExporter,
	config LedgerConfig,
) (*LedgerProcessor, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	ctx = context.WithoutCancel(ctx)
	drops, err := newDrops(ctx, config.MeterProvider)
	if err != nil {
		return nil, err
	}
	p := &LedgerProcessor{
		exporter: exporter, config: config, drops: drops, started: time.Now(),
		queue:    make(chan sdktrace.ReadOnlySpan, config.QueueSize),
		flushes:  make(chan chan struct{}),
		stopping: make(chan struct{}),
		done:     make(chan struct{}),
		batch:    make([]sdktrace.ReadOnlySpan, 0, config.BatchSize),
	}
	if err := p.openSpill(ctx); err != nil {
		return nil, err
	}
	p.courier = courier[sdktrace.ReadOnlySpan]{
		export: p.exporter.ExportSpans, drops: drops, stopping: p.stopping,
		where: fmt.Sprintf("up to %d of them", config.QueueSize),
	}
	ctx, p.cancel = context.WithCancel(ctx)
	go p.run(ctx)
	return p, nil
}

// openSpill puts the spill directory, if there is to be one, before the
// exporter.
func (p *LedgerProcessor) openSpill(ctx context.Context) error {
	if p.config.SpillDir == "" {
		return nil
	}
	exporter, ok := p.exporter.(clientExporter)
	if !ok {
		return &ConfigError{
			"LedgerConfig.SpillDir", "the exporter cannot send what was kept on disk",
			"make it with otelsetup.NewSpillExporter and an OTLP client",
		}
	}
	spill, err := newSpiller(ctx, exporter, &p.config, p.drops, p.stopping)
	if err != nil {
		return err
	}
	p.exporter, err = otlptrace.New(ctx, spill)
	p.spill = spill
	return err
}

// OnStart does nothing.
func (p *LedgerProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd takes a ledger span. It waits while the queue is full, for at most
// MaxBlock.
func (p *LedgerProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	if !isLedgerSpan(s.Attributes()) {
		return
	}
	if !p.enter() {
		p.drops.add(1, semconv.LossShutdown)
		return
	}
	defer p.senders.Done()
	if !p.enqueue(s) {
		p.drops.add(1, p.lossAt(semconv.LossQueueFull))
	}
}

// Dropped returns how many spans were lost so far.
func (p *LedgerProcessor) Dropped() int64 { return p.drops.total() }

// ForceFlush returns when the spans that ended before it have been exported,
// or are in the spill directory.
// When ctx ends, or after 30 seconds where it has no deadline, it returns the
// context's error, and the spans are tried further.
func (p *LedgerProcessor) ForceFlush(ctx context.Context) error {
	ctx, cancel := withLimit(ctx)
	defer cancel()
	flushed := make(chan struct{})
	select {
	case p.flushes <- flushed:
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("flush ledger spans: %w", context.Cause(ctx))
	}
	select {
	case <-flushed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("flush ledger spans: %w", context.Cause(ctx))
	}
}

// Shutdown exports what is queued and stops the processor and its exporter.
// When ctx ends, or after 30 seconds where it has no deadline, it drops the
// rest and returns an error that says how many spans that were. With a spill
// directory the rest goes to disk, and that as soon as the receiver has taken
// nothing for a second. Later calls return nil at once.
func (p *LedgerProcessor) Shutdown(ctx context.Context) error {
	var err error
	p.shutdown.Do(func() { err = p.stop(ctx) })
	return err
}

// enter admits a sender unless the processor is stopped.
func (p *LedgerProcessor) enter() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.stopped {
		return false
	}
	p.senders.Add(1)
	return true
}

func (p *LedgerProcessor) enqueue(s sdktrace.ReadOnlySpan) bool {
	select {
	case p.queue <- s:
		p.fullSince.Store(0)
		return true
	default:
	}
	if p.spill != nil {
		p.spill.hurry()
	}
	if p.config.MaxBlock < 0 {
		p.queue <- s // the sending goroutine empties the queue, come what may
		return true
	}
	timer := time.NewTimer(p.patience())
	defer timer.Stop()
	select {
	case p.queue <- s:
		return true
	case <-timer.C:
		return false
	}
}

// patience returns how long a full queue may still be waited for.
func (p *LedgerProcessor) patience() time.Duration {
	now := int64(time.Since(p.started)) + 1 // never 0
	p.fullSince.CompareAndSwap(0, now)
	since := p.fullSince.Load()
	if since == 0 { // there has been room meanwhile
		since = now
	}
	return p.config.MaxBlock - time.Duration(now-since)
}
