// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/spanledger/spanledger/internal/analysis"
)

// Proof collects what a store reads, page by page, and compares. Stores make
// one for each Reconcile. It is not safe for concurrent use.
type Proof struct {
	query  ReconcileQuery
	result Reconciliation
}

// NewProof returns a Proof of nothing yet.
func NewProof(query ReconcileQuery) *Proof {
	query.Limit = cmp.Or(max(query.Limit, 0), DefaultDifferenceLimit)
	return &Proof{query: query, result: Reconciliation{Differences: []Difference{}}}
}

// Check compares what is on the page, which is of no use after.
func (p *Proof) Check(page *Page) {
	for _, id := range slices.Sorted(maps.Keys(page.audits)) {
		a := page.audits[id]
		a.prepare(page.horizon)
		a.check(p.report)
		if a.listed() {
			p.result.Analyses++
		}
		if a.cut {
			p.result.PastRetention++
		}
	}
	p.result.Calls += page.calls
	if p.query.Progress != nil {
		p.query.Progress(p.result.Analyses, p.result.Calls)
	}
}

// Add adds differences of one kind, each about a span, of which the first few
// are given and all counted.
func (p *Proof) Add(kind DifferenceKind, all int64, some []SpanDifference) {
	for i := range some {
		d := &some[i]
		p.report(Difference{
			Kind: kind, AnalysisID: d.AnalysisID, View: ViewCall,
			Column: d.Key.Trace.String() + " " + d.Key.Span.String(), InSums: d.InSums, InRows: d.InRows,
		})
	}
	p.result.Found += all - int64(len(some))
}

// SpanDifference is a span of which sums and rows say different things, and
// one of the analyses that its rows belong to.
type SpanDifference struct {
	Key            analysis.SpanKey
	AnalysisID     string
	InSums, InRows string
}

// Limit is how many more differences the result has room for.
func (p *Proof) Limit() int { return p.query.Limit - len(p.result.Differences) }

// Result returns what was found.
func (p *Proof) Result() Reconciliation { return p.result }

func (p *Proof) report(d Difference) {
	p.result.Found++
	if len(p.result.Differences) < p.query.Limit {
		p.result.Differences = append(p.result.Differences, d)
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
