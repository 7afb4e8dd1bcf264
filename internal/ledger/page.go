// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// Page is what a store reads of some analyses at one moment: their rows one by
// one, which are added up here, and what views and Summary say. It keeps sums
// only, however many calls there are.
type Page struct {
	horizon string
	calls   int64
	audits  map[string]*audit
}

// NewPage returns an empty page of a ledger with the given horizon.
func NewPage(horizon time.Time) *Page {
	return &Page{horizon: horizon.UTC().Format(MomentLayout), audits: make(map[string]*audit)}
}

func (p *Page) audit(id string) *audit {
	a := p.audits[id]
	if a == nil {
		a = &audit{
			id:    id,
			rows:  make(map[analysis.GroupKey]*counted),
			views: make(map[analysis.GroupKey][]*string),
			sums:  make(map[analysis.GroupKey]struct{}),
		}
		p.audits[id] = a
	}
	return a
}

// Row is a row of the ledger. Of the call, what sums are made of has to be
// there.
type Row struct {
	analysis.Call
	// Added says that the row is marked as one that stored sums hold.
	Added bool
	// Nested says that the call is rolled up: it counts nowhere, and bounds
	// its group and its analysis all the same.
	Nested bool
}

// AddCall adds a row of the ledger.
func (p *Page) AddCall(c *Row) {
	p.calls++
	a := p.audit(c.AnalysisID)
	key := c.GroupKey()
	g := a.rows[key]
	if g == nil {
		g = &counted{}
		a.rows[key] = g
	}
	a.bounds.Merge(&analysis.Totals{Start: c.Start, End: c.End})
	a.truth.Attribution = a.truth.Attribution.Merge(c.Attribution)
	if c.Nested {
		g.Merge(&analysis.Totals{Start: c.Start, End: c.End})
		return
	}
	g.Add(&c.Call)
	if c.Added {
		g.added++
	}
}

// AddEnd adds a row of the ends of analyses.
func (p *Page) AddEnd(c *analysis.Closed) {
	a := p.audit(c.AnalysisID)
	a.ends = append(a.ends[:min(len(a.ends), 1)], *c)
	if len(a.ends) > 1 { // the two say what one would
		a.ends[0] = both(&a.ends[0], &a.ends[1])
		a.ends = a.ends[:1]
	}
}

// both returns an end that closes a summary as the two do.
func both(a, b *analysis.Closed) analysis.Closed {
	var s analysis.Summary
	s.Close(*a, *b)
	return analysis.Closed{
		AnalysisID: a.AnalysisID, Attribution: s.Attribution, Start: s.Start, End: s.End, Calls: a.Calls + b.Calls,
	}
}

// AddSums adds the key of stored sums, and when the first call started that
// they bound. Sums that began before the ledger's horizon have lost calls, which
// no view shows where all calls of the group were rolled up.
func (p *Page) AddSums(key analysis.GroupKey, start time.Time) {
	a := p.audit(key.AnalysisID)
	a.sums[key] = struct{}{}
	a.cut = a.cut || moment(start).text < p.horizon
}

// AddGroupRow adds a row of call_type_summary, its cells in the order of
// GroupColumns.
func (p *Page) AddGroupRow(key analysis.GroupKey, cells []*string) {
	p.audit(key.AnalysisID).views[key] = cells
}

// AddAnalysisRow adds a row of analysis_summary, its cells in the order of
// AnalysisColumns, and its token_usage_breakdown.
func (p *Page) AddAnalysisRow(id string, cells []*string, breakdown string) {
	a := p.audit(id)
	a.view, a.breakdown = cells, breakdown
}

// AddSummary adds what Summary says, without details.
func (p *Page) AddSummary(s *analysis.Summary) { p.audit(s.AnalysisID).summary = s }
