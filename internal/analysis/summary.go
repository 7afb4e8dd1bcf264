// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Completeness says whether all calls of an analysis have arrived.
type Completeness string

// The states of completeness.
const (
	// Open: the analysis has not ended, or its end is not known here.
	Open Completeness = "open"
	// Complete: every call that the process saw is counted.
	Complete Completeness = "complete"
	// Missing: the process saw more calls than are counted.
	Missing Completeness = "missing"
)

// Closed is what an ended analysis says of itself: one analysis span. Several
// processes that share an analysis id each send one.
type Closed struct {
	Key         SpanKey
	AnalysisID  string
	Attribution Attribution
	Start, End  time.Time
	// Calls, Input and Output are what the process saw.
	Calls, Input, Output int64
}

// Summary is the result of one Analysis: its totals, and the same per call
// type. It marshals to the document that the HTTP API serves, and its String
// is the people's summary. A Summary is a value: what happens later to the
// analysis does not change it.
type Summary struct {
	AnalysisID string
	Attribution
	Totals
	// Start and End are those of the analysis where they are known, else
	// those of its calls.
	Start, End time.Time
	// Breakdowns holds one element per call type, in the order in which they
	// first started.
	Breakdowns []Breakdown
	// OmittedCalls counts the calls that are in the sums and not in the
	// details.
	OmittedCalls int64

	Completeness Completeness
	// MissingCalls is how many calls the process saw that are not counted.
	MissingCalls int64
}

// Breakdown is the sums of one call type within a Summary.
type Breakdown struct {
	CallType CallType
	Totals
	// Details are the calls in order of start. They may be fewer than Calls,
	// where details are limited.
	Details []Call
}

// Duration returns the time from Start to End.
func (s Summary) Duration() time.Duration {
	if s.Start.IsZero() || s.End.Before(s.Start) {
		return 0
	}
	return s.End.Sub(s.Start)
}

// Name returns the subject, or where there is none the analysis id.
func (s Summary) Name() string { return cmp.Or(s.Subject, s.AnalysisID) }

// SortBreakdowns puts breakdowns in order of their first start, and each one's
// calls in order of start; ties in order of name and of span key.
func SortBreakdowns(breakdowns []Breakdown) {
	slices.SortFunc(breakdowns, func(a, b Breakdown) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.CallType, b.CallType))
	})
	for i := range breakdowns {
		slices.SortFunc(breakdowns[i].Details, func(a, b Call) int {
			return cmp.Or(a.Start.Compare(b.Start), a.Key.Compare(b.Key))
		})
	}
}

// Fold adds calls up into the Summary of the analysis with the given id. It
// counts each SpanKey once, the first copy of it; calls of other analyses are
// an error.
func Fold(id string, calls []Call) (Summary, error) {
	s := Summary{AnalysisID: id, Completeness: Open}
	seen := make(map[SpanKey]struct{}, len(calls))
	at := make(map[CallType]int)
	for i := range calls {
		c := &calls[i]
		if c.AnalysisID != id {
			return Summary{}, fmt.Errorf("fold: call %s belongs to analysis %q, not %q", c.Key.Span, c.AnalysisID, id)
		}
		if _, again := seen[c.Key]; again {
			continue
		}
		seen[c.Key] = struct{}{}
		n, ok := at[c.Type]
		if !ok {
			n = len(s.Breakdowns)
			at[c.Type] = n
			s.Breakdowns = append(s.Breakdowns, Breakdown{CallType: c.Type})
		}
		s.Breakdowns[n].Add(c)
		s.Breakdowns[n].Details = append(s.Breakdowns[n].Details, *c)
		s.Add(c)
		s.Attribution = s.Attribution.Merge(c.Attribution)
	}
	s.Start, s.End = s.Totals.Start, s.Totals.End
	SortBreakdowns(s.Breakdowns)
	return s, nil
}

// Close adds what the analysis spans say: the analysis's own start and end,
// and whether a call is missing. Without any it leaves the summary open.
func (s *Summary) Close(closed ...Closed) {
	if len(closed) == 0 {
		return
	}
	var calls int64
	for i := range closed {
		calls += closed[i].Calls
		s.Start = earlier(s.Start, closed[i].Start)
		s.End = later(s.End, closed[i].End)
		s.Attribution = s.Attribution.Merge(closed[i].Attribution)
	}
	s.MissingCalls = max(0, calls-s.Calls)
	s.Completeness = Complete
	if s.MissingCalls > 0 {
		s.Completeness = Missing
	}
}
