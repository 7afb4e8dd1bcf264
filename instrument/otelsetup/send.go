// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 5 * time.Second
	// doubtLimit is how long a batch is tried whose error may or may not be
	// its own fault.
	doubtLimit = 5 * time.Minute
)

// run is the sending goroutine. It ends when the queue is closed and empty.
func (p *LedgerProcessor) run(ctx context.Context) {
	defer close(p.done)
	ticker := time.NewTicker(p.config.Interval)
	defer ticker.Stop()
	for {
		select {
		case s, ok := <-p.queue:
			if !ok {
				p.send(ctx)
				return
			}
			p.take(ctx, s)
		case <-ticker.C:
			p.send(ctx)
		case flushed := <-p.flushes:
			p.flush(ctx)
			close(flushed)
		}
	}
}

// take adds a span to the batch and sends the batch when it is full.
func (p *LedgerProcessor) take(ctx context.Context, s sdktrace.ReadOnlySpan) {
	p.fullSince.Store(0)
	p.batch = append(p.batch, s)
	if len(p.batch) == p.config.BatchSize {
		p.send(ctx)
	}
}

// flush sends what is in the queue now; what comes meanwhile must not keep it
// from ending.
func (p *LedgerProcessor) flush(ctx context.Context) {
	for range len(p.queue) {
		p.take(ctx, <-p.queue)
	}
	p.send(ctx)
}

func (p *LedgerProcessor) send(ctx context.Context) {
	if len(p.batch) > 0 {
		p.deliver(ctx, p.batch, time.Now().Add(doubtLimit))
	}
	clear(p.batch)
	p.batch = p.batch[:0]
}

// deliver exports spans until the receiver has them, refuses them, or ctx
// ends. An error that may be the spans' own fault counts as a refusal after
// doubt.
func (p *LedgerProcessor) deliver(ctx context.Context, spans []sdktrace.ReadOnlySpan, doubt time.Time) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		err := p.exporter.ExportSpans(ctx, spans)
		v := judge(err)
		switch {
		case v.kind == verdictDelivered:
			p.outage = false
			p.drops.add(v.rejected, dropRejected)
			return
		case v.kind == verdictRefused, v.kind == verdictDoubtful && !time.Now().Before(doubt):
			p.divide(ctx, spans, doubt)
			return
		}
		p.reportOutage(ctx, err)
		p.pause(ctx, attempt)
	}
	p.drops.add(int64(len(spans)), dropShutdown)
}

// divide delivers the halves of a refused batch, and gives up on one span.
func (p *LedgerProcessor) divide(ctx context.Context, spans []sdktrace.ReadOnlySpan, doubt time.Time) {
	if len(spans) == 1 {
		p.drops.add(1, dropRejected)
		return
	}
	half := len(spans) / 2
	p.deliver(ctx, spans[:half], doubt)
	p.deliver(ctx, spans[half:], doubt)
}

// reportOutage tells once, when spans begin to wait.
func (p *LedgerProcessor) reportOutage(ctx context.Context, err error) {
	if p.outage || ctx.Err() != nil {
		return
	}
	p.outage = true
	otel.Handle(fmt.Errorf("otelsetup: ledger spans wait, up to %d of them: the OTLP endpoint does not take them (%s)",
		p.config.QueueSize, classOf(err)))
}

// pause waits before the next attempt, with jitter; the start of a shutdown
// ends it.
func (p *LedgerProcessor) pause(ctx context.Context, attempt int) {
	limit := min(firstBackoff<<min(attempt, 10), maxBackoff)
	stopping := p.stopping
	select {
	case <-p.stopping:
		stopping, limit = nil, firstBackoff
	default:
	}
	timer := time.NewTimer(limit/2 + rand.N(limit/2)) // #nosec G404 -- jitter
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-stopping:
	case <-ctx.Done():
	}
}

// stop ends the processor. The queue is closed when the last sender is done,
// so that nobody sends to a closed queue.
func (p *LedgerProcessor) stop(ctx context.Context) error {
	ctx, cancel := withLimit(ctx)
	defer cancel()
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	close(p.stopping)
	go func() {
		p.senders.Wait()
		close(p.queue)
	}()

	select {
	case <-p.done:
	case <-ctx.Done():
		p.cancel()
		<-p.done
	}
	p.cancel()
	p.drops.report()
	return errors.Join(p.lost(), p.exporter.Shutdown(ctx))
}

func (p *LedgerProcessor) lost() error {
	if n := p.drops.count(dropShutdown); n > 0 {
		return fmt.Errorf("otelsetup: %d ledger spans could not be delivered before the shutdown", n)
	}
	return nil
}
