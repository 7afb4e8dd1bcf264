// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"encoding/binary"
	"iter"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/spanledger/spanledger/internal/analysis"
)

// outer is a call that is in the ledger, or was just written, and is found to
// be rolled up.
type outer struct {
	key   analysis.SpanKey
	start time.Time
	// tid is where its row is, as long as the transaction holds the row.
	tid    []byte
	folded bool
	// group is what the call added to the sums.
	group analysis.Group
}

// lockOutersSQL locks calls of one day in the order given and returns what they
// added to the sums, each count as a bigint. A call that is rolled up already
// is left out. The join has no choice but to look up one call after the other.
// The last condition leaves one partition in the plan: among several, Postgres
// loses rows that it had to wait for, for it looks at the row's new version in
// the partitions that an earlier row of the join left.
const lockOutersSQL = `
SELECT u.trace_id, u.span_id, u.start_time, u.analysis_id, c.ctid, c.folded,
    c.call_type, c.provider, coalesce(c.response_model, c.request_model, ''), c.end_time,
    (c.error_type IS NOT NULL)::int::bigint, (c.usage_status = 0)::int::bigint,
    (c.usage_status = 2)::int::bigint, (c.usage_status = 3)::int::bigint,
    (c.cost_pico IS NULL AND c.usage_status <> 0)::int::bigint, (c.cost_pico IS NOT NULL)::int::bigint,
    coalesce(c.input_tokens, 0), coalesce(c.output_tokens, 0), coalesce(c.cache_read_tokens, 0),
    coalesce(c.cache_write_tokens, 0), coalesce(c.reasoning_tokens, 0), coalesce(c.tool_use_tokens, 0),
    coalesce(c.provider_total_tokens - coalesce(c.input_tokens, 0) - coalesce(c.output_tokens, 0), 0),
    coalesce(c.cost_pico, 0)
FROM (SELECT * FROM {rows} ORDER BY ord) u
CROSS JOIN LATERAL (
    SELECT c.ctid, c.*
    FROM {schema}.ledger_call c
    WHERE c.analysis_id = u.analysis_id AND c.start_time = u.start_time
        AND c.trace_id = u.trace_id AND c.span_id = u.span_id AND NOT c.nested
        AND c.start_time >= $5 AND c.start_time < $6
    LIMIT 1
    FOR UPDATE
) c`

// lockOuters returns those of the calls that are in the ledger and not rolled
// up yet, in order of time. The rows are in the order of compareRows, which is
// that of everybody who locks calls.
func (p *posting) lockOuters(ctx context.Context, conn *pgconn.PgConn, rows []*row) ([]*outer, error) {
	batch := &pgconn.Batch{}
	for day, calls := range byDay(rows, func(r *row) time.Time { return r.Start }) {
		queue(batch, p.sql.lockOuters, keyTable.params(calls).withTimes(day, day.Add(oneDay)))
	}
	results, err := conn.ExecBatch(ctx, batch).ReadAll()
	if err != nil {
		return nil, err
	}
	var outers []*outer
	for _, result := range results {
		for _, values := range result.Rows {
			outers = append(outers, newOuter(values))
		}
	}
	return outers, nil
}

// byDay cuts items that are in order of day into those of each day.
func byDay[T any](items []T, start func(item T) time.Time) iter.Seq2[time.Time, []T] {
	return func(yield func(time.Time, []T) bool) {
		for len(items) > 0 {
			day, n := start(items[0]).Truncate(oneDay), 1
			for n < len(items) && start(items[n]).Truncate(oneDay).Equal(day) {
				n++
			}
			if !yield(day, items[:n]) {
				return
			}
			items = items[n:]
		}
	}
}

func newOuter(values [][]byte) *outer {
	o := &outer{start: timeOf(values[2]), tid: values[4], folded: values[5][0] == 1}
	copy(o.key.Trace[:], values[0])
	copy(o.key.Span[:], values[1])
	o.group.Key = analysis.GroupKey{
		AnalysisID: string(values[3]), CallType: analysis.CallType(values[6]),
		Provider: string(values[7]), Model: string(values[8]),
	}
	t := &o.group.Totals
	t.Calls, t.Start, t.End = 1, o.start, timeOf(values[9])
	t.Busy = t.End.Sub(t.Start)
	for i, sum := range []*int64{
		&t.Failed, &t.WithoutUsage, &t.Partial, &t.Estimated, &t.Unpriced, &t.Priced,
		&t.Input, &t.Output, &t.CacheRead, &t.CacheWrite, &t.Reasoning, &t.ToolUse, &t.Unaccounted,
	} {
		*sum = int64Of(values[10+i])
	}
	t.Cost = analysis.PicoDollars(int64Of(values[23]))
	return o
}

func int64Of(value []byte) int64 {
	return int64(binary.BigEndian.Uint64(value)) //nolint:gosec // two's complement is what Postgres sends
}

// markOutersSQL marks calls of one day that this transaction holds, as folded
// too: nobody has to add them up any more. Their places are known, so that
// nothing has to be looked for.
const markOutersSQL = `
UPDATE {schema}.ledger_call SET nested = true, folded = true, recorded_at = greatest(recorded_at, $4)
WHERE ctid = ANY($1) AND start_time >= $2 AND start_time < $3`

var (
	tidKind  = kind{"tid", pgtype.TIDOID, pgtype.TIDArrayOID}
	tidTable = table[outer]{{"ctid", tidKind, func(b []byte, o *outer) []byte { return appendBytes(b, o.tid) }}}
)

// queueMarks has the calls marked.
func (p *posting) queueMarks(batch *pgconn.Batch) {
	for day, outers := range byDay(p.outers, func(o *outer) time.Time { return o.start }) {
		queue(batch, p.sql.markOuters, tidTable.params(outers).withTimes(day, day.Add(oneDay), p.now))
	}
}

func (p params) withTimes(times ...time.Time) params {
	for _, at := range times {
		p.values = append(p.values, unframe(appendTime(nil, at)))
		p.oids = append(p.oids, timestampKind.oid)
	}
	return p
}

// settleOuters marks the rows of this batch that are rolled up, and returns
// what has to be taken back from the rollups because of the others. Of calls
// that are not in the rollups, that is no more than their bounds.
func (p *posting) settleOuters() (removed []analysis.Group) {
	fresh := make(map[analysis.SpanKey]*row)
	if len(p.outers) > 0 {
		for _, r := range p.fresh {
			fresh[r.Key] = r
		}
	}
	p.unfolded = 0
	for _, o := range p.outers {
		if r, ok := fresh[o.key]; ok {
			r.nested, r.folded = true, true
			continue
		}
		p.unfolded++
		if t := &o.group.Totals; !o.folded && !o.start.Before(p.state.sealed) {
			*t = analysis.Totals{Start: t.Start, End: t.End}
		}
		removed = append(removed, o.group)
	}
	return removed
}
