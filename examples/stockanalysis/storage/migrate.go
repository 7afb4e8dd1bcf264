// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrationLock keeps two processes that start at once from migrating at once. The number means nothing.
const migrationLock = 7_302_024

// Migrate brings the schema to the newest version, in one transaction: all of it or nothing. It may run at every
// start, and from several processes at once.
func (s *Store) Migrate(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return migrate(ctx, tx, latest) })
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// latest is a version above every file's.
const latest = 1 << 30

// migrate applies the files from the version that is there up to a version.
func migrate(ctx context.Context, tx pgx.Tx, version int) error {
	const prepare = `CREATE TABLE IF NOT EXISTS stock_analyses_version (version bigint PRIMARY KEY)`
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if _, err := tx.Exec(ctx, prepare); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	var applied int
	const read = `SELECT coalesce(max(version), 0) FROM stock_analyses_version`
	if err := tx.QueryRow(ctx, read).Scan(&applied); err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	for i := applied; i < min(version, len(files)); i++ {
		if err := apply(ctx, tx, files[i], i+1); err != nil {
			return fmt.Errorf("%s: %w", path.Base(files[i]), err)
		}
	}
	return nil
}

func apply(ctx context.Context, tx pgx.Tx, file string, version int) error {
	sql, err := migrationFiles.ReadFile(file)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, string(sql)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO stock_analyses_version (version) VALUES ($1)`, version)
	return err
}
