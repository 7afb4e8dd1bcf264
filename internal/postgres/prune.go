// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/spanledger/spanledger/internal/ledger"
)

// Prune drops the details of calls that started before the given time, as
// [ledger.Store] asks. Days that lie before it are dropped as whole tables;
// the calls of a day that it cuts are deleted one by one, so that midnight in
// UTC is the time to choose.
func (s *Store) Prune(ctx context.Context, before time.Time) (dropped int64, err error) {
	before = before.UTC().Truncate(time.Microsecond)
	if err := s.refresh(ctx); err != nil {
		return 0, classify("prune ledger", err)
	}
	if !before.After(s.partitions.current().horizon) {
		return 0, nil
	}
	// Under the lock that drop takes, little is left to fold.
	if err := s.seal(ctx, before); err != nil {
		return 0, err
	}
	err = s.retry(ctx, func() error {
		return s.inTx(ctx, func(tx pgx.Tx) (err error) {
			dropped, err = s.drop(ctx, tx, before)
			return err
		})
	})
	if err != nil {
		return 0, classify("prune ledger", err)
	}
	if _, err := s.pool.Exec(ctx, s.sql.qualify(forgetSpansSQL), before.Add(-ledger.FutureSlack)); err != nil {
		return dropped, classify("prune ledger", err)
	}
	return dropped, classify("prune ledger", s.refresh(ctx))
}

// forgetSpansSQL drops what is known of spans around calls that are dropped.
// It waits for nobody: what a writer holds goes the next time. Callers leave a
// day in between, for a call within another may seem to start before it where
// clocks differ.
const forgetSpansSQL = `
WITH old AS MATERIALIZED (
    SELECT trace_id, span_id FROM {schema}.ledger_nesting WHERE start_time < $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM {schema}.ledger_nesting n USING old WHERE n.trace_id = old.trace_id AND n.span_id = old.span_id`

// drop does the work while nobody else reads or writes calls. The lock on the
// parent comes before any row of the rollups, and is given up rather than long
// waited for: whoever comes after waits too.
func (s *Store) drop(ctx context.Context, tx pgx.Tx, before time.Time) (dropped int64, err error) {
	if err := s.lock(ctx, tx, partitionLock); err != nil {
		return 0, err
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, s.sql.qualify(lockCallsSQL)).ReadAll(); err != nil {
		return 0, err
	}
	state, days, err := s.loadPartitions(ctx, tx)
	if err != nil || !before.After(state.horizon) {
		return 0, err
	}
	if err := tx.QueryRow(ctx, s.sql.qualify(foldRestSQL), before).Scan(&dropped); err != nil {
		return 0, err
	}
	if err := s.dropPartitions(ctx, tx, days, before); err != nil {
		return 0, err
	}
	for _, sql := range []string{deleteCallsSQL, deleteAsideSQL, moveHorizonSQL} {
		if _, err := tx.Exec(ctx, s.sql.qualify(sql), before); err != nil {
			return 0, err
		}
	}
	return dropped, nil
}

// dropPartitions drops the days that lie before the given time as a whole.
func (s *Store) dropPartitions(
	ctx context.Context, tx pgx.Tx, days map[time.Time]struct{}, before time.Time,
) error {
	for day := range days {
		if day.Add(oneDay).After(before) {
			continue
		}
		sql := s.sql.qualify("DROP TABLE {schema}." + partitionPrefix + day.Format(partitionDay))
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

const lockCallsSQL = `
SET LOCAL lock_timeout = '500ms';
LOCK TABLE {schema}.ledger_call IN ACCESS EXCLUSIVE MODE;
SET LOCAL lock_timeout TO DEFAULT`

// foldRestSQL folds what is still unfolded, and counts all that goes.
const foldRestSQL = `
WITH moved AS (
    SELECT * FROM {schema}.ledger_unfolded WHERE start_time < $1
), added AS (` + addMovedSQL + `
)
SELECT count(*) FROM {schema}.ledger_call WHERE start_time < $1`

const (
	deleteCallsSQL = `DELETE FROM {schema}.ledger_call WHERE start_time < $1`
	deleteAsideSQL = `DELETE FROM {schema}.ledger_late WHERE recorded_at < $1`
)

const moveHorizonSQL = `
UPDATE {schema}.ledger_state SET
    horizon = $1,
    sealed = greatest(sealed, $1),
    sealed_at = CASE WHEN sealed < $1 THEN now() ELSE sealed_at END`
