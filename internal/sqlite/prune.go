// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// pruneRows is how many rows one transaction of a sweep looks at, so that
// others write in between.
const pruneRows = 20_000

// Maintain drops the details of calls that are past their retention. Call it
// now and then, every hour by choice.
func (s *Store) Maintain(ctx context.Context) error {
	if s.config.Retention <= 0 {
		return nil
	}
	_, err := s.Prune(ctx, s.now().Add(-s.config.Retention))
	return err
}

// Prune implements [ledger.Store]. It works in pieces; where it is cut off, the
// horizon has moved, and the next Prune drops the rest.
func (s *Store) Prune(ctx context.Context, before time.Time) (dropped int64, err error) {
	var sw sweep
	err = s.inWriteTx(ctx, func(tx *sql.Tx) (err error) {
		sw, err = startSweep(ctx, tx, microsUp(before))
		return err
	})
	for err == nil && sw.next < sw.end {
		err = s.inWriteTx(ctx, func(tx *sql.Tx) error {
			n, err := sw.step(ctx, tx)
			dropped += n
			return err
		})
	}
	if err == nil {
		err = s.inWriteTx(ctx, func(tx *sql.Tx) error { return forgetSpans(ctx, tx, before) })
	}
	return dropped, wrap("prune", err)
}

// sweep drops the calls before a time, in order of rows.
type sweep struct {
	before    int64
	next, end int64
}

// startSweep moves the horizon forward, never back.
func startSweep(ctx context.Context, tx *sql.Tx, before int64) (sweep, error) {
	const moveHorizon = `INSERT INTO ledger_state (name, value) VALUES ('horizon_us', ?)
		ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`
	if _, err := tx.ExecContext(ctx, moveHorizon, before); err != nil {
		return sweep{}, err
	}
	s := sweep{before: before}
	const bounds = `SELECT ifnull(min(rowid), 0), ifnull(max(rowid) + 1, 0) FROM ledger_call`
	err := tx.QueryRowContext(ctx, bounds).Scan(&s.next, &s.end)
	return s, err
}

func (s *sweep) step(ctx context.Context, tx *sql.Tx) (dropped int64, err error) {
	const drop = `DELETE FROM ledger_call WHERE rowid >= ? AND rowid < ? AND start_us < ?`
	result, err := tx.ExecContext(ctx, drop, s.next, s.next+pruneRows, s.before)
	if err != nil {
		return 0, err
	}
	s.next += pruneRows
	return result.RowsAffected()
}

// readHorizon returns the time before which the ledger does not know what it
// has counted; the zero time where it knows all.
func readHorizon(ctx context.Context, tx *sql.Tx) (time.Time, error) {
	horizon := micros(time.Time{})
	err := tx.QueryRowContext(ctx, `SELECT value FROM ledger_state WHERE name = 'horizon_us'`).Scan(&horizon)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return timeOf(horizon), err
}
