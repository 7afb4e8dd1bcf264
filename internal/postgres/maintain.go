// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/spanledger/spanledger/internal/ledger"
)

// compactEvery is how often one of the processes compacts: finding what has
// grown takes a look at every call that is not folded.
const compactEvery = time.Hour

// Maintain does what has to be done now and then, every few minutes by choice:
// it makes the partitions of the next days, folds analyses that have grown,
// seals days that are over, and drops calls that are past their retention. Any
// number of processes may call it. The last two are the owner's alone: for
// another role Maintain leaves them out, and is an error only where the owner
// does not drop what the Retention of this store says.
func (s *Store) Maintain(ctx context.Context) error {
	if err := s.retry(ctx, func() error { return s.makePartitions(ctx, nil) }); err != nil {
		return classify("make partitions", err)
	}
	var owner bool
	if err := s.pool.QueryRow(ctx, isOwnerSQL, s.sql.qualify("{schema}.ledger_call")).Scan(&owner); err != nil {
		return classify("maintain ledger", err)
	}
	if owner { // first, for what is sealed need not be compacted
		if err := s.sealOld(ctx); err != nil {
			return err
		}
	}
	if err := s.compactInTurn(ctx); err != nil {
		return err
	}
	if !owner {
		return s.checkPruned()
	}
	return s.pruneOld(ctx)
}

const isOwnerSQL = `SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = $1::text::regclass`

// compactInTurn compacts where nobody has for some time.
func (s *Store) compactInTurn(ctx context.Context) error {
	tag, err := s.pool.Exec(ctx, s.sql.qualify(takeTurnSQL), compactEvery.Seconds())
	if err != nil || tag.RowsAffected() == 0 {
		return classify("compact ledger", err)
	}
	return s.compact(ctx)
}

const takeTurnSQL = `
UPDATE {schema}.ledger_state SET compacted_at = now()
WHERE compacted_at < now() - make_interval(secs => $1)`

// sealOld seals one day more each day, and hides it later.
func (s *Store) sealOld(ctx context.Context) error {
	now, err := s.earlierClock(ctx, s.pool)
	if err != nil {
		return classify("tell the time of the ledger", err)
	}
	until := now.Add(-sealAge).Truncate(oneDay)
	if s.partitions.current().sealed.Before(until) {
		if err := s.seal(ctx, until); err != nil {
			return err
		}
	}
	if err := s.hide(ctx); err != nil {
		return err
	}
	return classify("read state", s.refresh(ctx))
}

// pruneOld drops what is past its retention: calls first, for an analysis is
// dropped only after its calls.
func (s *Store) pruneOld(ctx context.Context) error {
	if s.config.Retention <= 0 {
		return nil
	}
	now, err := s.agedTime(ctx)
	if err != nil {
		return classify("tell the time of the ledger", err)
	}
	if _, err := s.Prune(ctx, s.retained(now)); err != nil || s.config.SummaryRetention <= 0 {
		return err
	}
	_, err = s.PruneSummaries(ctx, now.Add(-s.config.SummaryRetention).Truncate(oneDay))
	return err
}

// retained returns the midnight from which on calls are kept.
func (s *Store) retained(now time.Time) time.Time {
	return now.UTC().Add(-s.config.Retention).Truncate(oneDay)
}

var errNotPruned = errors.New("only the owner of the tables may drop calls past the retention, and does not; " +
	"run one exporter as the owner, or set retention to 0 here")

// checkPruned gives the owner a day to prune.
func (s *Store) checkPruned() error {
	due := s.retained(s.now()).Add(-oneDay)
	if s.config.Retention <= 0 || !s.partitions.current().horizon.Before(due) {
		return nil
	}
	return &ledger.Error{Op: "maintain ledger", Class: ledger.Retryable, Err: errNotPruned}
}
