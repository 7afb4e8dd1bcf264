// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
	"github.com/spanledger/spanledger/internal/semconv"
)

// recorder turns calls into spans, metrics and sums.
type recorder struct {
	tracer  trace.Tracer
	metrics *metrics
	losses  *losses // of the metrics' board
	noSpans bool    // the tracer does nothing, now and later

	names       spanNames
	conventions Conventions // that spans and metrics follow
	claims      sync.Mutex  // held while a span of another library is looked at
}

// recorders and meterings hold one recorder for each pair of providers and one
// set of instruments for each meter provider and generation of the conventions:
// a process has one or few.
var (
	recorders = table[providers, *recorder]{rows: make(map[providers]func() *recorder)}
	meterings = table[metering, *metrics]{rows: make(map[metering]func() *metrics)}
)

func recorderFor(p providers) *recorder {
	return recorders.get(p, func() *recorder { return newRecorder(p) })
}

func newRecorder(p providers) (r *recorder) {
	of := metering{p.meters, p.conventions.resolve()}
	m := meterings.get(of, func() *metrics { return newMetrics(of) })
	r = &recorder{tracer: noop.Tracer{}, metrics: m, losses: &m.board.losses, conventions: of.conventions}
	defer r.losses.contain()
	r.tracer = p.tracers.Tracer(scopeName, trace.WithInstrumentationVersion(semconv.ScopeVersion()))
	_, r.noSpans = r.tracer.(noop.Tracer)
	return r
}

// isIdle reports, before anything is known of a request, that nobody would see
// a call that it is, and that it has nothing that a provider must not see.
func (r *recorder) isIdle(req *http.Request) bool {
	ctx := req.Context()
	return r.noSpans && !r.metrics.counts(ctx) && AnalysisFromContext(ctx) == nil && callFromContext(ctx) == nil &&
		!trace.SpanFromContext(ctx).IsRecording() && req.Response == nil && waiting.isEmpty() && !hasBaggage(req)
}

// table holds what is made once per key. It may be used by many goroutines.
type table[K comparable, V any] struct {
	mu   sync.RWMutex
	rows map[K]func() V
}

// get returns the row of a key; the first get of a key makes it, outside the
// lock, for making it calls code of others. A key of a type that cannot be
// compared has no row and is made every time.
func (t *table[K, V]) get(key K, newRow func() V) V {
	if !reflect.ValueOf(key).Comparable() {
		return newRow()
	}
	t.mu.RLock()
	row := t.rows[key]
	t.mu.RUnlock()
	if row == nil {
		row = t.add(key, sync.OnceValue(newRow))
	}
	return row()
}

// add returns the row of a key, which is the given one where there was none.
func (t *table[K, V]) add(key K, row func() V) func() V {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.rows[key]; known != nil {
		return known
	}
	t.rows[key] = row
	return row
}

// start opens a call and its span, and returns the context below that span.
func (r *recorder) start(ctx context.Context, s CallStart) (context.Context, *Call) {
	call := r.newCall(ctx, s)
	r.startSpan(ctx, call)
	call.identify(ctx)
	return call.ctx, call
}

// newCall returns a call that has no span yet.
func (r *recorder) newCall(ctx context.Context, s CallStart) *Call {
	owner := AnalysisFromContext(ctx)
	s.Type = cmp.Or(s.Type, CallTypeFromContext(ctx))
	return &Call{
		recorder: r,
		analysis: owner,
		started:  s,
		record: analysis.Call{
			AnalysisID:   owner.ID(),
			Attribution:  owner.attribution(),
			Type:         s.Type,
			Provider:     cmp.Or(s.Provider, semconv.ErrorTypeOther),
			Operation:    cmp.Or(s.Operation, semconv.OperationChat),
			RequestModel: s.Model,
			Stream:       s.Stream,
			Start:        time.Now(),
		},
	}
}

var clientKind = trace.WithSpanKind(trace.SpanKindClient)

// startSpan opens the call's span; the call ends it.
func (r *recorder) startSpan(ctx context.Context, call *Call) {
	call.ctx, call.span = ctx, noop.Span{}
	defer r.losses.contain()
	call.ctx, call.span = r.openSpan(ctx, r.names.of(&call.record),
		clientKind,
		trace.WithTimestamp(call.record.Start),
		trace.WithAttributes(startAttributes(call)...))
}

func (r *recorder) openSpan(
	ctx context.Context, name string, opts ...trace.SpanStartOption,
) (context.Context, trace.Span) {
	return r.tracer.Start(ctx, name, opts...) //nolint:spancheck // the call or the tally ends it
}

// identify notes the ids of the call's span and of its parent. Without an SDK
// a span has none of its own: it repeats its parent's.
func (c *Call) identify(parent context.Context) {
	defer c.recorder.losses.contain()
	above, own := trace.SpanContextFromContext(parent), c.span.SpanContext()
	if own.SpanID() == above.SpanID() {
		return
	}
	c.record.Key = analysis.SpanKey{Trace: analysis.TraceID(own.TraceID()), Span: analysis.SpanID(own.SpanID())}
	if own.TraceID() == above.TraceID() {
		c.record.Parent = analysis.SpanID(above.SpanID())
	}
}

// publish records a call that has ended: in its analysis, in the counters, and
// in its span. What fails leaves the rest.
func (r *recorder) publish(call *Call) {
	r.price(&call.record)
	if call.analysis != nil {
		call.analysis.tally.add(&call.record)
	}
	r.metrics.record(call)
	endSpan(call)
}

func (r *recorder) price(call *analysis.Call) {
	defer r.losses.contain()
	call.Cost = cost.Default().Cost(call)
}
