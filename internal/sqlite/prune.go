// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// pruneRows is how many rows one transaction of a sweep looks at, so that
// others write in between.
const pruneRows = 20_000

// Maintain drops what is past its retention: calls first, for an analysis is
// dropped only after its calls. Call it now and then, every few minutes by
// choice: once a day there is something to do.
func (s *Store) Maintain(ctx context.Context) error {
	if s.config.Retention <= 0 {
		return nil
	}
	now, err := s.agedTime(ctx)
	if err != nil {
		return wrap("tell the time of the ledger", err)
	}
	swept, err := readState(ctx, s.read, sweptState)
	if err != nil {
		return wrap("read state", err)
	}
	if before := now.Add(-s.config.Retention).Truncate(oneDay); before.After(swept) {
		if _, err := s.Prune(ctx, before); err != nil {
			return err
		}
	}
	if s.config.SummaryRetention <= 0 {
		return nil
	}
	_, err = s.PruneSummaries(ctx, now.Add(-s.config.SummaryRetention).Truncate(oneDay))
	return err
}

// agedTime returns the time that the age of calls is counted from: that of this
// machine, but not later than the end of the last day on which a call started.
// Calls may come from other machines, whose clocks are right where this one's
// is not: where nothing has come in for a year, it is not known that a year has
// passed. In a ledger that holds no call it is the zero time.
func (s *Store) agedTime(ctx context.Context) (time.Time, error) {
	var last sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT max(start_us) FROM ledger_call`).Scan(&last)
	if err != nil || !last.Valid {
		return time.Time{}, err
	}
	now, end := s.now().UTC(), timeOf(last.Int64).Truncate(oneDay).Add(oneDay)
	if end.Before(now) {
		return end, nil
	}
	return now, nil
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
		err = s.inWriteTx(ctx, func(tx *sql.Tx) error {
			if err := forgetSpans(ctx, tx, before); err != nil {
				return err
			}
			return moveState(ctx, tx, sweptState, sw.before)
		})
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
	if err := moveState(ctx, tx, horizonState, before); err != nil {
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
