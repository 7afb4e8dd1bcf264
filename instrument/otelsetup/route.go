// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Route returns a processor that hands each span that ends to one of two: a
// ledger span to ledger, any other to rest. Both see spans start. It flushes
// and shuts down both at the same time, so that neither takes the other's.
//
// It is for two processors that send to the same Collector, so that no span
// goes out twice. Where rest sends elsewhere, such as straight to a trace
// viewer, register both processors side by side instead: rest then gets the
// sampled calls too, and the SDK's processors pass over those that are not.
//
// Give each an exporter of its own: a processor shuts down its exporter with
// itself, and would take it from the other while that still delivers.
func Route(ledger, rest sdktrace.SpanProcessor) sdktrace.SpanProcessor {
	return &router{ledger: ledger, rest: rest}
}

type router struct{ ledger, rest sdktrace.SpanProcessor }

// OnStart implements the SDK's SpanProcessor.
func (r *router) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) {
	r.ledger.OnStart(ctx, s)
	r.rest.OnStart(ctx, s)
}

// OnEnd implements the SDK's SpanProcessor.
func (r *router) OnEnd(s sdktrace.ReadOnlySpan) {
	if isLedgerSpan(s.Attributes()) {
		r.ledger.OnEnd(s)
		return
	}
	r.rest.OnEnd(s)
}

// ForceFlush implements the SDK's SpanProcessor.
func (r *router) ForceFlush(ctx context.Context) error {
	return together(ctx, r.ledger.ForceFlush, r.rest.ForceFlush)
}

// Shutdown implements the SDK's SpanProcessor.
func (r *router) Shutdown(ctx context.Context) error {
	return together(ctx, r.ledger.Shutdown, r.rest.Shutdown)
}
