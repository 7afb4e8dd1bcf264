// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

var _ ledger.Reconciler = (*Store)(nil)

// pageAnalyses is how many analyses are reconciled in one snapshot: few enough
// to hold the sums of all of them, and many enough that planning for all
// partitions costs little.
const pageAnalyses = 1000

// Reconcile implements [ledger.Reconciler].
func (s *Store) Reconcile(ctx context.Context, query ledger.ReconcileQuery) (ledger.Reconciliation, error) {
	proof := ledger.NewProof(query)
	for next := (&stretch{}); next != nil; {
		err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
			r := &reconciler{tx: tx, sql: &s.sql, stretch: next}
			page, err := r.page(ctx)
			if err != nil {
				return err
			}
			summaries, err := s.querySummaries(ctx, tx, next.page())
			for i := range summaries {
				page.AddSummary(&summaries[i])
			}
			if err == nil {
				proof.Check(page)
				next = next.after()
			}
			return err
		})
		if err != nil {
			return ledger.Reconciliation{}, classify("reconcile ledger", err)
		}
	}
	err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
		if err := s.findSpans(ctx, tx, proof, ledger.CallTwice, twiceSQL); err != nil {
			return err
		}
		return s.findSpans(ctx, tx, proof, ledger.RolledUpDiffers, rolledUpSQL)
	})
	return proof.Result(), classify("reconcile ledger", err)
}

// stretch is the ids from one, which is in it, to another, which is not, or to
// the end. The order is the database's own.
type stretch struct {
	from string
	to   *string
}

func (s *stretch) after() *stretch {
	if s.to == nil {
		return nil
	}
	return &stretch{from: *s.to}
}

// where returns the condition on the ids, and its parameters.
func (s *stretch) where() (condition string, args []any) {
	if s.to == nil {
		return "analysis_id >= $1", []any{s.from}
	}
	return "analysis_id >= $1 AND analysis_id < $2", []any{s.from, *s.to}
}

func (s *stretch) page() *page {
	p := &page{limit: math.MaxInt32}
	p.where("analysis_id >= ?", s.from)
	if s.to != nil {
		p.where("analysis_id < ?", *s.to)
	}
	return p
}

// reconciler reads one page, in one snapshot.
type reconciler struct {
	tx      pgx.Tx
	sql     *queries
	stretch *stretch
}

const stretchEndSQL = `
SELECT analysis_id FROM {schema}.ledger_analysis WHERE analysis_id >= $1
ORDER BY analysis_id OFFSET $2 LIMIT 1`

// page reads the stretch, and sets its end.
func (r *reconciler) page(ctx context.Context) (*ledger.Page, error) {
	var horizon time.Time
	err := r.tx.QueryRow(ctx, r.sql.qualify(`SELECT horizon FROM {schema}.ledger_state`)).Scan(&horizon)
	if err != nil {
		return nil, err
	}
	rows, err := r.tx.Query(ctx, r.sql.qualify(stretchEndSQL), r.stretch.from, pageAnalyses)
	if err != nil {
		return nil, err
	}
	ends, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	r.stretch.to = nil
	if len(ends) > 0 {
		r.stretch.to = &ends[0]
	}
	page := ledger.NewPage(horizon)
	for _, read := range []func(context.Context, *ledger.Page) error{
		r.readCalls, r.readEnds, r.readSums, r.readGroups, r.readAnalyses,
	} {
		if err := read(ctx, page); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// forEach runs a query over the stretch.
func (r *reconciler) forEach(ctx context.Context, query string, scan []any, row func()) error {
	where, args := r.stretch.where()
	rows, err := r.tx.Query(ctx, r.sql.qualify(strings.ReplaceAll(query, "{stretch}", where)), args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, scan, func() error { row(); return nil })
	return err
}

// auditCallsSQL reads what sums are made of, and whether a call is in
// ledger_rollup.
const auditCallsSQL = `
SELECT analysis_id, call_type, provider, coalesce(response_model, request_model, ''),
    coalesce(subject, ''), coalesce(user_id, ''), coalesce(user_tier, ''), coalesce(tenant_id, ''),
    coalesce(error_type, ''), start_time, end_time, usage_status, cost_pico,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
    provider_total_tokens, folded OR start_time < (SELECT sealed FROM {schema}.ledger_state),
    nested
FROM {schema}.ledger_call
WHERE {stretch}`

func (r *reconciler) readCalls(ctx context.Context, page *ledger.Page) error {
	var (
		c      ledger.Row
		cost   *int64
		counts [7]*int64
	)
	a, u := &c.Attribution, &c.Usage
	scan := []any{
		&c.AnalysisID, &c.Type, &c.Provider, &c.ResponseModel, &a.Subject, &a.UserID, &a.UserTier, &a.TenantID,
		&c.ErrorType, &c.Start, &c.End, &u.Status, &cost,
		&counts[0], &counts[1], &counts[2], &counts[3], &counts[4], &counts[5], &counts[6], &c.Added, &c.Nested,
	}
	return r.forEach(ctx, auditCallsSQL, scan, func() {
		c.Cost = analysis.Cost{Priced: cost != nil}
		if cost != nil {
			c.Cost.Amount = analysis.PicoDollars(*cost)
		}
		for i, count := range []*analysis.Count{
			&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.Reasoning, &u.ToolUse, &u.ProviderTotal,
		} {
			*count = analysis.Unknown()
			if counts[i] != nil {
				*count = analysis.Known(*counts[i])
			}
		}
		page.AddCall(&c)
	})
}

const auditEndsSQL = `
SELECT analysis_id, start_time, end_time, calls FROM {schema}.ledger_closed WHERE {stretch}`

func (r *reconciler) readEnds(ctx context.Context, page *ledger.Page) error {
	var c analysis.Closed
	scan := []any{&c.AnalysisID, &c.Start, &c.End, &c.Calls}
	return r.forEach(ctx, auditEndsSQL, scan, func() { page.AddEnd(&c) })
}

const auditSumsSQL = `
SELECT analysis_id, call_type, provider, model, first_start FROM {schema}.ledger_rollup WHERE {stretch}`

func (r *reconciler) readSums(ctx context.Context, page *ledger.Page) error {
	var (
		key   analysis.GroupKey
		start time.Time
	)
	scan := []any{&key.AnalysisID, &key.CallType, &key.Provider, &key.Model, &start}
	return r.forEach(ctx, auditSumsSQL, scan, func() { page.AddSums(key, start) })
}

func (r *reconciler) readGroups(ctx context.Context, page *ledger.Page) error {
	columns := ledger.GroupColumns()
	var key analysis.GroupKey
	cells := make([]*string, len(columns))
	query := `
SELECT analysis_id, call_type, coalesce(provider, ''), coalesce(model, ''), ` + cellsSQL(columns) + `
FROM {schema}.call_type_summary
WHERE {stretch}`
	scan := append([]any{&key.AnalysisID, &key.CallType, &key.Provider, &key.Model}, pointersTo(cells)...)
	return r.forEach(ctx, query, scan, func() { page.AddGroupRow(key, append([]*string{}, cells...)) })
}

func (r *reconciler) readAnalyses(ctx context.Context, page *ledger.Page) error {
	columns := ledger.AnalysisColumns()
	var id, breakdown string
	cells := make([]*string, len(columns))
	query := `
SELECT analysis_id, token_usage_breakdown::text, ` + cellsSQL(columns) + `
FROM {schema}.analysis_summary
WHERE {stretch}`
	scan := append([]any{&id, &breakdown}, pointersTo(cells)...)
	return r.forEach(ctx, query, scan, func() {
		page.AddAnalysisRow(id, append([]*string{}, cells...), breakdown)
	})
}

// mostMoney is the most dollars that an Amount holds.
const mostMoney = "9223372.036854775807"

func pointersTo(cells []*string) []any {
	all := make([]any, len(cells))
	for i := range cells {
		all[i] = &cells[i]
	}
	return all
}

// cellsSQL returns expressions for the columns as text. A cost beyond what an
// Amount holds is the most that it holds.
func cellsSQL(columns []ledger.Column) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		switch c.Kind {
		case ledger.Moment:
			all[i] = "to_char(" + c.Name + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
		case ledger.Money:
			all[i] = "CASE WHEN " + c.Name + " > " + mostMoney + " THEN " + mostMoney + " ELSE " + c.Name + " END::text"
		case ledger.Text, ledger.Whole, ledger.Seconds:
			all[i] = c.Name + "::text"
		}
	}
	return strings.Join(all, ",\n    ")
}

// findSpans adds the spans that a query finds, with the analysis, what is in the
// sums, what is in the rows, and the number of all. The server sorts on its disk
// where it must.
func (s *Store) findSpans(
	ctx context.Context, tx pgx.Tx, proof *ledger.Proof, kind ledger.DifferenceKind, query string,
) error {
	rows, err := tx.Query(ctx, s.sql.qualify(query), max(proof.Limit(), 1))
	if err != nil {
		return err
	}
	var (
		all         int64
		some        []ledger.SpanDifference
		trace, span []byte
		one         ledger.SpanDifference
	)
	scan := []any{&trace, &span, &one.AnalysisID, &one.InSums, &one.InRows, &all}
	_, err = pgx.ForEachRow(rows, scan, func() error {
		copy(one.Key.Trace[:], trace)
		copy(one.Key.Span[:], span)
		some = append(some, one)
		return nil
	})
	if err == nil {
		proof.Add(kind, all, some)
	}
	return err
}

const twiceSQL = `
SELECT trace_id, span_id, min(analysis_id), '1', count(*)::text, count(*) OVER ()
FROM {schema}.ledger_call
GROUP BY trace_id, span_id
HAVING count(*) > 1
LIMIT $1`

// rolledUpSQL holds the mark of a call that is rolled up against the calls that
// name it as their parent, and against what was told of its span. Near the
// horizon the call within may have been dropped: it seems to start before the
// other where clocks differ.
const rolledUpSQL = `
SELECT trace_id, span_id, analysis_id, in_sums, in_rows, count(*) OVER ()
FROM (
    SELECT trace_id, span_id, analysis_id, 'rolled up' AS in_sums, 'counts' AS in_rows
    FROM {schema}.ledger_call o
    WHERE nested AND start_time >= (SELECT horizon + interval '1 day' FROM {schema}.ledger_state) AND NOT EXISTS (
        SELECT FROM {schema}.ledger_call i WHERE i.trace_id = o.trace_id AND i.parent_span_id = o.span_id)
    UNION ALL
    SELECT c.trace_id, c.span_id, c.analysis_id, 'counts', 'rolled up'
    FROM {schema}.ledger_nesting n
    JOIN {schema}.ledger_call c ON c.trace_id = n.trace_id AND c.span_id = n.span_id
        AND c.analysis_id = n.analysis_id AND c.start_time = n.start_time
    WHERE n.has_inner AND NOT c.nested
) found
ORDER BY trace_id, span_id
LIMIT $1`
