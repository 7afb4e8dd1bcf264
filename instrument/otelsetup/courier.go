// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/spanledger/spanledger/internal/semconv"
)

const (
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 5 * time.Second
	// doubtLimit is how long a batch is tried whose error may or may not be
	// its own fault.
	doubtLimit = 5 * time.Minute
)

// courier brings batches to a receiver, one after the other. It belongs to one
// goroutine.
type courier[T any] struct {
	export   func(ctx context.Context, batch []T) error
	drops    *drops
	stopping <-chan struct{} // cuts waiting short
	where    string          // the spans wait, for the report of an outage
	outage   bool
}

// deliver exports spans until the receiver has them, refuses them, or ctx
// ends. It returns how many are left then.
func (c *courier[T]) deliver(ctx context.Context, spans []T) (left int64) {
	return c.deliverUntil(ctx, spans, time.Now().Add(doubtLimit))
}

// deliverUntil takes an error that may be the spans' own fault for a refusal
// after doubt.
func (c *courier[T]) deliverUntil(ctx context.Context, spans []T, doubt time.Time) (left int64) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		err := c.export(ctx, spans)
		v := judge(err)
		switch {
		case v.kind == verdictDelivered:
			c.outage = false
			c.drops.add(v.rejected, semconv.LossRejected)
			return 0
		case v.kind == verdictRefused, v.kind == verdictDoubtful && !time.Now().Before(doubt):
			return c.divide(ctx, spans, doubt)
		}
		c.reportOutage(ctx, err)
		c.pause(ctx, attempt)
	}
	return int64(len(spans))
}

// divide delivers the halves of a refused batch, and gives up on one span.
func (c *courier[T]) divide(ctx context.Context, spans []T, doubt time.Time) (left int64) {
	if len(spans) == 1 {
		c.drops.add(1, semconv.LossRejected)
		return 0
	}
	half := len(spans) / 2
	return c.deliverUntil(ctx, spans[:half], doubt) + c.deliverUntil(ctx, spans[half:], doubt)
}

// reportOutage tells once, when spans begin to wait.
func (c *courier[T]) reportOutage(ctx context.Context, err error) {
	if c.outage || ctx.Err() != nil {
		return
	}
	c.outage = true
	otel.Handle(fmt.Errorf("otelsetup: ledger spans wait, %s: the OTLP endpoint does not take them (%s)",
		c.where, classOf(err)))
}

// pause waits before the next attempt, with jitter; the start of a shutdown
// ends it.
func (c *courier[T]) pause(ctx context.Context, attempt int) {
	limit := min(firstBackoff<<min(attempt, 10), maxBackoff)
	stopping := c.stopping
	select {
	case <-stopping:
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
