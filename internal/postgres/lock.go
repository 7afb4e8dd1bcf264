// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"hash/fnv"

	"github.com/jackc/pgx/v5"
)

// Advisory locks, each held until the end of a transaction. They are one per
// ledger, not per database.
const (
	migrationLock = "migration"
	partitionLock = "partition"
	compactLock   = "compact"
)

func (s *Store) lockKey(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("spanledger\x00" + s.schema + "\x00" + name)) // never fails
	return int64(h.Sum64())                                             //nolint:gosec // any 64 bits will do
}

func (s *Store) lock(ctx context.Context, tx pgx.Tx, name string) error {
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", s.lockKey(name))
	return err
}

// tryLock reports whether the lock was free.
func (s *Store) tryLock(ctx context.Context, tx pgx.Tx, name string) (ok bool, err error) {
	err = tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", s.lockKey(name)).Scan(&ok)
	return ok, err
}
