// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/internal/semconv"
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
		left := p.courier.deliver(ctx, p.batch)
		p.left += left
		p.drops.add(left, p.lossAt(semconv.LossShutdown))
	}
	clear(p.batch)
	p.batch = p.batch[:0]
}

// lossAt returns the reason for a loss: a full spill directory, where there
// is one, goes before what else the loss is due to.
func (p *LedgerProcessor) lossAt(reason string) string {
	if p.spill != nil && p.spill.spool.full.Load() {
		return semconv.LossSpillFull
	}
	return reason
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
		p.giveUp()
	}
	p.cancel()
	p.drops.report()
	return errors.Join(p.lost(), p.exporter.Shutdown(ctx))
}

// giveUp has what is queued go to disk, where there is one, and drops what
// does not.
func (p *LedgerProcessor) giveUp() {
	if p.spill != nil {
		p.spill.stopSending()
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-p.done:
		case <-timer.C:
		}
	}
	p.cancel()
	<-p.done
}

func (p *LedgerProcessor) lost() error {
	if p.left > 0 {
		return fmt.Errorf("otelsetup: %d ledger spans could not be delivered before the shutdown", p.left)
	}
	return nil
}
