// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"reflect"
	"slices"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// delivery is a batch made ready: canonical, each key once, in the order that
// all writers keep.
type delivery struct {
	now  time.Time
	rows []*row
	ends []*end

	duplicate, conflicting int
}

func newDelivery(batch *ledger.Batch, now time.Time) *delivery {
	d := &delivery{now: now.UTC().Truncate(time.Microsecond)}
	d.addCalls(batch.Calls)
	d.addEnds(batch.Closed)
	return d
}

func (d *delivery) addCalls(calls []analysis.Call) {
	rows := make([]row, 0, len(calls))
	at := make(map[analysis.SpanKey]int, len(calls))
	for i := range calls {
		call := canonical(&calls[i])
		if first, again := at[call.Key]; again {
			d.duplicate++
			if !reflect.DeepEqual(call, rows[first].Call) {
				d.conflicting++
			}
			continue
		}
		at[call.Key] = len(rows)
		rows = append(rows, row{Call: call, recordedAt: d.now})
	}
	d.rows = pointers(rows)
	sortRows(d.rows)
}

// canonical returns the call itself where it is canonical, as calls that were
// decoded are, and else a copy.
func canonical(call *analysis.Call) *analysis.Call {
	if ledger.IsCanonical(call) {
		return call
	}
	c := ledger.Canonical(*call)
	return &c
}

func (d *delivery) addEnds(closed []analysis.Closed) {
	seen := make(map[analysis.SpanKey]struct{}, len(closed))
	for i := range closed {
		c := ledger.CanonicalClosed(closed[i])
		if _, again := seen[c.Key]; again {
			continue
		}
		seen[c.Key] = struct{}{}
		if c.Start.IsZero() { // a row without a time would not be found by it
			c.Start, c.End = d.now, d.now
		}
		d.ends = append(d.ends, &end{Closed: c, recordedAt: d.now})
	}
	slices.SortFunc(d.ends, compareEnds)
}

// split returns the rows that may be counted, and those that may not: they
// start before the horizon, or too far ahead of the clock.
func (d *delivery) split(horizon time.Time) (counted []*row, asides []*aside) {
	latest := d.now.Add(ledger.FutureSlack)
	counted = make([]*row, 0, len(d.rows))
	for _, r := range d.rows {
		switch {
		case r.Start.Before(horizon):
			asides = append(asides, &aside{row: r, reason: reasonLate})
		case r.Start.After(latest):
			asides = append(asides, &aside{row: r, reason: reasonFuture})
		default:
			counted = append(counted, r)
		}
	}
	return counted, asides
}

// endsSince returns the ends that are not before the time whose analyses have
// been dropped.
func (d *delivery) endsSince(forgotten time.Time) []*end {
	ends := make([]*end, 0, len(d.ends))
	for _, e := range d.ends {
		if !e.Start.Before(forgotten) || !e.End.Before(forgotten) {
			ends = append(ends, e)
		}
	}
	return ends
}

// outcome counts what became of the calls, of which so many were new.
func (d *delivery) outcome(folded int, asides []*aside) ledger.Outcome {
	o := ledger.Outcome{Folded: folded, Conflicting: d.conflicting}
	for _, a := range asides {
		if a.reason == reasonLate {
			o.Late++
		} else {
			o.Future++
		}
	}
	o.Duplicate = d.duplicate + len(d.rows) - len(asides) - folded
	return o
}
