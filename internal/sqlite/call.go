// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// callColumns are the columns of ledger_call in the order of callArgs and
// scanCall.
var callColumns = []string{
	"trace_id", "span_id", "parent_span_id", "analysis_id", "call_type",
	"provider", "operation", "request_model", "response_model", "response_id", "service_tier",
	"finish_reasons", "stream", "attempts", "start_us", "end_us", "first_chunk_us",
	"usage_status", "input_tokens", "output_tokens",
	"cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "tool_use_tokens", "provider_total_tokens",
	"input_text_tokens", "input_image_tokens", "input_audio_tokens", "input_video_tokens",
	"output_text_tokens", "output_image_tokens", "output_audio_tokens", "output_video_tokens",
	"largest_request_input_tokens",
	"error_type", "cost_pico", "price_list_version",
	"subject", "user_id", "user_tier", "tenant_id",
}

// insertCall keeps the first copy of a key.
var insertCall = `INSERT INTO ledger_call (` + strings.Join(callColumns, ", ") + `)
VALUES (?` + strings.Repeat(", ?", len(callColumns)-1) + `)
ON CONFLICT (trace_id, span_id) DO NOTHING`

// sameCall asks whether the ledger holds the call with every column the same.
var sameCall = `SELECT count(*) FROM ledger_call
WHERE trace_id = ? AND span_id = ? AND ` + strings.Join(callColumns[2:], " IS ? AND ") + ` IS ?`

// selectCalls reads the calls of one analysis that count, from a place on.
var selectCalls = `SELECT ` + strings.Join(callColumns, ", ") + ` FROM ledger_call
WHERE analysis_id = ? AND nested = 0 AND start_us >= ? AND (start_us, trace_id, span_id) > (?, ?, ?)
ORDER BY start_us, trace_id, span_id
LIMIT ?`

func callArgs(c *analysis.Call) []any {
	u, a := &c.Usage, &c.Attribution
	return []any{
		c.Key.Trace[:], c.Key.Span[:], parentArg(c.Parent), c.AnalysisID, string(c.Type),
		c.Provider, c.Operation, c.RequestModel, c.ResponseModel, c.ResponseID, c.ServiceTier,
		textsArg(c.FinishReasons), c.Stream, c.Attempts,
		micros(c.Start), micros(c.End), c.TimeToFirstChunk.Microseconds(),
		int64(u.Status), countArg(u.Input), countArg(u.Output),
		countArg(u.CacheRead), countArg(u.CacheWrite), countArg(u.Reasoning), countArg(u.ToolUse),
		countArg(u.ProviderTotal),
		countArg(u.InputBy.Text), countArg(u.InputBy.Image), countArg(u.InputBy.Audio), countArg(u.InputBy.Video),
		countArg(u.OutputBy.Text), countArg(u.OutputBy.Image), countArg(u.OutputBy.Audio), countArg(u.OutputBy.Video),
		countArg(u.LargestInput),
		c.ErrorType, costArg(c.Cost), c.Cost.PriceListVersion,
		a.Subject, a.UserID, a.UserTier, a.TenantID,
	}
}

func scanCall(rows *sql.Rows) (c analysis.Call, err error) {
	var (
		trace, span, parent, texts []byte
		start, end, firstChunk     int64
		cost                       sql.NullInt64
	)
	u, a := &c.Usage, &c.Attribution
	err = rows.Scan(
		&trace, &span, &parent, &c.AnalysisID, &c.Type,
		&c.Provider, &c.Operation, &c.RequestModel, &c.ResponseModel, &c.ResponseID, &c.ServiceTier,
		&texts, &c.Stream, &c.Attempts, &start, &end, &firstChunk,
		&u.Status, intoCount(&u.Input), intoCount(&u.Output),
		intoCount(&u.CacheRead), intoCount(&u.CacheWrite), intoCount(&u.Reasoning), intoCount(&u.ToolUse),
		intoCount(&u.ProviderTotal),
		intoCount(&u.InputBy.Text), intoCount(&u.InputBy.Image),
		intoCount(&u.InputBy.Audio), intoCount(&u.InputBy.Video),
		intoCount(&u.OutputBy.Text), intoCount(&u.OutputBy.Image),
		intoCount(&u.OutputBy.Audio), intoCount(&u.OutputBy.Video),
		intoCount(&u.LargestInput),
		&c.ErrorType, &cost, &c.Cost.PriceListVersion,
		&a.Subject, &a.UserID, &a.UserTier, &a.TenantID,
	)
	if err != nil {
		return c, err
	}
	copy(c.Key.Trace[:], trace)
	copy(c.Key.Span[:], span)
	copy(c.Parent[:], parent)
	c.Start, c.End = timeOf(start), timeOf(end)
	c.TimeToFirstChunk = time.Duration(firstChunk) * time.Microsecond
	c.Cost.Amount, c.Cost.Priced = analysis.PicoDollars(cost.Int64), cost.Valid
	c.FinishReasons, err = textsOf(texts)
	return c, err
}

func parentArg(id analysis.SpanID) any {
	if id == (analysis.SpanID{}) {
		return nil
	}
	return id[:]
}

func countArg(c analysis.Count) any {
	if n, known := c.Value(); known {
		return n
	}
	return nil
}

func costArg(c analysis.Cost) any {
	if c.Priced {
		return c.Amount.Pico()
	}
	return nil
}

func textsArg(texts []string) any {
	if len(texts) == 0 {
		return nil
	}
	b, _ := json.Marshal(texts) // strings always marshal
	return string(b)
}

func textsOf(b []byte) (texts []string, err error) {
	if b == nil {
		return nil, nil
	}
	if err := json.Unmarshal(b, &texts); err != nil {
		return nil, fmt.Errorf("finish reasons: %w", err)
	}
	return texts, nil
}

// countScanner scans a column that may be NULL.
type countScanner struct{ count *analysis.Count }

func intoCount(c *analysis.Count) countScanner { return countScanner{c} }

// Scan implements sql.Scanner.
func (s countScanner) Scan(src any) error {
	switch n := src.(type) {
	case nil:
		*s.count = analysis.Unknown()
	case int64:
		*s.count = analysis.Known(n)
	default:
		return fmt.Errorf("a count of type %T", src)
	}
	return nil
}

// The zero time is stored as its own microsecond, and read back as such.
func micros(t time.Time) int64 { return t.UnixMicro() }

func timeOf(us int64) time.Time { return time.UnixMicro(us).UTC() }

// microsUp rounds a bound up, so that "before t" says the same in both.
func microsUp(t time.Time) int64 {
	us := t.UnixMicro()
	if timeOf(us).Before(t) {
		us++
	}
	return us
}
