// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"slices"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// group is sums on their way into ledger_rollup.
type group struct {
	analysis.Group
	updatedAt time.Time
}

func sumColumn(name string, get func(t *analysis.Totals) int64) column[group] {
	return column[group]{name, bigintKind, func(b []byte, g *group) []byte { return appendInt64(b, get(&g.Totals)) }}
}

// rollupTable is all of ledger_rollup.
var rollupTable = table[group]{
	{"analysis_id", textKind, func(b []byte, g *group) []byte { return appendText(b, g.Key.AnalysisID) }},
	{"call_type", textKind, func(b []byte, g *group) []byte { return appendText(b, string(g.Key.CallType)) }},
	{"provider", textKind, func(b []byte, g *group) []byte { return appendText(b, g.Key.Provider) }},
	{"model", textKind, func(b []byte, g *group) []byte { return appendText(b, g.Key.Model) }},
	sumColumn("calls", func(t *analysis.Totals) int64 { return t.Calls }),
	sumColumn("failed_calls", func(t *analysis.Totals) int64 { return t.Failed }),
	sumColumn("calls_without_usage", func(t *analysis.Totals) int64 { return t.WithoutUsage }),
	sumColumn("partial_calls", func(t *analysis.Totals) int64 { return t.Partial }),
	sumColumn("estimated_calls", func(t *analysis.Totals) int64 { return t.Estimated }),
	sumColumn("unpriced_calls", func(t *analysis.Totals) int64 { return t.Unpriced }),
	sumColumn("priced_calls", func(t *analysis.Totals) int64 { return t.Priced }),
	sumColumn("input_tokens", func(t *analysis.Totals) int64 { return t.Input }),
	sumColumn("output_tokens", func(t *analysis.Totals) int64 { return t.Output }),
	sumColumn("cache_read_tokens", func(t *analysis.Totals) int64 { return t.CacheRead }),
	sumColumn("cache_write_tokens", func(t *analysis.Totals) int64 { return t.CacheWrite }),
	sumColumn("reasoning_tokens", func(t *analysis.Totals) int64 { return t.Reasoning }),
	sumColumn("tool_use_tokens", func(t *analysis.Totals) int64 { return t.ToolUse }),
	sumColumn("unaccounted_tokens", func(t *analysis.Totals) int64 { return t.Unaccounted }),
	sumColumn("cost_pico", func(t *analysis.Totals) int64 { return t.Cost.Pico() }),
	sumColumn("busy_us", func(t *analysis.Totals) int64 { return t.Busy.Microseconds() }),
	{"first_start", timestampKind, func(b []byte, g *group) []byte { return appendTime(b, g.Start) }},
	{"last_end", timestampKind, func(b []byte, g *group) []byte { return appendTime(b, g.End) }},
	{"updated_at", timestampKind, func(b []byte, g *group) []byte { return appendTime(b, g.updatedAt) }},
}

// foldMarked returns the sums of the rows that are marked folded and count, in
// the order of their keys.
func foldMarked(rows []*row, now time.Time) []*group {
	var groups []*group
	at := make(map[analysis.GroupKey]*group)
	for _, r := range rows {
		if !r.folded || r.nested {
			continue
		}
		key := r.GroupKey()
		g := at[key]
		if g == nil {
			g = &group{Group: analysis.Group{Key: key}, updatedAt: now}
			at[key] = g
			groups = append(groups, g)
		}
		g.Add(r.Call)
	}
	slices.SortFunc(groups, func(a, b *group) int { return a.Key.Compare(b.Key) })
	return groups
}

// markFolded marks the rows that go into the rollups at once: those of
// analyses of which the batch holds many calls of one day, and those of sealed
// days. The rows are in the order of compareRows.
func markFolded(rows []*row, sealed time.Time) {
	for first := 0; first < len(rows); {
		next := first + 1
		for next < len(rows) && rows[next].AnalysisID == rows[first].AnalysisID {
			next++
		}
		for _, r := range rows[first:next] {
			r.folded = next-first >= denseCalls || r.Start.Before(sealed)
		}
		first = next
	}
}
