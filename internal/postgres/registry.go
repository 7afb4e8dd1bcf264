// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"slices"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// entry is what a batch knows of one analysis, on its way into
// ledger_analysis.
type entry struct {
	analysisID string
	start      time.Time
	// attribution may be the caller's: it is replaced, not changed.
	attribution *analysis.Attribution
	updatedAt   time.Time
	// called tells that there is a call among what the entry is made of.
	called bool
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
	known := make([]entry, 0, countAnalyses(rows)+len(closed))
	add := func(id string, start time.Time, attribution *analysis.Attribution, called bool) {
		if n := len(known) - 1; n >= 0 && known[n].analysisID == id { // neighbors belong together
			known[n].merge(start, attribution)
			return
		}
		known = append(known, entry{
			analysisID: id, start: start, attribution: attribution, updatedAt: now, called: called,
		})
	}
	for _, r := range rows {
		add(r.AnalysisID, r.Start, &r.Attribution, true)
	}
	for _, c := range closed {
		add(c.AnalysisID, c.Start, &c.Attribution, false)
	}
	return mergeEntries(pointers(known))
}

// countAnalyses counts the analyses of rows that are sorted, those of each day
// anew.
func countAnalyses(rows []*row) (n int) {
	for i, r := range rows {
		if i == 0 || r.AnalysisID != rows[i-1].AnalysisID {
			n++
		}
	}
	return n
}

// mergeEntries brings entries into the order of their ids, each of them once.
func mergeEntries(entries []*entry) []*entry {
	order := func(a, b *entry) int { return strings.Compare(a.analysisID, b.analysisID) }
	if !slices.IsSortedFunc(entries, order) { // of several days, or with ends
		slices.SortFunc(entries, order)
	}
	kept := entries[:0]
	for _, e := range entries {
		if n := len(kept) - 1; n >= 0 && kept[n].analysisID == e.analysisID {
			kept[n].merge(e.start, e.attribution)
			kept[n].called = kept[n].called || e.called
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

func (e *entry) merge(start time.Time, attribution *analysis.Attribution) {
	if start.Before(e.start) {
		e.start = start
	}
	if e.attribution != attribution && *e.attribution != *attribution {
		merged := e.attribution.Merge(*attribution)
		e.attribution = &merged
	}
}
