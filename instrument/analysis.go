// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Analysis is a handle on one analysis: the unit of work that the application
// names, to which all calls under its context belong. Its methods may be
// called from many goroutines at once, and on nil, where they do nothing.
type Analysis struct {
	tally *tally
	ended atomic.Bool
}

// StartAnalysis starts the analysis with the given id and returns a context
// whose calls belong to it. An empty id asks for a generated one, a UUID of
// version 7, which sorts by time. Every started analysis must be ended.
//
// The analysis is a span, of kind INTERNAL, named "analysis", below the span
// of ctx. Calls under the returned context are spans below it.
//
// Starting an id that already runs in this process joins it: there is one
// analysis, one span and one [Summary], and it ends with the last handle's
// End. Of what the options say, a join adds what is not yet known and changes
// nothing else. The context that a join returns keeps the span that ctx has,
// so that traces stay whole; only where ctx has none do calls become children
// of the analysis span.
func StartAnalysis(ctx context.Context, id string, opts ...AnalysisOption) (context.Context, *Analysis) {
	config := newAnalysisConfig(opts)
	to := recorderFor(config.providers)
	id = config.receive(ctx, id, to.losses)
	if id == "" {
		id = newID(time.Now())
	}
	t := analyses.open(id, config.callDetails, to)
	first := t.begin(ctx, config.attribution)
	a := &Analysis{tally: t}
	if first || !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = trace.ContextWithSpan(ctx, t.span)
	}
	return ContextWithAnalysis(config.send(ctx, a), a), a
}

// ID returns the id of the analysis, or "" of a nil Analysis.
func (a *Analysis) ID() string {
	if a == nil {
		return ""
	}
	return a.tally.id
}

// End ends the analysis, or where others joined it, this handle's part in it.
// With the last End the span ends and the process forgets the analysis; the
// handle still returns its Summary. Further calls of End on the same handle do
// nothing. A call that only waits for its client to send a request again ends
// before. A call that is still under way counts when it ends, in the Summary of
// this handle, in metrics and in its span.
func (a *Analysis) End() {
	if a == nil || a.ended.Swap(true) {
		return
	}
	if analyses.release(a.tally) {
		waiting.endOf(a.tally)
		a.tally.finish(time.Now())
	}
}

// Summary returns what is known so far: every call that has ended. It may be
// asked at any time, also after End. A nil Analysis has the zero Summary.
func (a *Analysis) Summary() Summary {
	if a == nil {
		return Summary{}
	}
	return a.tally.summary(time.Now())
}

// attribution returns whom the calls of the analysis are for.
func (a *Analysis) attribution() Attribution {
	if a == nil {
		return Attribution{}
	}
	a.tally.mu.Lock()
	defer a.tally.mu.Unlock()
	return a.tally.attribution
}
