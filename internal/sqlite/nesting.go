// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// claimSpan writes what is told of a span, where it is new. It returns whether
// both is known now, that it is a call and that a call is nested in it, and no
// row where nothing was new.
const claimSpan = `INSERT INTO ledger_nesting (trace_id, span_id, is_call, has_inner, start_us)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (trace_id, span_id) DO UPDATE SET
	start_us = iif(excluded.is_call > is_call, excluded.start_us, start_us),
	is_call = max(is_call, excluded.is_call),
	has_inner = max(has_inner, excluded.has_inner)
WHERE excluded.is_call > is_call OR excluded.has_inner > has_inner
RETURNING is_call AND has_inner`

// markOuter takes a call out of all sums.
const markOuter = `UPDATE ledger_call SET nested = 1 WHERE trace_id = ? AND span_id = ? AND nested = 0`

var selectCounted = `SELECT ` + strings.Join(callColumns, ", ") + ` FROM ledger_call
WHERE trace_id = ? AND span_id = ? AND nested = 0`

// rollUp finds the calls that are rolled up because of those that are new.
func (f *folding) rollUp(ctx context.Context) error {
	fresh := make([]*analysis.Call, len(f.fresh))
	for i := range f.fresh {
		fresh[i] = &f.fresh[i]
	}
	nesting := ledger.Nest(fresh)
	f.outers = nesting.Outer
	for i := range nesting.Claims {
		c := &nesting.Claims[i]
		var both bool
		err := f.stmts.claimSpan.QueryRowContext(ctx,
			c.Key.Trace[:], c.Key.Span[:], c.Call != nil, c.Call == nil, micros(c.Start)).Scan(&both)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if both {
			f.outers[c.Key] = struct{}{}
		}
	}
	return nil
}

// groups marks the calls that are rolled up, and returns what the batch
// changes in the sums.
func (f *folding) groups(ctx context.Context) ([]analysis.Group, error) {
	if len(f.outers) == 0 {
		return analysis.FoldGroups(f.fresh), nil
	}
	var counted, nested []analysis.Call
	for i := range f.fresh {
		c := &f.fresh[i]
		if _, outer := f.outers[c.Key]; !outer {
			counted = append(counted, *c)
			continue
		}
		nested = append(nested, *c)
		if _, err := f.stmts.markOuter.ExecContext(ctx, c.Key.Trace[:], c.Key.Span[:]); err != nil {
			return nil, err
		}
	}
	removed, err := f.takeOut(ctx, nested)
	if err != nil {
		return nil, err
	}
	f.outcome.Folded -= len(nested)
	f.outcome.Nested, f.outcome.Unfolded = len(nested), len(removed)
	return ledger.RollUp(
		analysis.FoldGroups(counted), analysis.FoldGroups(nested), analysis.FoldGroups(removed)), nil
}

// takeOut marks the calls of earlier batches that are rolled up now, and
// returns them. The new ones that are given are marked already.
func (f *folding) takeOut(ctx context.Context, fresh []analysis.Call) (removed []analysis.Call, err error) {
	for i := range fresh {
		delete(f.outers, fresh[i].Key)
	}
	for key := range f.outers {
		counted, err := collect(ctx, f.tx, scanCall, selectCounted, key.Trace[:], key.Span[:])
		if err != nil {
			return nil, err
		}
		if _, err := f.stmts.markOuter.ExecContext(ctx, key.Trace[:], key.Span[:]); err != nil {
			return nil, err
		}
		removed = append(removed, counted...)
	}
	return removed, nil
}

// forgetSpans drops what is known of spans around calls that are dropped. It
// leaves a day in between, for a call within another may seem to start before
// it where clocks differ.
func forgetSpans(ctx context.Context, tx *sql.Tx, before time.Time) error {
	const drop = `DELETE FROM ledger_nesting WHERE start_us < ?`
	_, err := tx.ExecContext(ctx, drop, microsUp(before.Add(-ledger.FutureSlack)))
	return err
}
