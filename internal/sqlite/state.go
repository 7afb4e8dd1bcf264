// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

const oneDay = 24 * time.Hour

// The rows of ledger_state. Times move forward only.
const (
	// horizonState is the earliest start of a call that may be counted.
	horizonState = "horizon_us"
	// sweptState is the time before which no call is left.
	sweptState = "swept_us"
	// forgottenState is the time before which analyses have been dropped.
	forgottenState = "forgotten_us"
)

// readState returns a time of the ledger's state, the zero time where it has
// not been set.
func readState(ctx context.Context, q querier, name string) (time.Time, error) {
	value := micros(time.Time{})
	err := q.QueryRowContext(ctx, `SELECT value FROM ledger_state WHERE name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return timeOf(value), err
}

// moveState moves a time of the state forward, never back.
func moveState(ctx context.Context, tx *sql.Tx, name string, us int64) error {
	const move = `INSERT INTO ledger_state (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`
	_, err := tx.ExecContext(ctx, move, name, us)
	return err
}

// readHorizon returns the time before which the ledger does not know what it
// has counted; the zero time where it knows all.
func readHorizon(ctx context.Context, q querier) (time.Time, error) {
	return readState(ctx, q, horizonState)
}
