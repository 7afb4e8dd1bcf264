// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"slices"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// entry is what a batch knows of one analysis, on its way into
// ledger_analysis.
type entry struct {
	analysisID  string
	start       time.Time
	attribution analysis.Attribution
	updatedAt   time.Time
}

var registryTable = table[entry]{
	{"analysis_id", textKind, func(b []byte, e *entry) []byte { return appendText(b, e.analysisID) }},
	{"start_time", timestampKind, func(b []byte, e *entry) []byte { return appendTime(b, e.start) }},
	{"subject", textKind, func(b []byte, e *entry) []byte { return appendKnown(b, e.attribution.Subject) }},
	{"user_id", textKind, func(b []byte, e *entry) []byte { return appendKnown(b, e.attribution.UserID) }},
	{"user_tier", textKind, func(b []byte, e *entry) []byte { return appendKnown(b, e.attribution.UserTier) }},
	{"tenant_id", textKind, func(b []byte, e *entry) []byte { return appendKnown(b, e.attribution.TenantID) }},
	{"updated_at", timestampKind, func(b []byte, e *entry) []byte { return appendTime(b, e.updatedAt) }},
}

// entries returns what calls and ends that are new to the ledger say of their
// analyses, in order of id.
func entries(rows []*row, closed []*end, now time.Time) []*entry {
	at := make(map[string]*entry, len(rows)/4+len(closed))
	var out []*entry
	add := func(id string, start time.Time, attribution analysis.Attribution) {
		e, ok := at[id]
		if !ok {
			e = &entry{analysisID: id, start: start, updatedAt: now}
			at[id] = e
			out = append(out, e)
		}
		if start.Before(e.start) {
			e.start = start
		}
		e.attribution = e.attribution.Merge(attribution)
	}
	for _, r := range rows {
		add(r.AnalysisID, r.Start, r.Attribution)
	}
	for _, c := range closed {
		add(c.AnalysisID, c.Start, c.Attribution)
	}
	slices.SortFunc(out, func(a, b *entry) int { return cmp.Compare(a.analysisID, b.analysisID) })
	return out
}
