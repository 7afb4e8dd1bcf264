// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"time"
)

// compactEvery is how often one of the processes compacts: finding what has
// grown takes a look at every call that is not folded.
const compactEvery = time.Hour

// Maintain does what has to be done now and then, every few minutes by choice:
// it makes the partitions of the next days, folds analyses that have grown,
// seals days that are over, and drops calls that are past their retention. Any
// number of processes may call it.
func (s *Store) Maintain(ctx context.Context) error {
	if err := s.retry(ctx, func() error { return s.makePartitions(ctx, nil) }); err != nil {
		return classify("make partitions", err)
	}
	if err := s.compactInTurn(ctx); err != nil {
		return err
	}
	if err := s.sealOld(ctx); err != nil {
		return err
	}
	if s.config.Retention <= 0 {
		return nil
	}
	_, err := s.Prune(ctx, s.now().UTC().Add(-s.config.Retention).Truncate(oneDay))
	return err
}

// compactInTurn compacts where nobody has for some time.
func (s *Store) compactInTurn(ctx context.Context) error {
	now := s.now()
	tag, err := s.pool.Exec(ctx, s.sql.qualify(takeTurnSQL), now, now.Add(-compactEvery))
	if err != nil || tag.RowsAffected() == 0 {
		return classify("compact ledger", err)
	}
	_, err = s.Compact(ctx)
	return err
}

const takeTurnSQL = `UPDATE {schema}.ledger_state SET compacted_at = $1 WHERE compacted_at < $2`

// sealOld seals one day more each day. What was sealed the day before may then
// be hidden: by now no reader holds a snapshot that is older.
func (s *Store) sealOld(ctx context.Context) error {
	until := s.now().UTC().Add(-sealAge).Truncate(oneDay)
	before := s.partitions.current().sealed
	if !before.Before(until) {
		return nil
	}
	if err := s.Seal(ctx, until); err != nil {
		return err
	}
	if err := s.retry(ctx, func() error { return s.hideSealed(ctx, before) }); err != nil {
		return classify("hide sealed days", err)
	}
	return classify("read state", s.refresh(ctx))
}
