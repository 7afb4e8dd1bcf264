// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// Summary returns the summary of one analysis, as [ledger.Reader] asks. Sums
// and details are of one moment.
func (s *Store) Summary(ctx context.Context, analysisID string, details int) (analysis.Summary, error) {
	var summary analysis.Summary
	err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
		found, err := s.querySummaries(ctx, tx, pageByID(analysisID))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("read summary: %w", ledger.ErrNotFound)
		}
		summary = found[0]
		return s.addDetails(ctx, tx, &summary, details)
	})
	return summary, classify("read summary", err)
}

func (s *Store) addDetails(ctx context.Context, tx pgx.Tx, summary *analysis.Summary, limit int) error {
	if limit <= 0 {
		return nil
	}
	calls, err := s.queryDetails(ctx, tx, summary, limit)
	if err != nil {
		return err
	}
	at := make(map[analysis.CallType]*analysis.Breakdown, len(summary.Breakdowns))
	for i := range summary.Breakdowns {
		at[summary.Breakdowns[i].CallType] = &summary.Breakdowns[i]
	}
	for i := range calls {
		if b := at[calls[i].Type]; b != nil {
			b.Details = append(b.Details, calls[i])
			summary.OmittedCalls--
		}
	}
	return nil
}

// summariesSQL reads a page of analyses with what their analysis spans say, and
// the sums of each of their groups, which are added up once: the view
// analysis_summary would do so again. A cost beyond what an Amount holds is the
// most that it holds.
const summariesSQL = `
WITH page AS MATERIALIZED (
    SELECT analysis_id, coalesce(subject, '') AS subject, coalesce(user_id, '') AS user_id,
        coalesce(user_tier, '') AS user_tier, coalesce(tenant_id, '') AS tenant_id, start_time
    FROM {schema}.ledger_analysis
    %s
)
SELECT page.*, c.spans, c.calls, c.end_time,
    t.call_type, t.calls, failed_calls, calls_without_usage, partial_calls, estimated_calls, unpriced_calls,
    priced_calls, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
    tool_use_tokens, unaccounted_tokens, least(cost_pico, 9223372036854775807)::bigint, busy_us, first_start, last_end
FROM page
CROSS JOIN LATERAL (
    SELECT count(*) AS spans, coalesce(sum(calls), 0)::bigint AS calls, max(end_time) AS end_time
    FROM {schema}.ledger_closed
    WHERE analysis_id = page.analysis_id
) c
LEFT JOIN LATERAL (SELECT * FROM {schema}.ledger_total t WHERE t.analysis_id = page.analysis_id) t ON true
ORDER BY page.start_time DESC, page.analysis_id COLLATE "C" DESC`

func (s *Store) querySummaries(ctx context.Context, db rowsQuerier, p *page) ([]analysis.Summary, error) {
	rows, err := db.Query(ctx, s.sql.qualify(fmt.Sprintf(summariesSQL, p.sql())), p.args...)
	if err != nil {
		return nil, err
	}
	groups, err := pgx.CollectRows(rows, scanGroup)
	if err != nil {
		return nil, err
	}
	return assemble(groups), nil
}

// summaryGroup is one row of summariesSQL: what is known of the analysis, what
// its spans say together, and one of its groups.
type summaryGroup struct {
	summary     analysis.Summary
	closedSpans int64
	closed      analysis.Closed
	// callType is nil for an analysis without calls.
	callType *analysis.CallType
	totals   analysis.Totals
}

func scanGroup(rows pgx.CollectableRow) (g summaryGroup, err error) {
	var (
		sums                [16]nullable[int64]
		closed, start, last nullable[time.Time]
	)
	dest := []any{
		&g.summary.AnalysisID, &g.summary.Subject, &g.summary.UserID, &g.summary.UserTier, &g.summary.TenantID,
		&g.summary.Start, &g.closedSpans, &g.closed.Calls, &closed.v, &g.callType,
	}
	for i := range sums {
		dest = append(dest, &sums[i].v)
	}
	if err := rows.Scan(append(dest, &start.v, &last.v)...); err != nil {
		return g, err
	}
	t := &g.totals
	for i, sum := range []*int64{
		&t.Calls, &t.Failed, &t.WithoutUsage, &t.Partial, &t.Estimated, &t.Unpriced, &t.Priced,
		&t.Input, &t.Output, &t.CacheRead, &t.CacheWrite, &t.Reasoning, &t.ToolUse, &t.Unaccounted,
	} {
		*sum = sums[i].orZero()
	}
	t.Cost = analysis.PicoDollars(sums[14].orZero())
	t.Busy = time.Duration(min(sums[15].orZero(), math.MaxInt64/1000)) * time.Microsecond
	t.Start, t.End = start.orZero().UTC(), last.orZero().UTC()
	g.summary.Start, g.closed.End = g.summary.Start.UTC(), closed.orZero().UTC()
	return g, nil
}

// assemble joins the groups of each analysis, which follow one another.
func assemble(groups []summaryGroup) []analysis.Summary {
	var out []analysis.Summary
	for len(groups) > 0 {
		n := 1
		for n < len(groups) && groups[n].summary.AnalysisID == groups[0].summary.AnalysisID {
			n++
		}
		out = append(out, summarize(groups[:n]))
		groups = groups[n:]
	}
	return out
}

// summarize adds up the groups of one analysis.
func summarize(groups []summaryGroup) analysis.Summary {
	first := &groups[0]
	s := first.summary
	s.Completeness = analysis.Open
	var bounds analysis.Totals
	for i := range groups {
		g := &groups[i]
		if g.callType == nil {
			continue
		}
		bounds.Merge(&analysis.Totals{Start: g.totals.Start, End: g.totals.End})
		if g.totals.Calls > 0 { // else all of its calls are rolled up
			addGroup(&s, *g.callType, &g.totals)
		}
	}
	s.End = bounds.End
	s.OmittedCalls = s.Calls
	if first.closedSpans > 0 {
		s.Close(first.closed)
	}
	analysis.SortBreakdowns(s.Breakdowns)
	return s
}

func addGroup(s *analysis.Summary, callType analysis.CallType, totals *analysis.Totals) {
	s.Totals.Merge(totals)
	for i := range s.Breakdowns {
		if s.Breakdowns[i].CallType == callType {
			s.Breakdowns[i].Merge(totals)
			return
		}
	}
	s.Breakdowns = append(s.Breakdowns, analysis.Breakdown{CallType: callType, Totals: *totals})
}
