// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

const upsertTablesSQL = primaryKeySQL + `;
CREATE TABLE floor.summary (
    analysis_id text, call_type text, calls bigint, input_tokens bigint, output_tokens bigint,
    first_start timestamptz, last_end timestamptz,
    PRIMARY KEY (analysis_id, call_type)
)`

const upsertCallSQL = `
INSERT INTO floor.call (
    analysis_id, start_time, trace_id, span_id, end_time, recorded_at, call_type, provider, request_model,
    response_model, input_tokens, output_tokens, attempts, usage_status, stream, folded, nested)
VALUES ($1, $2, $3, $4, $5, $5, $6, 'gcp.gemini', 'gemini-2.5-flash', 'gemini-2.5-flash', $7, $8,
    1, 1, false, true, false)
ON CONFLICT DO NOTHING`

const upsertSummarySQL = `
INSERT INTO floor.summary AS s VALUES ($1, $2, 1, $3, $4, $5, $6)
ON CONFLICT (analysis_id, call_type) DO UPDATE SET
    calls = s.calls + 1,
    input_tokens = s.input_tokens + excluded.input_tokens,
    output_tokens = s.output_tokens + excluded.output_tokens,
    first_start = least(s.first_start, excluded.first_start),
    last_end = greatest(s.last_end, excluded.last_end)`

// upsertAll is the plain program: a transaction for each span, which inserts
// the call and, where it is new, adds it to the summary.
func (c *comparison) upsertAll(ctx context.Context) (figures, error) {
	if _, err := c.server.Exec(ctx, `CREATE SCHEMA floor; `+upsertTablesSQL); err != nil {
		return figures{}, err
	}
	spans, err := c.spans(c.upserts)
	if err != nil {
		return figures{}, err
	}
	conns, closeAll, err := c.connect(ctx, floorWriters)
	if err != nil {
		return figures{}, err
	}
	defer closeAll()
	m, err := c.start(ctx, nil)
	if err != nil {
		return figures{}, err
	}
	err = share(conns, spans, func(conn *pgx.Conn, s *ptrace.Span) error { return upsert(ctx, conn, *s) })
	if err != nil {
		return figures{}, err
	}
	return m.stop(ctx, len(spans), "floor", "call")
}

func upsert(ctx context.Context, conn *pgx.Conn, span ptrace.Span) error {
	id, _ := span.Attributes().Get("spanledger.analysis.id")
	callType, _ := span.Attributes().Get("spanledger.call.type")
	input, _ := span.Attributes().Get("gen_ai.usage.input_tokens")
	output, _ := span.Attributes().Get("gen_ai.usage.output_tokens")
	trace, key := span.TraceID(), span.SpanID()
	start, end := span.StartTimestamp().AsTime(), span.EndTimestamp().AsTime()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, upsertCallSQL, id.Str(), start.Truncate(time.Microsecond), trace[:], key[:], end,
			callType.Str(), input.Int(), output.Int())
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, upsertSummarySQL, id.Str(), callType.Str(), input.Int(), output.Int(), start, end)
		return err
	})
}

// spans returns the first of the load, at most so many.
func (c *comparison) spans(n int) ([]ptrace.Span, error) {
	var out []ptrace.Span
	for i := range c.work {
		r := ptraceotlp.NewExportRequest()
		if err := r.UnmarshalProto(c.work[i].body); err != nil {
			return nil, err
		}
		spans := r.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans()
		for j := range spans.Len() {
			if len(out) == n {
				return out, nil
			}
			out = append(out, spans.At(j))
		}
	}
	return out, nil
}
