// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"slices"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// Nesting is what calls that are new to a ledger tell of calls within calls.
//
// Instrumentations nest: the span of a framework's call is the parent of the
// span that the provider's SDK has for the same call. Of two such spans only
// the inner one counts, whichever arrives first. The outer call is rolled up:
// it stays in the ledger, so that copies of it are known, and is in no sum. Its
// start and end still bound those of its group and its analysis, so that
// nothing has to be looked for when it is rolled up. A call that is rolled up
// rolls up its own parent all the same. Calls marked Leaf take no part.
type Nesting struct {
	// Outer are the calls that others of the same set are nested in.
	Outer map[analysis.SpanKey]struct{}
	// Claims is what has to be held against what the ledger knows, in order
	// of key, each key once.
	Claims []Claim
}

// Claim says one of two things about a span: that it is a call, or that a call
// is nested in it. A span of which the ledger has been told both is rolled up.
type Claim struct {
	Key analysis.SpanKey
	// Call is the call that has the span, nil where the claim is that there
	// is a call in it.
	Call *analysis.Call
	// Start is when Call, or the call in it, started.
	Start time.Time
}

// Nest returns what the calls, each there once, tell. It keeps pointers to
// them. Calls that are all leaves tell nothing.
func Nest(calls []*analysis.Call) Nesting {
	if !slices.ContainsFunc(calls, func(c *analysis.Call) bool { return !c.Leaf }) {
		return Nesting{}
	}
	at := make(map[analysis.SpanKey]*analysis.Call, len(calls))
	for _, c := range calls {
		at[c.Key] = c
	}
	n := Nesting{Outer: make(map[analysis.SpanKey]struct{})}
	parents := make(map[analysis.SpanKey]time.Time)
	for _, c := range calls {
		key, ok := parentKey(c)
		if !ok {
			continue
		}
		parent, here := at[key]
		start, told := parents[key]
		switch {
		case here && !parent.Leaf:
			n.Outer[key] = struct{}{}
		case !here && (!told || c.Start.After(start)):
			parents[key] = c.Start
		}
	}
	n.claim(calls, parents)
	return n
}

// claim says nothing of calls that are known to be rolled up: whatever comes
// later, they stay so.
func (n *Nesting) claim(calls []*analysis.Call, parents map[analysis.SpanKey]time.Time) {
	for _, c := range calls {
		if _, outer := n.Outer[c.Key]; !outer && !c.Leaf {
			n.Claims = append(n.Claims, Claim{Key: c.Key, Call: c, Start: c.Start})
		}
	}
	for key, start := range parents {
		n.Claims = append(n.Claims, Claim{Key: key, Start: start})
	}
	slices.SortFunc(n.Claims, func(a, b Claim) int { return a.Key.Compare(b.Key) })
}

// parentKey returns the span that the call would roll up.
func parentKey(c *analysis.Call) (key analysis.SpanKey, ok bool) {
	ok = !c.Leaf && c.Parent != (analysis.SpanID{}) && c.Parent != c.Key.Span
	return analysis.SpanKey{Trace: c.Key.Trace, Span: c.Parent}, ok
}

// RollUp returns the change of the sums, in order of key, that follows from
// calls that are new and count, calls that are new and rolled up, and calls
// that were counted and are rolled up now.
func RollUp(counted, nested, removed []analysis.Group) []analysis.Group {
	at := make(map[analysis.GroupKey]int, len(counted))
	groups := slices.Clone(counted)
	for i := range groups {
		at[groups[i].Key] = i
	}
	sum := func(key analysis.GroupKey) *analysis.Totals {
		n, ok := at[key]
		if !ok {
			n = len(groups)
			at[key] = n
			groups = append(groups, analysis.Group{Key: key})
		}
		return &groups[n].Totals
	}
	for i := range nested {
		sum(nested[i].Key).Merge(&analysis.Totals{Start: nested[i].Start, End: nested[i].End})
	}
	for i := range removed {
		t := sum(removed[i].Key)
		t.Merge(&analysis.Totals{Start: removed[i].Start, End: removed[i].End})
		t.Subtract(&removed[i].Totals)
	}
	slices.SortFunc(groups, func(a, b analysis.Group) int { return a.Key.Compare(b.Key) })
	return groups
}
