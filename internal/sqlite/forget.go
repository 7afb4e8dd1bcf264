// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/spanledger/spanledger/internal/ledger"
)

var _ ledger.Keeper = (*Store)(nil)

// forgetAnalyses is how many analyses are dropped in one transaction.
const forgetAnalyses = 1000

// PruneSummaries implements [ledger.Pruner].
func (s *Store) PruneSummaries(ctx context.Context, before time.Time) (dropped int64, err error) {
	bound := microsUp(before)
	err = s.inWriteTx(ctx, func(tx *sql.Tx) error {
		horizon, err := readHorizon(ctx, tx)
		if err != nil {
			return err
		}
		bound = min(bound, micros(horizon))
		return moveState(ctx, tx, forgottenState, bound)
	})
	for more := err == nil; more; {
		var gone int64
		err = s.inWriteTx(ctx, func(tx *sql.Tx) (err error) {
			gone, err = forget(ctx, tx, bound)
			return err
		})
		if err == nil {
			dropped += gone
		}
		more = err == nil && gone == forgetAnalyses
	}
	return dropped, wrap("prune summaries", err)
}

// past selects the analyses that are over since before ?1. All their calls are
// gone from the ledger.
const past = `FROM ledger_analysis a
WHERE start_us < ?1 AND closed_end_us < ?1
	AND NOT EXISTS (SELECT 1 FROM ledger_rollup r
		WHERE r.analysis_id = a.analysis_id AND max(r.first_start_us, r.last_end_us) >= ?1)
	AND NOT EXISTS (SELECT 1 FROM ledger_closed c
		WHERE c.analysis_id = a.analysis_id AND max(c.start_us, c.end_us) >= ?1)
	AND NOT EXISTS (SELECT 1 FROM ledger_call c WHERE c.analysis_id = a.analysis_id AND c.start_us >= ?2)`

// forget drops a few analyses.
func forget(ctx context.Context, tx *sql.Tx, before int64) (gone int64, err error) {
	const anyTime = -1 << 63
	ids, err := collect(ctx, tx, scanText, `SELECT analysis_id `+past+` LIMIT ?3`, before, anyTime, forgetAnalyses)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return 0, err
	}
	for _, drop := range []string{
		`DELETE FROM ledger_closed WHERE analysis_id IN (SELECT value FROM json_each(?))`,
		`DELETE FROM ledger_analysis WHERE analysis_id IN (SELECT value FROM json_each(?))`,
		`DELETE FROM ledger_rollup WHERE analysis_id IN (SELECT value FROM json_each(?))`,
	} {
		if _, err := tx.ExecContext(ctx, drop, string(list)); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), nil
}

// Prunable implements [ledger.Pruner]. The file keeps its size: what is dropped
// makes room in it.
func (s *Store) Prunable(ctx context.Context, calls, summaries time.Time) (ledger.Prunable, error) {
	var p ledger.Prunable
	err := s.inReadTx(ctx, func(tx *sql.Tx) error {
		horizon, err := readHorizon(ctx, tx)
		if err != nil {
			return err
		}
		bound := max(micros(horizon), microsUp(calls))
		const count = `SELECT count(*), count(DISTINCT start_us / 86400000000) FROM ledger_call WHERE start_us < ?`
		if !calls.IsZero() {
			if err := tx.QueryRowContext(ctx, count, bound).Scan(&p.Calls, &p.Days); err != nil {
				return err
			}
		}
		before := min(microsUp(summaries), bound)
		return tx.QueryRowContext(ctx, `SELECT count(*) `+past, before, bound).Scan(&p.Analyses)
	})
	return p, wrap("look what can be pruned", err)
}
