// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// List returns summaries without call details, as [ledger.Reader] asks.
func (s *Store) List(ctx context.Context, query ledger.ListQuery) ([]analysis.Summary, error) {
	var summaries []analysis.Summary
	err := s.inSnapshot(ctx, func(tx pgx.Tx) (err error) {
		summaries, err = s.querySummaries(ctx, tx, pageByQuery(query))
		return err
	})
	return summaries, classify("list analyses", err)
}

// page selects analyses. It holds only the conditions that apply, so that the
// planner sees which index serves.
type page struct {
	conditions []string
	args       []any
	limit      int
}

func pageByID(analysisID string) *page {
	p := &page{limit: 1}
	p.where("analysis_id = ?", ledger.CleanText(analysisID))
	return p
}

func pageByQuery(query ledger.ListQuery) *page {
	p := &page{limit: query.Limit}
	if p.limit <= 0 {
		p.limit = ledger.DefaultListLimit
	}
	if !query.Since.IsZero() {
		p.where("start_time >= ?", query.Since)
	}
	if !query.Until.IsZero() {
		p.where("start_time < ?", query.Until)
	}
	for _, field := range []struct{ condition, value string }{
		{"subject = ?", query.Subject}, {"user_id = ?", query.UserID}, {"tenant_id = ?", query.TenantID},
	} {
		if field.value != "" {
			p.where(field.condition, ledger.CleanText(field.value))
		}
	}
	if after := query.After; after != nil {
		p.where(`(start_time, analysis_id COLLATE "C") < (?, ?)`, after.Start, ledger.CleanText(after.AnalysisID))
	}
	return p
}

// where adds a condition, its question marks replaced by numbered parameters.
func (p *page) where(condition string, args ...any) {
	for _, arg := range args {
		p.args = append(p.args, arg)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(p.args)), 1)
	}
	p.conditions = append(p.conditions, condition)
}

// sql returns the part of a query that follows FROM.
func (p *page) sql() string {
	var b strings.Builder
	if len(p.conditions) > 0 {
		b.WriteString("WHERE " + strings.Join(p.conditions, " AND ") + "\n    ")
	}
	b.WriteString(`ORDER BY start_time DESC, analysis_id COLLATE "C" DESC LIMIT ` + strconv.Itoa(p.limit))
	return b.String()
}
