// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// upsertAnalysis merges as analysis.Attribution.Merge does; SQLite compares
// text by its bytes, as Go does. It writes only where something changes.
var upsertAnalysis = `INSERT INTO ledger_analysis (
	analysis_id, subject, user_id, user_tier, tenant_id, start_us, closed_spans, closed_calls, closed_end_us, updated_us
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (analysis_id) DO UPDATE SET
	` + smallerKnown("subject") + `,
	` + smallerKnown("user_id") + `,
	` + smallerKnown("user_tier") + `,
	` + smallerKnown("tenant_id") + `,
	` + earlier("start_us") + `,
	closed_spans = closed_spans + excluded.closed_spans,
	closed_calls = closed_calls + excluded.closed_calls,
	closed_end_us = max(closed_end_us, excluded.closed_end_us),
	updated_us = max(updated_us, excluded.updated_us)
WHERE excluded.closed_spans > 0 OR excluded.start_us < start_us OR start_us = ` + unknownTime + `
	OR ` + isSmallerKnown("subject") + `
	OR ` + isSmallerKnown("user_id") + `
	OR ` + isSmallerKnown("user_tier") + `
	OR ` + isSmallerKnown("tenant_id")

func smallerKnown(column string) string {
	return column + ` = CASE WHEN ` + isSmallerKnown(column) + ` THEN excluded.` + column + ` ELSE ` + column + ` END`
}

func isSmallerKnown(column string) string {
	return strings.ReplaceAll(`(excluded.? <> '' AND (? = '' OR excluded.? < ?))`, "?", column)
}

// entry is what a batch adds to the registry's row of one analysis.
type entry struct {
	attribution              analysis.Attribution
	start                    time.Time
	closedSpans, closedCalls int64
	closedEnd                time.Time
}

// registry collects entries by analysis id.
type registry map[string]*entry

func (r registry) addCalls(calls []analysis.Call) {
	for i := range calls {
		r.add(calls[i].AnalysisID, calls[i].Attribution, calls[i].Start)
	}
}

func (r registry) addClosed(c *analysis.Closed) {
	e := r.add(c.AnalysisID, c.Attribution, c.Start)
	e.closedSpans++
	e.closedCalls += c.Calls
	if c.End.After(e.closedEnd) {
		e.closedEnd = c.End
	}
}

func (r registry) add(id string, a analysis.Attribution, start time.Time) *entry {
	e := r[id]
	if e == nil {
		e = &entry{}
		r[id] = e
	}
	e.attribution = e.attribution.Merge(a)
	if e.start.IsZero() || (!start.IsZero() && start.Before(e.start)) {
		e.start = start
	}
	return e
}

// ids returns the analyses in byte order.
func (r registry) ids() []string { return slices.Sorted(maps.Keys(r)) }

func (e *entry) args(id string, now time.Time) []any {
	a := &e.attribution
	return []any{
		id, a.Subject, a.UserID, a.UserTier, a.TenantID,
		micros(e.start), e.closedSpans, e.closedCalls, micros(e.closedEnd), micros(now),
	}
}
