// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// Calls returns calls of one analysis, as [ledger.Reader] asks.
func (s *Store) Calls(ctx context.Context, query ledger.CallsQuery) ([]analysis.Call, error) {
	if query.Limit <= 0 {
		query.Limit = ledger.DefaultCallsLimit
	}
	calls, err := s.queryCalls(ctx, s.pool, query)
	return calls, classify("read calls", err)
}

// rowsQuerier is a pool or a transaction.
type rowsQuerier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// callsSQL passes by the partitions of the days before the analysis started.
const callsSQL = `
SELECT trace_id, span_id, parent_span_id, analysis_id, subject, user_id, user_tier, tenant_id,
    call_type, provider, operation, request_model, response_model, response_id, service_tier,
    finish_reasons, stream, attempts, start_time, end_time, first_chunk_us, usage_status,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tool_use_tokens,
    provider_total_tokens, largest_request_input_tokens,
    input_text_tokens, input_image_tokens, input_audio_tokens, input_video_tokens,
    output_text_tokens, output_image_tokens, output_audio_tokens, output_video_tokens,
    error_type, cost_pico, price_list_version
FROM {schema}.ledger_call
WHERE analysis_id = $1 AND NOT nested
    AND start_time >= (SELECT start_time FROM {schema}.ledger_analysis WHERE analysis_id = $1)`

const callsOrder = `
ORDER BY start_time, trace_id, span_id
LIMIT `

func (s *Store) queryCalls(ctx context.Context, db rowsQuerier, query ledger.CallsQuery) ([]analysis.Call, error) {
	sql, args := callsSQL, []any{ledger.CleanText(query.AnalysisID)}
	if after := query.After; after != nil {
		// The first condition is in the second, and lets partitions be passed by.
		sql += " AND start_time >= $2 AND (start_time, trace_id, span_id) > ($2, $3, $4)"
		args = append(args, after.Start, after.Key.Trace[:], after.Key.Span[:])
	}
	sql += callsOrder + strconv.Itoa(query.Limit)
	rows, err := db.Query(ctx, s.sql.qualify(sql), args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanCall)
}

// queryDetails returns the earliest calls of a summary. Its times let the
// planner leave out the days before and after it, of which there may be many.
// Where that finds fewer calls than there are, for some were dropped or end
// before they start, all days are looked through.
func (s *Store) queryDetails(
	ctx context.Context, db rowsQuerier, summary *analysis.Summary, limit int,
) ([]analysis.Call, error) {
	sql := s.sql.qualify(callsSQL + ` AND start_time BETWEEN $2 AND $3` + callsOrder + strconv.Itoa(limit))
	rows, err := db.Query(ctx, sql, summary.AnalysisID, summary.Totals.Start, summary.Totals.End)
	if err != nil {
		return nil, err
	}
	calls, err := pgx.CollectRows(rows, scanCall)
	if err != nil || len(calls) == limit || int64(len(calls)) >= summary.Calls {
		return calls, err
	}
	return s.queryCalls(ctx, db, ledger.CallsQuery{AnalysisID: summary.AnalysisID, Limit: limit})
}

// nullable is a value that may be NULL.
type nullable[T any] struct{ v *T }

func (n *nullable[T]) orZero() (zero T) {
	if n.v != nil {
		return *n.v
	}
	return zero
}

func scanCall(rows pgx.CollectableRow) (c analysis.Call, err error) {
	var (
		trace, span, parent []byte
		texts               [12]nullable[string]
		counts              [16]nullable[int64]
		firstChunk, cost    nullable[int64]
	)
	u := &c.Usage
	err = rows.Scan(&trace, &span, &parent, &c.AnalysisID, &texts[0].v, &texts[1].v, &texts[2].v, &texts[3].v,
		&c.Type, &c.Provider, &texts[4].v, &texts[5].v, &texts[6].v, &texts[7].v, &texts[8].v,
		&texts[11].v, &c.Stream, &c.Attempts, &c.Start, &c.End, &firstChunk.v, &u.Status,
		&counts[0].v, &counts[1].v, &counts[2].v, &counts[3].v, &counts[4].v, &counts[5].v,
		&counts[6].v, &counts[7].v,
		&counts[8].v, &counts[9].v, &counts[10].v, &counts[11].v,
		&counts[12].v, &counts[13].v, &counts[14].v, &counts[15].v,
		&texts[9].v, &cost.v, &texts[10].v)
	if err != nil {
		return c, err
	}
	copy(c.Key.Trace[:], trace)
	copy(c.Key.Span[:], span)
	copy(c.Parent[:], parent)
	for i, text := range []*string{
		&c.Attribution.Subject, &c.Attribution.UserID, &c.Attribution.UserTier, &c.Attribution.TenantID,
		&c.Operation, &c.RequestModel, &c.ResponseModel, &c.ResponseID, &c.ServiceTier,
		&c.ErrorType, &c.Cost.PriceListVersion,
	} {
		*text = texts[i].orZero()
	}
	for i, count := range []*analysis.Count{
		&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.Reasoning, &u.ToolUse, &u.ProviderTotal,
		&u.LargestInput,
		&u.InputBy.Text, &u.InputBy.Image, &u.InputBy.Audio, &u.InputBy.Video,
		&u.OutputBy.Text, &u.OutputBy.Image, &u.OutputBy.Audio, &u.OutputBy.Video,
	} {
		if n := counts[i].v; n != nil {
			*count = analysis.Known(*n)
		}
	}
	c.Start, c.End = c.Start.UTC(), c.End.UTC()
	c.TimeToFirstChunk = time.Duration(firstChunk.orZero()) * time.Microsecond
	c.Cost.Amount, c.Cost.Priced = analysis.PicoDollars(cost.orZero()), cost.v != nil
	if reasons := texts[11].v; reasons != nil {
		err = json.Unmarshal([]byte(*reasons), &c.FinishReasons)
	}
	return c, err
}
