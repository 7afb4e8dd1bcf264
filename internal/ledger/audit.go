// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/spanledger/spanledger/internal/analysis"
)

// counted is the rows of one group, added up.
type counted struct {
	analysis.Totals
	// added counts the rows that stored sums should hold.
	added int64
}

// audit is one analysis: its rows, and what is said of them.
type audit struct {
	id   string
	rows map[analysis.GroupKey]*counted
	ends []analysis.Closed
	// bounds are the first start and the last end of all rows.
	bounds analysis.Totals

	view      []*string
	breakdown string
	views     map[analysis.GroupKey][]*string
	sums      map[analysis.GroupKey]struct{}
	summary   *analysis.Summary

	// truth is what the rows add up to, and types the same per call type.
	truth analysis.Summary
	types map[analysis.CallType]*analysis.Summary
	// cut says that calls have been dropped, dropped holds the groups of which
	// counted ones have, and droppedTypes their call types.
	cut          bool
	dropped      map[analysis.GroupKey]bool
	droppedTypes map[analysis.CallType]bool
}

func (a *audit) listed() bool { return a.view != nil }

// prepare works out the truth. A group that began before the ledger's horizon
// has lost calls.
func (a *audit) prepare(horizon string) {
	a.types = make(map[analysis.CallType]*analysis.Summary)
	a.dropped, a.droppedTypes = make(map[analysis.GroupKey]bool), make(map[analysis.CallType]bool)
	for key, g := range a.rows {
		if g.Calls == 0 {
			continue // all of its calls are rolled up
		}
		if a.types[key.CallType] == nil {
			a.types[key.CallType] = &analysis.Summary{}
		}
		a.types[key.CallType].Totals.Merge(&g.Totals)
		a.truth.Totals.Merge(&g.Totals)
	}
	for key, cells := range a.views {
		if start := cells[0]; start != nil && *start < horizon { // the first of groupColumns
			a.cut, a.dropped[key], a.droppedTypes[key.CallType] = true, true, true
		}
	}
	a.truth.AnalysisID = a.id
	a.truth.Start, a.truth.End = a.bounds.Start, a.bounds.End
	a.truth.Completeness = analysis.Open
	a.truth.Close(a.ends...)
}

func (a *audit) check(report func(Difference)) {
	if !a.listed() {
		a.checkUnlisted(report)
		return
	}
	found := 0
	count := func(d Difference) { found++; report(d) }
	a.checkGroups(count)
	if found == 0 { // else the same would be said again
		a.checkBreakdown(report)
		a.checkSummaryTypes(report)
	}
	found = 0
	a.checkTotals(ViewAnalysis, readAll(analysisColumns, a.view), count)
	if found == 0 {
		a.checkSummary(report)
	}
}

// checkUnlisted says what is there of an analysis that no summary shows.
func (a *audit) checkUnlisted(report func(Difference)) {
	for _, left := range []struct {
		kind DifferenceKind
		rows int64
	}{
		{CallsWithoutAnalysis, a.truth.Calls},
		{SumsWithoutAnalysis, int64(len(a.sums))},
		{EndsWithoutAnalysis, int64(len(a.ends))},
	} {
		if left.rows > 0 {
			report(Difference{
				Kind: left.kind, AnalysisID: a.id, View: ViewAnalysis, Column: columnID,
				InSums: "0", InRows: number(left.rows),
			})
		}
	}
}

// checkGroups compares call_type_summary.
func (a *audit) checkGroups(report func(Difference)) {
	for _, key := range union(a.rows, a.views, analysis.GroupKey.Compare) {
		rows, cells := a.rows[key], a.views[key]
		if rows == nil {
			rows = &counted{}
		}
		if rows.Calls == 0 && cells == nil {
			continue // all of its calls are rolled up
		}
		c := comparison{
			columns: groupColumns, rows: rows.Calls > 0, sums: cells != nil, dropped: a.dropped[key],
			truth: &analysis.Summary{Totals: rows.Totals},
			at: Difference{
				Kind: SumDiffers, AnalysisID: a.id, CallType: string(key.CallType), Provider: key.Provider,
				Model: key.Model, View: ViewCallType,
			},
		}
		if _, stored := a.sums[key]; rows.added > 0 && !stored {
			c.at.Kind, c.sums = SumsMissing, false
		}
		if c.sums {
			c.cells = readAll(groupColumns, cells)
		}
		c.report(report)
	}
}

// checkBreakdown compares token_usage_breakdown.
func (a *audit) checkBreakdown(report func(Difference)) {
	var said map[analysis.CallType]map[string]*json.Number
	if err := json.Unmarshal([]byte(a.breakdown), &said); err != nil {
		report(Difference{
			Kind: SumDiffers, AnalysisID: a.id, View: ViewAnalysis, Column: ViewBreakdown,
			InSums: "not a breakdown", InRows: number(int64(len(a.types))) + " call types",
		})
		return
	}
	for _, callType := range union(a.types, said, cmp.Compare) {
		c := a.ofType(callType, ViewBreakdown, breakdownColumns)
		values, ok := said[callType]
		if c.sums = ok; ok {
			c.cells = make([]cell, len(breakdownColumns))
			for i := range breakdownColumns {
				if n := values[breakdownColumns[i].Name]; n != nil {
					c.cells[i] = cell{n.String(), true}
				}
			}
		}
		c.report(report)
	}
}

// checkSummaryTypes compares the breakdowns of the Summary.
func (a *audit) checkSummaryTypes(report func(Difference)) {
	said := make(map[analysis.CallType]*analysis.Breakdown)
	if a.summary != nil {
		for i := range a.summary.Breakdowns {
			said[a.summary.Breakdowns[i].CallType] = &a.summary.Breakdowns[i]
		}
	}
	for _, callType := range union(a.types, said, cmp.Compare) {
		c := a.ofType(callType, ViewSummary, groupColumns)
		b, ok := said[callType]
		if c.sums = ok; ok {
			c.cells = cellsOf(groupColumns, &analysis.Summary{Totals: b.Totals})
		}
		c.report(report)
	}
}

func (a *audit) ofType(callType analysis.CallType, view string, columns []Column) *comparison {
	truth, ok := a.types[callType]
	if !ok {
		truth = &analysis.Summary{}
	}
	return &comparison{
		columns: columns, rows: ok, dropped: a.droppedTypes[callType], truth: truth,
		at: Difference{Kind: SumDiffers, AnalysisID: a.id, CallType: string(callType), View: view},
	}
}

// checkSummary compares the totals of the Summary.
func (a *audit) checkSummary(report func(Difference)) {
	if a.summary == nil {
		report(Difference{
			Kind: SumDiffers, AnalysisID: a.id, View: ViewSummary, Column: columnID, InSums: "0", InRows: "1",
		})
		return
	}
	a.checkTotals(ViewSummary, cellsOf(analysisColumns, a.summary), report)
}

// checkTotals compares what is said of the whole analysis. Where calls have
// been dropped, what is missing is held against the calls that are said to
// have been counted.
func (a *audit) checkTotals(view string, cells []cell, report func(Difference)) {
	truth := a.truth
	if a.cut {
		counted := truth
		counted.Calls = countIn(analysisColumns, cells)
		counted.Close(a.ends...)
		truth.Completeness, truth.MissingCalls = counted.Completeness, counted.MissingCalls
	}
	c := comparison{
		columns: analysisColumns, rows: true, sums: true, dropped: a.cut, ended: len(a.ends) > 0,
		truth: &truth, cells: cells,
		at: Difference{Kind: SumDiffers, AnalysisID: a.id, View: view},
	}
	c.report(report)
}

// union returns the keys of both maps in order.
func union[K comparable, A, B any](a map[K]A, b map[K]B, compare func(x, y K) int) []K {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.SortFunc(keys, compare)
	return slices.Compact(keys)
}
