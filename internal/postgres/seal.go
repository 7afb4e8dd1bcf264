// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// sealAge is how old a day is when Maintain seals it: few calls come in
	// later.
	sealAge = 2 * oneDay
	// hideAge is how long a day has been sealed when it is hidden: no reader
	// holds a snapshot for that long.
	hideAge = time.Hour
)

// seal folds every call of the days that lie before the given time, without
// touching the calls themselves: from then on, readers take these days from
// the rollups alone, and plans pass their partitions by. Calls that arrive
// later for such a day are folded at once. It changes no sum.
func (s *Store) seal(ctx context.Context, before time.Time) error {
	until := before.UTC().Truncate(oneDay)
	for {
		var sealed time.Time
		err := s.retry(ctx, func() error {
			return s.inTx(ctx, func(tx pgx.Tx) (err error) {
				sealed, err = s.sealDay(ctx, tx, until)
				return err
			})
		})
		if err != nil || !sealed.Before(until) {
			return classify("seal ledger", err)
		}
	}
}

// sealDay seals the first day before the given time that has calls and is not
// sealed yet, and returns what is sealed now. Writers of that day wait; those
// of other days, and readers, go on. Whoever wrote a call of the day before
// is waited for, and whoever comes after finds that the state has moved.
func (s *Store) sealDay(ctx context.Context, tx pgx.Tx, until time.Time) (sealed time.Time, err error) {
	for _, name := range []string{partitionLock, compactLock} {
		if err := s.lock(ctx, tx, name); err != nil {
			return sealed, err
		}
	}
	state, days, err := s.loadPartitions(ctx, tx)
	if err != nil || !state.sealed.Before(until) {
		return state.sealed, err
	}
	day := firstDay(days, state.sealed, until)
	if next := day.Add(oneDay); next.Before(until) {
		until = next
	}
	if _, ok := days[day]; ok {
		lock := strings.ReplaceAll(lockDaySQL, "{name}", partitionPrefix+day.Format(partitionDay))
		if _, err := tx.Conn().PgConn().Exec(ctx, s.sql.qualify(lock)).ReadAll(); err != nil {
			return sealed, err
		}
		if _, err := tx.Exec(ctx, s.sql.qualify(sealDaySQL), day, until); err != nil {
			return sealed, err
		}
	}
	_, err = tx.Exec(ctx, s.sql.qualify(moveSealedSQL), until)
	return until, err
}

// firstDay returns the first of the days that ends after sealed and begins
// before until; where there is none, the last day before until.
func firstDay(days map[time.Time]struct{}, sealed, until time.Time) time.Time {
	first := until.Add(-oneDay)
	for day := range days {
		if day.Add(oneDay).After(sealed) && day.Before(first) {
			first = day
		}
	}
	return first
}

const lockDaySQL = `
SET LOCAL lock_timeout = '500ms';
LOCK TABLE {schema}.{name} IN SHARE ROW EXCLUSIVE MODE;
SET LOCAL lock_timeout TO DEFAULT`

const sealDaySQL = `
WITH moved AS (
    SELECT * FROM {schema}.ledger_unfolded WHERE start_time >= $1 AND start_time < $2
)` + addMovedSQL

const moveSealedSQL = `UPDATE {schema}.ledger_state SET sealed = $1, sealed_at = now()`

// hide tells the planner of what has been sealed for long enough, and drops the
// indexes that no reader uses any more.
func (s *Store) hide(ctx context.Context) error {
	if err := s.retry(ctx, func() error { return s.hideSealed(ctx) }); err != nil {
		return classify("hide sealed days", err)
	}
	rows, err := s.pool.Query(ctx, s.sql.qualify(hiddenIndexesSQL), s.schema)
	if err != nil {
		return classify("hide sealed days", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		if err != nil {
			break
		}
		err = s.retry(ctx, func() error { return s.dropIndex(ctx, name) })
	}
	return classify("drop indexes of hidden days", err)
}

// hideSealed moves the time before which everything is sealed and the planner
// knows it: a reader whose snapshot is older than the seal still needs the calls
// themselves.
func (s *Store) hideSealed(ctx context.Context) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.lock(ctx, tx, partitionLock); err != nil {
			return err
		}
		var sealed time.Time
		err := tx.QueryRow(ctx, s.sql.qualify(moveHiddenSQL), hideAge.Seconds()).Scan(&sealed)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		view := strings.ReplaceAll(unfoldedViewSQL, "{sealed}", sealed.UTC().Format(time.RFC3339Nano))
		_, err = tx.Conn().PgConn().Exec(ctx, s.sql.qualify(view)).ReadAll()
		return err
	})
}

const moveHiddenSQL = `
UPDATE {schema}.ledger_state SET hidden = sealed
WHERE hidden < sealed AND sealed_at < now() - make_interval(secs => $1)
RETURNING sealed`

const unfoldedViewSQL = `
SET LOCAL lock_timeout = '500ms';
CREATE OR REPLACE VIEW {schema}.ledger_unfolded AS
SELECT *
FROM {schema}.ledger_call
WHERE NOT folded
    AND start_time >= (SELECT sealed FROM {schema}.ledger_state)
    AND start_time >= '{sealed}'::timestamptz`

// hiddenIndexesSQL finds the indexes of calls that are in no rollup, of days
// that lie before what is hidden.
const hiddenIndexesSQL = `
SELECT i.relname::text
FROM pg_class i
JOIN pg_namespace n ON n.oid = i.relnamespace
CROSS JOIN {schema}.ledger_state
WHERE n.nspname = $1 AND i.relkind = 'i' AND i.relname ~ '^ledger_call_\d{8}_unfolded$'
    AND i.relname < 'ledger_call_' || to_char(hidden AT TIME ZONE 'UTC', 'YYYYMMDD')
ORDER BY i.relname`

// dropIndex waits for whoever reads or writes the day: not for long. Another
// process may have been here before.
func (s *Store) dropIndex(ctx context.Context, name string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		sql := strings.ReplaceAll(dropIndexSQL, "{name}", name)
		_, err := tx.Conn().PgConn().Exec(ctx, s.sql.qualify(sql)).ReadAll()
		return err
	})
}

const dropIndexSQL = `
SET LOCAL lock_timeout = '500ms';
DROP INDEX IF EXISTS {schema}.{name}`
