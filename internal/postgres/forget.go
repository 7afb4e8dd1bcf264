// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/spanledger/spanledger/internal/ledger"
)

var _ ledger.Keeper = (*Store)(nil)

// forgetAnalyses is how many analyses are dropped in one transaction, for which
// all that write wait.
const forgetAnalyses = 500

// PruneSummaries implements [ledger.Pruner].
func (s *Store) PruneSummaries(ctx context.Context, before time.Time) (dropped int64, err error) {
	before = before.UTC().Truncate(time.Microsecond)
	err = s.retry(ctx, func() error {
		return s.inTx(ctx, func(tx pgx.Tx) (err error) {
			before, err = s.moveForgotten(ctx, tx, before)
			return err
		})
	})
	for more := err == nil; more; {
		var gone int64
		gone, err = s.forgetSome(ctx, before)
		dropped += gone
		more = err == nil && gone > 0
	}
	if err != nil {
		return dropped, classify("prune summaries", err)
	}
	return dropped, classify("prune summaries", s.refresh(ctx))
}

// moveForgotten has ends from before the time turned away, and returns the
// time that holds: not later than the horizon. Whoever wrote an end before is
// waited for, and whoever comes after finds that the state has moved.
func (s *Store) moveForgotten(ctx context.Context, tx pgx.Tx, before time.Time) (time.Time, error) {
	if err := s.lock(ctx, tx, partitionLock); err != nil {
		return before, err
	}
	state, _, err := s.loadPartitions(ctx, tx)
	if err != nil {
		return before, err
	}
	if before.After(state.horizon) {
		before = state.horizon
	}
	if !before.After(state.forgotten) {
		return before, nil
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, s.sql.qualify(lockEndsSQL)).ReadAll(); err != nil {
		return before, err
	}
	_, err = tx.Exec(ctx, s.sql.qualify(`UPDATE {schema}.ledger_state SET forgotten = $1`), before)
	return before, err
}

const lockEndsSQL = `
SET LOCAL lock_timeout = '500ms';
LOCK TABLE {schema}.ledger_closed IN SHARE ROW EXCLUSIVE MODE;
SET LOCAL lock_timeout TO DEFAULT`

// forgetSome drops a few analyses. It looks for them before it makes anybody
// wait.
func (s *Store) forgetSome(ctx context.Context, before time.Time) (gone int64, err error) {
	rows, err := s.pool.Query(
		ctx,
		s.sql.qualify(`SELECT analysis_id FROM `+pastSQL+` LIMIT $2`),
		before,
		forgetAnalyses,
	)
	if err != nil {
		return 0, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	err = s.retry(ctx, func() error {
		return s.inTx(ctx, func(tx pgx.Tx) (err error) {
			gone, err = s.forget(ctx, tx, before, ids)
			return err
		})
	})
	return gone, err
}

// forget drops those of the analyses that nobody has written to meanwhile. A
// call or an end that is under way is waited for, for its analysis must not be
// dropped from under it.
func (s *Store) forget(ctx context.Context, tx pgx.Tx, before time.Time, ids []string) (gone int64, err error) {
	for _, name := range []string{partitionLock, compactLock} {
		if err := s.lock(ctx, tx, name); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, s.sql.qualify(lockWritersSQL)).ReadAll(); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, s.sql.qualify(forgetSQL), before, ids).Scan(&gone)
	return gone, err
}

const lockWritersSQL = `
SET LOCAL lock_timeout = '500ms';
LOCK TABLE ONLY {schema}.ledger_call IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE {schema}.ledger_closed IN SHARE ROW EXCLUSIVE MODE;
SET LOCAL lock_timeout TO DEFAULT`

// pastSQL finds the analyses that are over since before $1. All their calls
// are in the rollups, for none is left.
const pastSQL = `{schema}.ledger_analysis a
WHERE start_time < $1
    AND NOT EXISTS (SELECT FROM {schema}.ledger_rollup r
        WHERE r.analysis_id = a.analysis_id AND greatest(r.first_start, r.last_end) >= $1)
    AND NOT EXISTS (SELECT FROM {schema}.ledger_closed c
        WHERE c.analysis_id = a.analysis_id AND greatest(c.start_time, c.end_time) >= $1)
    AND NOT EXISTS (SELECT FROM {schema}.ledger_call c WHERE c.analysis_id = a.analysis_id)`

const forgetSQL = `
WITH gone AS (
    DELETE FROM ` + pastSQL + ` AND analysis_id = ANY($2::text[])
    RETURNING analysis_id
), sums AS (
    DELETE FROM {schema}.ledger_rollup r USING gone WHERE r.analysis_id = gone.analysis_id
), ends AS (
    DELETE FROM {schema}.ledger_closed c USING gone WHERE c.analysis_id = gone.analysis_id
)
SELECT count(*) FROM gone`

// Prunable implements [ledger.Pruner].
func (s *Store) Prunable(ctx context.Context, calls, summaries time.Time) (ledger.Prunable, error) {
	var p ledger.Prunable
	err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
		state, days, err := s.loadPartitions(ctx, tx)
		if err != nil {
			return err
		}
		if calls.After(state.horizon) {
			state.horizon = calls
			if err := tx.QueryRow(ctx, s.sql.qualify(countCallsSQL), calls).Scan(&p.Calls, &p.Days); err != nil {
				return err
			}
			if p.Bytes, err = s.bytesBefore(ctx, tx, days, calls); err != nil {
				return err
			}
		}
		if summaries.After(state.horizon) {
			summaries = state.horizon
		}
		return tx.QueryRow(ctx, s.sql.qualify(countPastSQL), summaries, state.horizon).Scan(&p.Analyses)
	})
	return p, classify("look what can be pruned", err)
}

const countCallsSQL = `
SELECT count(*), count(DISTINCT date_trunc('day', start_time AT TIME ZONE 'UTC'))
FROM {schema}.ledger_call WHERE start_time < $1`

// countPastSQL counts what pastSQL will find once the calls before $2 are
// gone.
const countPastSQL = `
SELECT count(*)
FROM {schema}.analysis_summary a
WHERE start_time < $1 AND coalesce(end_time, start_time) < $1
    AND NOT EXISTS (SELECT FROM {schema}.ledger_call c WHERE c.analysis_id = a.analysis_id AND c.start_time >= $2)`

// bytesBefore returns the size of the partitions that are dropped as a whole.
func (s *Store) bytesBefore(
	ctx context.Context, tx pgx.Tx, days map[time.Time]struct{}, before time.Time,
) (bytes int64, err error) {
	var names []string
	for day := range days {
		if !day.Add(oneDay).After(before) {
			names = append(names, s.sql.qualify("{schema}."+partitionPrefix+day.Format(partitionDay)))
		}
	}
	err = tx.QueryRow(ctx, sizesSQL, names).Scan(&bytes)
	return bytes, err
}

const sizesSQL = `
SELECT coalesce(sum(pg_total_relation_size(name::regclass)), 0)::bigint
FROM unnest($1::text[]) AS name`
