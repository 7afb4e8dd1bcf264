// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// claimTable is all of ledger_nesting.
var claimTable = table[ledger.Claim]{
	{"trace_id", byteaKind, func(b []byte, c *ledger.Claim) []byte { return appendBytes(b, c.Key.Trace[:]) }},
	{"span_id", byteaKind, func(b []byte, c *ledger.Claim) []byte { return appendBytes(b, c.Key.Span[:]) }},
	{"start_time", timestampKind, func(b []byte, c *ledger.Claim) []byte { return appendTime(b, c.Start) }},
	{"has_inner", booleanKind, func(b []byte, c *ledger.Claim) []byte { return appendBool(b, c.Call == nil) }},
	{"analysis_id", textKind, func(b []byte, c *ledger.Claim) []byte {
		if c.Call == nil {
			return appendNull(b)
		}
		return appendText(b, c.Call.AnalysisID)
	}},
}

// claimSpansSQL writes claims and returns the spans of which it is known only
// now both where their call is and that one is nested in it: one transaction
// is told so of a span, once. Claims that tell nothing new are left out first,
// for ON CONFLICT locks a row even where it changes nothing, and the calls of
// an agent all name the same parent. The limit keeps the planner from reading
// the whole table for it.
const claimSpansSQL = `
INSERT INTO {schema}.ledger_nesting AS t ({columns})
SELECT u.trace_id, u.span_id, u.start_time, u.has_inner, u.analysis_id
FROM {rows}
LEFT JOIN LATERAL (
    SELECT * FROM {schema}.ledger_nesting n WHERE n.trace_id = u.trace_id AND n.span_id = u.span_id LIMIT 1
) known ON true
WHERE known.trace_id IS NULL OR (u.has_inner AND NOT known.has_inner)
    OR (u.analysis_id IS NOT NULL AND known.analysis_id IS NULL)
ORDER BY ord
ON CONFLICT (trace_id, span_id) DO UPDATE SET
    start_time = CASE WHEN t.analysis_id IS NULL AND excluded.analysis_id IS NOT NULL
        THEN excluded.start_time ELSE t.start_time END,
    has_inner = t.has_inner OR excluded.has_inner,
    analysis_id = coalesce(t.analysis_id, excluded.analysis_id)
WHERE (excluded.has_inner AND NOT t.has_inner) OR (excluded.analysis_id IS NOT NULL AND t.analysis_id IS NULL)
RETURNING trace_id, span_id, start_time, has_inner, analysis_id`

// rollUp finds the calls that are rolled up because of the rows that are new,
// and locks those that are written already. Batches of leaves cost nothing.
func (p *posting) rollUp(ctx context.Context, conn *pgconn.PgConn) error {
	p.outers = nil
	if !hasNesting(p.fresh) {
		return nil
	}
	nesting := ledger.Nest(callsOf(p.fresh))
	var told []*row
	for _, r := range p.fresh {
		if _, outer := nesting.Outer[r.Key]; outer && !r.nested {
			told = append(told, r)
		}
	}
	claimed, err := p.claim(ctx, conn, nesting.Claims)
	if err != nil || len(told)+len(claimed) == 0 {
		return err
	}
	told = append(told, claimed...)
	slices.SortFunc(told, compareRows)
	p.outers, err = p.lockOuters(ctx, conn, told)
	return err
}

// claim returns the calls that turn out to be rolled up, of which it knows no
// more than their place in the ledger.
func (p *posting) claim(ctx context.Context, conn *pgconn.PgConn, claims []ledger.Claim) (outers []*row, err error) {
	if len(claims) == 0 {
		return nil, nil
	}
	result := run(ctx, conn, p.sql.claimSpans, claimTable.params(pointers(claims)))
	for result.NextRow() {
		values := result.Values()
		analysisID, hasInner := values[4], values[3][0] == 1
		if analysisID == nil || !hasInner {
			continue
		}
		outer := &row{Call: &analysis.Call{AnalysisID: string(analysisID), Start: timeOf(values[2])}}
		copy(outer.Key.Trace[:], values[0])
		copy(outer.Key.Span[:], values[1])
		outers = append(outers, outer)
	}
	_, err = result.Close()
	return outers, err
}

// markNested marks the rows that others of the same batch are nested in, and
// that are not written yet. The rollups have the bounds of such a row, and so
// it is folded; should it turn out that it counts, it is all the same.
func markNested(rows []*row) {
	if !hasNesting(rows) {
		return
	}
	nesting := ledger.Nest(callsOf(rows))
	for _, r := range rows {
		_, r.nested = nesting.Outer[r.Key]
		r.folded = r.folded || r.nested
	}
}

func hasNesting(rows []*row) bool {
	return slices.ContainsFunc(rows, func(r *row) bool { return !r.Leaf })
}

func callsOf(rows []*row) []*analysis.Call {
	calls := make([]*analysis.Call, len(rows))
	for i, r := range rows {
		calls[i] = r.Call
	}
	return calls
}

// changes returns what the batch changes in the rollups.
func (p *posting) changes() []*group {
	removed := p.settleOuters()
	counted := foldMarked(p.fresh, p.now)
	nested := foldNested(p.fresh)
	if len(nested)+len(removed) == 0 {
		return counted
	}
	sums := make([]analysis.Group, len(counted))
	for i, g := range counted {
		sums[i] = g.Group
	}
	sums = ledger.RollUp(sums, nested, removed)
	groups := make([]*group, len(sums))
	for i := range sums {
		groups[i] = &group{Group: sums[i], updatedAt: p.now}
	}
	return groups
}

// foldNested returns the groups of the rows that count nowhere.
func foldNested(rows []*row) []analysis.Group {
	var calls []analysis.Call
	for _, r := range rows {
		if r.nested {
			calls = append(calls, *r.Call)
		}
	}
	return analysis.FoldGroups(calls)
}
