// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// Summary implements [ledger.Reader].
func (s *Store) Summary(ctx context.Context, analysisID string, details int) (sum analysis.Summary, err error) {
	id := ledger.CleanText(analysisID)
	err = s.inReadTx(ctx, func(tx *sql.Tx) error {
		const query = selectAnalyses + ` WHERE analysis_id = ?`
		summaries, err := readSummaries(ctx, tx, query, id)
		if err != nil {
			return err
		}
		if len(summaries) == 0 {
			return ledger.ErrNotFound
		}
		sum = summaries[0]
		if details <= 0 {
			return nil
		}
		calls, err := readCalls(ctx, tx, ledger.CallsQuery{AnalysisID: id, Limit: details})
		addDetails(&sum, calls)
		return err
	})
	return sum, wrap("read summary", err)
}

// List implements [ledger.Reader].
func (s *Store) List(ctx context.Context, q ledger.ListQuery) (summaries []analysis.Summary, err error) {
	since, until, after, afterID := int64(math.MinInt64), int64(math.MaxInt64), int64(math.MaxInt64), ""
	if !q.Since.IsZero() {
		since = microsUp(q.Since)
	}
	if !q.Until.IsZero() {
		until = microsUp(q.Until)
	}
	if q.After != nil {
		after, afterID = micros(q.After.Start), ledger.CleanText(q.After.AnalysisID)
	}
	const query = selectAnalyses + `
WHERE start_us >= ?1 AND start_us < ?2
	AND start_us <= ?3 AND (start_us, analysis_id) < (?3, ?4)
	AND (?5 = '' OR subject = ?5) AND (?6 = '' OR user_id = ?6) AND (?7 = '' OR tenant_id = ?7)
ORDER BY start_us DESC, analysis_id DESC
LIMIT ?8`
	err = s.inReadTx(ctx, func(tx *sql.Tx) error {
		summaries, err = readSummaries(ctx, tx, query, since, until, after, afterID,
			ledger.CleanText(q.Subject), ledger.CleanText(q.UserID), ledger.CleanText(q.TenantID),
			cmp.Or(q.Limit, ledger.DefaultListLimit))
		return err
	})
	return summaries, wrap("list analyses", err)
}

// Calls implements [ledger.Reader].
func (s *Store) Calls(ctx context.Context, q ledger.CallsQuery) (calls []analysis.Call, err error) {
	q.AnalysisID = ledger.CleanText(q.AnalysisID)
	q.Limit = cmp.Or(q.Limit, ledger.DefaultCallsLimit)
	err = s.inReadTx(ctx, func(tx *sql.Tx) error {
		calls, err = readCalls(ctx, tx, q)
		return err
	})
	return calls, wrap("read calls", err)
}

func readCalls(ctx context.Context, tx *sql.Tx, q ledger.CallsQuery) ([]analysis.Call, error) {
	after, trace, span := int64(math.MinInt64), []byte{}, []byte{}
	if q.After != nil {
		after, trace, span = micros(q.After.Start), q.After.Key.Trace[:], q.After.Key.Span[:]
	}
	return collect(ctx, tx, scanCall, selectCalls, q.AnalysisID, after, after, trace, span, q.Limit)
}

const selectAnalyses = `SELECT
	analysis_id, subject, user_id, user_tier, tenant_id, start_us, closed_spans, closed_calls, closed_end_us
FROM ledger_analysis`

// registered is the registry's row of one analysis.
type registered struct {
	id          string
	attribution analysis.Attribution
	start       time.Time
	closedSpans int64
	closed      analysis.Closed // what all its analysis spans say together
}

func scanRegistered(rows *sql.Rows) (r registered, err error) {
	var start, end int64
	a := &r.attribution
	err = rows.Scan(&r.id, &a.Subject, &a.UserID, &a.UserTier, &a.TenantID,
		&start, &r.closedSpans, &r.closed.Calls, &end)
	r.start, r.closed.End = timeOf(start), timeOf(end)
	return r, err
}

// readSummaries returns the summaries of the analyses that the query selects,
// in its order and without call details.
func readSummaries(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]analysis.Summary, error) {
	rows, err := collect(ctx, tx, scanRegistered, query, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].id
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	groups, err := collect(ctx, tx, scanRollup, selectRollups, string(list))
	if err != nil {
		return nil, err
	}
	groupsOf := make(map[string][]analysis.Group, len(rows))
	for i := range groups {
		id := groups[i].Key.AnalysisID
		groupsOf[id] = append(groupsOf[id], groups[i])
	}
	summaries := make([]analysis.Summary, len(rows))
	for i := range rows {
		summaries[i] = rows[i].summary(groupsOf[rows[i].id])
	}
	return summaries, nil
}

// summary adds up groups that are in order of call type. Of a group of which no
// call counts, only its end does.
func (r *registered) summary(groups []analysis.Group) analysis.Summary {
	s := analysis.Summary{AnalysisID: r.id, Attribution: r.attribution, Completeness: analysis.Open}
	for i := range groups {
		g := &groups[i]
		if g.End.After(s.End) {
			s.End = g.End
		}
		if g.Calls == 0 {
			continue
		}
		n := len(s.Breakdowns)
		if n == 0 || s.Breakdowns[n-1].CallType != g.Key.CallType {
			s.Breakdowns = append(s.Breakdowns, analysis.Breakdown{CallType: g.Key.CallType})
			n++
		}
		s.Breakdowns[n-1].Merge(&g.Totals)
		s.Totals.Merge(&g.Totals)
	}
	analysis.SortBreakdowns(s.Breakdowns)
	s.Start = r.start
	s.OmittedCalls = s.Calls
	if r.closedSpans > 0 {
		s.Close(r.closed)
	}
	return s
}

// addDetails puts calls, which are in order, below their types.
func addDetails(s *analysis.Summary, calls []analysis.Call) {
	at := make(map[analysis.CallType]*analysis.Breakdown, len(s.Breakdowns))
	for i := range s.Breakdowns {
		at[s.Breakdowns[i].CallType] = &s.Breakdowns[i]
	}
	for i := range calls {
		b := at[calls[i].Type]
		b.Details = append(b.Details, calls[i])
	}
	s.OmittedCalls = s.Calls - int64(len(calls))
}

// collect runs a query and scans its rows.
func collect[T any](
	ctx context.Context, tx *sql.Tx, scan func(*sql.Rows) (T, error), query string, args ...any,
) (all []T, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
