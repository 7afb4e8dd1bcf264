// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

var _ ledger.Reconciler = (*Store)(nil)

// pageAnalyses is how many analyses are reconciled in one read transaction:
// while it lasts, the write-ahead log cannot be folded into the file.
const pageAnalyses = 400

// Reconcile implements [ledger.Reconciler].
func (s *Store) Reconcile(ctx context.Context, query ledger.ReconcileQuery) (ledger.Reconciliation, error) {
	proof := ledger.NewProof(query)
	for next := (&stretch{}); next != nil; {
		err := s.inReadTx(ctx, func(tx *sql.Tx) error {
			page, err := readPage(ctx, tx, next)
			if err == nil {
				proof.Check(page)
				next = next.after()
			}
			return err
		})
		if err != nil {
			return ledger.Reconciliation{}, wrap("reconcile ledger", err)
		}
	}
	err := s.inReadTx(ctx, func(tx *sql.Tx) error {
		if err := findSpans(ctx, tx, proof, ledger.CallTwice, selectTwice); err != nil {
			return err
		}
		return findSpans(ctx, tx, proof, ledger.RolledUpDiffers, selectRolledUp)
	})
	return proof.Result(), wrap("reconcile ledger", err)
}

// stretch is the ids from one, which is in it, to another, which is not, or to
// the end.
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
		return "analysis_id >= ?", []any{s.from}
	}
	return "analysis_id >= ? AND analysis_id < ?", []any{s.from, *s.to}
}

// readPage reads the stretch, and sets its end.
func readPage(ctx context.Context, tx *sql.Tx, part *stretch) (*ledger.Page, error) {
	horizon, err := readHorizon(ctx, tx)
	if err != nil {
		return nil, err
	}
	const end = `SELECT analysis_id FROM ledger_analysis WHERE analysis_id >= ? ORDER BY analysis_id LIMIT 1 OFFSET ?`
	ends, err := collect(ctx, tx, scanText, end, part.from, pageAnalyses)
	if err != nil {
		return nil, err
	}
	part.to = nil
	if len(ends) > 0 {
		part.to = &ends[0]
	}
	r := &reconciler{tx: tx, stretch: part, page: ledger.NewPage(horizon)}
	for _, read := range []func(context.Context) error{
		r.readCalls, r.readEnds, r.readSums, r.readGroups, r.readAnalyses, r.readSummaries,
	} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	return r.page, nil
}

func scanText(rows *sql.Rows) (text string, err error) {
	err = rows.Scan(&text)
	return text, err
}

// reconciler reads one page, in one read transaction.
type reconciler struct {
	tx      *sql.Tx
	stretch *stretch
	page    *ledger.Page
}

// forEach runs a query over the stretch.
func (r *reconciler) forEach(ctx context.Context, query string, scan []any, row func()) error {
	where, args := r.stretch.where()
	rows, err := r.tx.QueryContext(ctx, query+" WHERE "+where, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(scan...); err != nil {
			return err
		}
		row()
	}
	return rows.Err()
}

func (r *reconciler) readCalls(ctx context.Context) error {
	var (
		c          ledger.Row
		start, end int64
		cost       sql.NullInt64
	)
	const query = `SELECT analysis_id, call_type, provider, request_model, response_model,
	subject, user_id, user_tier, tenant_id, error_type, start_us, end_us, usage_status, cost_pico,
	input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
	provider_total_tokens, nested
FROM ledger_call`
	a, u := &c.Attribution, &c.Usage
	scan := []any{
		&c.AnalysisID, &c.Type, &c.Provider, &c.RequestModel, &c.ResponseModel,
		&a.Subject, &a.UserID, &a.UserTier, &a.TenantID, &c.ErrorType, &start, &end, &u.Status, &cost,
		intoCount(&u.Input), intoCount(&u.Output), intoCount(&u.CacheRead), intoCount(&u.CacheWrite),
		intoCount(&u.Reasoning), intoCount(&u.ToolUse), intoCount(&u.ProviderTotal), &c.Nested,
	}
	return r.forEach(ctx, query, scan, func() {
		c.Start, c.End = timeOf(start), timeOf(end)
		c.Cost = analysis.Cost{Amount: analysis.PicoDollars(cost.Int64), Priced: cost.Valid}
		c.Added = true
		r.page.AddCall(&c)
	})
}

func (r *reconciler) readEnds(ctx context.Context) error {
	var (
		c          analysis.Closed
		start, end int64
	)
	const query = `SELECT analysis_id, start_us, end_us, calls FROM ledger_closed`
	return r.forEach(ctx, query, []any{&c.AnalysisID, &start, &end, &c.Calls}, func() {
		c.Start, c.End = timeOf(start), timeOf(end)
		r.page.AddEnd(&c)
	})
}

func (r *reconciler) readSums(ctx context.Context) error {
	var (
		key   analysis.GroupKey
		start int64
	)
	const query = `SELECT analysis_id, call_type, provider, model, first_start_us FROM ledger_rollup`
	scan := []any{&key.AnalysisID, &key.CallType, &key.Provider, &key.Model, &start}
	return r.forEach(ctx, query, scan, func() { r.page.AddSums(key, timeOf(start)) })
}

func (r *reconciler) readGroups(ctx context.Context) error {
	columns := ledger.GroupColumns()
	var key analysis.GroupKey
	cells := make([]*string, len(columns))
	query := `SELECT analysis_id, call_type, ifnull(provider, ''), ifnull(model, ''), ` + names(columns) +
		` FROM call_type_summary`
	scan := append([]any{&key.AnalysisID, &key.CallType, &key.Provider, &key.Model}, pointersTo(cells)...)
	return r.forEach(ctx, query, scan, func() { r.page.AddGroupRow(key, append([]*string{}, cells...)) })
}

func (r *reconciler) readAnalyses(ctx context.Context) error {
	columns := ledger.AnalysisColumns()
	var (
		id        string
		breakdown sql.NullString
	)
	cells := make([]*string, len(columns))
	query := `SELECT analysis_id, token_usage_breakdown, ` + names(columns) + ` FROM analysis_summary`
	return r.forEach(ctx, query, append([]any{&id, &breakdown}, pointersTo(cells)...), func() {
		r.page.AddAnalysisRow(id, append([]*string{}, cells...), breakdown.String)
	})
}

func (r *reconciler) readSummaries(ctx context.Context) error {
	where, args := r.stretch.where()
	summaries, err := readSummaries(ctx, r.tx, selectAnalyses+" WHERE "+where, args...)
	for i := range summaries {
		r.page.AddSummary(&summaries[i])
	}
	return err
}

func names(columns []ledger.Column) string {
	all := make([]string, len(columns))
	for i := range columns {
		all[i] = columns[i].Name
	}
	return strings.Join(all, ", ")
}

func pointersTo(cells []*string) []any {
	all := make([]any, len(cells))
	for i := range cells {
		all[i] = &cells[i]
	}
	return all
}

// findSpans adds the spans that a query finds, with the analysis, what is in the
// sums, what is in the rows, and the number of all.
func findSpans(
	ctx context.Context, tx *sql.Tx, proof *ledger.Proof, kind ledger.DifferenceKind, query string,
) error {
	var all int64
	some, err := collect(ctx, tx, func(rows *sql.Rows) (d ledger.SpanDifference, err error) {
		var trace, span []byte
		err = rows.Scan(&trace, &span, &d.AnalysisID, &d.InSums, &d.InRows, &all)
		copy(d.Key.Trace[:], trace)
		copy(d.Key.Span[:], span)
		return d, err
	}, query, max(proof.Limit(), 1))
	if err == nil {
		proof.Add(kind, all, some)
	}
	return err
}

// selectTwice finds spans that have several rows. The unique index has them in
// order, and does not let them in.
const selectTwice = `SELECT trace_id, span_id, min(analysis_id), '1', count(*), count(*) OVER ()
FROM ledger_call GROUP BY trace_id, span_id HAVING count(*) > 1 LIMIT ?`

// selectRolledUp holds the mark of a call that is rolled up against the calls
// that name it as their parent, and against what was told of its span. Near the
// horizon the call within may have been dropped: it seems to start before the
// other where clocks differ.
const selectRolledUp = `SELECT trace_id, span_id, analysis_id, in_sums, in_rows, count(*) OVER ()
FROM (
	SELECT trace_id, span_id, analysis_id, 'rolled up' AS in_sums, 'counts' AS in_rows
	FROM ledger_call o
	WHERE nested AND start_us >= ifnull(
			(SELECT value + 86400000000 FROM ledger_state WHERE name = '` + horizonState + `'), start_us)
		AND NOT EXISTS (
		SELECT 1 FROM ledger_call i WHERE i.trace_id = o.trace_id AND i.parent_span_id = o.span_id)
	UNION ALL
	SELECT c.trace_id, c.span_id, c.analysis_id, 'counts', 'rolled up'
	FROM ledger_nesting n JOIN ledger_call c ON c.trace_id = n.trace_id AND c.span_id = n.span_id
	WHERE n.is_call AND n.has_inner AND NOT c.nested
)
ORDER BY trace_id, span_id
LIMIT ?`
