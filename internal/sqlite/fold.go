// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// cancelCheck is after how many rows Fold asks its context again.
const cancelCheck = 64

// Fold implements [ledger.Store]. It waits for other writers up to five
// seconds, those of other processes included, and begins no transaction again.
func (s *Store) Fold(ctx context.Context, batch *ledger.Batch) (ledger.Outcome, error) {
	if len(batch.Calls)+len(batch.Closed) == 0 {
		return ledger.Outcome{}, nil
	}
	var outcome ledger.Outcome
	err := s.inWriteTx(ctx, func(tx *sql.Tx) error {
		horizon, err := readHorizon(ctx, tx)
		if err != nil {
			return err
		}
		forgotten, err := readState(ctx, tx, forgottenState)
		if err != nil {
			return err
		}
		f := &folding{
			tx: tx, stmts: s.stmts.in(ctx, tx), now: s.now(),
			horizon: horizon, forgotten: forgotten, registry: make(registry),
		}
		err = f.fold(ctx, batch)
		outcome = f.outcome
		return err
	})
	if err != nil {
		return ledger.Outcome{}, wrap("fold batch", err)
	}
	return outcome, nil
}

// folding is one batch on its way into the ledger.
type folding struct {
	tx    *sql.Tx
	stmts statements
	now   time.Time
	// Calls from before the horizon are late, ends from before forgotten too.
	horizon, forgotten time.Time

	fresh []analysis.Call
	// outers are the calls that turned out to be rolled up.
	outers   map[analysis.SpanKey]struct{}
	registry registry
	outcome  ledger.Outcome
}

func (f *folding) fold(ctx context.Context, batch *ledger.Batch) error {
	uncut := context.WithoutCancel(ctx) // a statement that may be cut off costs a goroutine
	f.fresh = make([]analysis.Call, 0, len(batch.Calls))
	for i := range batch.Calls {
		if i%cancelCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c := ledger.Canonical(batch.Calls[i])
		if err := f.addCall(uncut, &c); err != nil {
			return err
		}
	}
	for i := range batch.Closed {
		c := ledger.CanonicalClosed(batch.Closed[i])
		if err := f.addClosed(uncut, &c); err != nil {
			return err
		}
	}
	if err := f.rollUp(uncut); err != nil {
		return err
	}
	return f.moveSums(uncut)
}

func (f *folding) addCall(ctx context.Context, c *analysis.Call) error {
	switch {
	case c.Start.Before(f.horizon):
		f.outcome.Late++
		return f.setAside(ctx, c, "late")
	case c.Start.After(f.now.Add(ledger.FutureSlack)):
		f.outcome.Future++
		return f.setAside(ctx, c, "future")
	}
	args := callArgs(c)
	inserted, err := changed(f.stmts.insertCall.ExecContext(ctx, args...))
	if err != nil {
		return err
	}
	if inserted {
		f.outcome.Folded++
		f.fresh = append(f.fresh, *c)
		return nil
	}
	f.outcome.Duplicate++
	var same int
	if err := f.stmts.sameCall.QueryRowContext(ctx, args...).Scan(&same); err != nil {
		return err
	}
	f.outcome.Conflicting += 1 - same
	return nil
}

const insertAside = `INSERT INTO ledger_late (trace_id, span_id, analysis_id, call_type, start_us, recorded_us, reason)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (trace_id, span_id) DO NOTHING`

func (f *folding) setAside(ctx context.Context, c *analysis.Call, reason string) error {
	_, err := f.tx.ExecContext(ctx, insertAside,
		c.Key.Trace[:], c.Key.Span[:], c.AnalysisID, string(c.Type), micros(c.Start), micros(f.now), reason)
	return err
}

const insertClosed = `INSERT INTO ledger_closed (
	trace_id, span_id, analysis_id, start_us, end_us, calls, input_tokens, output_tokens
) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (trace_id, span_id) DO NOTHING`

func (f *folding) addClosed(ctx context.Context, c *analysis.Closed) error {
	if c.Start.Before(f.forgotten) && c.End.Before(f.forgotten) {
		f.outcome.LateEnds++
		return nil
	}
	inserted, err := changed(f.stmts.insertClosed.ExecContext(ctx,
		c.Key.Trace[:], c.Key.Span[:], c.AnalysisID, micros(c.Start), micros(c.End), c.Calls, c.Input, c.Output))
	if err == nil && inserted {
		f.registry.addClosed(c)
	}
	return err
}

// moveSums adds what was new to the sums and to the registry.
func (f *folding) moveSums(ctx context.Context) error {
	groups, err := f.groups(ctx)
	if err != nil {
		return err
	}
	for i := range groups {
		if _, err := f.stmts.upsertRollup.ExecContext(ctx, rollupArgs(&groups[i], f.now)...); err != nil {
			return err
		}
	}
	f.registry.addCalls(f.fresh)
	for _, id := range f.registry.ids() {
		if _, err := f.stmts.upsertAnalysis.ExecContext(ctx, f.registry[id].args(id, f.now)...); err != nil {
			return err
		}
	}
	return nil
}

// changed reports whether a statement wrote a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
