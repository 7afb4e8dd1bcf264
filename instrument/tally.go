// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// tally is what this process counts for one running analysis. All handles of
// the analysis share it.
type tally struct {
	id          string
	callDetails int
	recorder    *recorder
	series      *seriesSet

	handles int // guarded by the registry
	cleanup runtime.Cleanup

	once sync.Once
	span trace.Span // set once

	mu          sync.Mutex
	attribution Attribution
	start, end  time.Time
	totals      analysis.Totals
	parts       []analysis.Breakdown
	partOf      map[CallType]int
	omitted     int64
}

func newTally(id string, callDetails int, to *recorder) *tally {
	return &tally{
		id: id, callDetails: callDetails, recorder: to, series: &seriesSet{},
		span: noop.Span{}, partOf: make(map[CallType]int),
	}
}

// begin starts the analysis, or joins it. It reports whether this was the
// start; whoever joins waits until the start is done.
func (t *tally) begin(ctx context.Context, of Attribution) (first bool) {
	t.once.Do(func() {
		first = true
		t.start = time.Now()
		t.attribution = of
		t.startSpan(ctx)
	})
	if !first {
		t.join(of)
	}
	return first
}

func (t *tally) startSpan(ctx context.Context) {
	defer t.recorder.losses.contain()
	a := make(attributes, 0, 5)
	a.text(semconv.AnalysisID, t.id)
	a.attribution(t.attribution)
	_, t.span = t.recorder.openSpan(ctx, semconv.AnalysisSpanName,
		trace.WithTimestamp(t.start), trace.WithAttributes(a...))
}

// join adds what was not known of the analysis.
func (t *tally) join(joined Attribution) {
	t.mu.Lock()
	before := t.attribution
	for _, field := range []struct{ known, said *string }{
		{&t.attribution.Subject, &joined.Subject},
		{&t.attribution.UserID, &joined.UserID},
		{&t.attribution.UserTier, &joined.UserTier},
		{&t.attribution.TenantID, &joined.TenantID},
	} {
		if *field.known == "" {
			*field.known = *field.said
		}
	}
	after := t.attribution
	t.mu.Unlock()
	if after != before {
		defer t.recorder.losses.contain()
		a := make(attributes, 0, 4)
		a.attribution(after)
		t.span.SetAttributes(a...)
	}
}

// add counts one finished call.
func (t *tally) add(call *analysis.Call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.totals.Add(call)
	i, ok := t.partOf[call.Type]
	if !ok {
		i = len(t.parts)
		t.partOf[call.Type] = i
		t.parts = append(t.parts, analysis.Breakdown{CallType: call.Type})
	}
	part := &t.parts[i]
	part.Add(call)
	if t.totals.Calls > int64(t.callDetails) {
		t.omitted++
		return
	}
	part.Details = append(part.Details, *call)
}

// finish ends the span with what the process saw, and lets go of the counters.
func (t *tally) finish(now time.Time) {
	t.mu.Lock()
	t.end = now
	totals := t.totals
	t.mu.Unlock()

	t.series.end(t.id)
	defer t.recorder.losses.contain()
	t.span.SetAttributes(
		attribute.Int64(semconv.AnalysisCalls, totals.Calls),
		attribute.Int64(semconv.AnalysisInputTokens, totals.Input),
		attribute.Int64(semconv.AnalysisOutputTokens, totals.Output),
	)
	t.span.End(trace.WithTimestamp(now))
}

// summary copies what is known at this time. Details only ever grow, so that
// those of the snapshot may be copied and sorted while calls go on.
func (t *tally) summary(now time.Time) Summary {
	s := t.snapshot(now)
	for i := range s.Breakdowns {
		s.Breakdowns[i].Details = cloneCalls(s.Breakdowns[i].Details)
	}
	analysis.SortBreakdowns(s.Breakdowns)
	return s
}

func (t *tally) snapshot(now time.Time) Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Summary{
		AnalysisID: t.id, Attribution: t.attribution, Totals: t.totals,
		Start: t.start, End: t.end,
		Breakdowns:   slices.Clone(t.parts),
		OmittedCalls: t.omitted, Completeness: analysis.Complete,
	}
	if t.end.IsZero() {
		s.End, s.Completeness = now, analysis.Open
	}
	return s
}

func cloneCalls(calls []analysis.Call) []analysis.Call {
	clones := slices.Clone(calls)
	for i := range clones {
		clones[i].FinishReasons = slices.Clone(clones[i].FinishReasons)
	}
	return clones
}
