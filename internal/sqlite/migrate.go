// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"path"
	"time"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// applicationID marks a file as a ledger: "spld".
const applicationID = 0x73706c64

// migration takes the schema one version on. Migrations go forward only.
type migration struct {
	version int
	sql     string
}

// migrations returns the embedded migrations in order of version, from 1 on
// without gaps: their files are named so that they sort.
func migrations() []migration {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return nil // not possible: the directory is embedded
	}
	all := make([]migration, len(entries))
	for i, entry := range entries {
		text, _ := migrationFiles.ReadFile(path.Join("migrations", entry.Name()))
		all[i] = migration{version: i + 1, sql: string(text)}
	}
	return all
}

// migrate applies what the file lacks, in one transaction under the write
// lock. Where nothing is lacking it takes no lock, and a file that is not a
// ledger stays as it is.
//
// A file that it creates takes calls from the given time on: of earlier ones
// nobody knows whether another ledger has counted them.
func migrate(ctx context.Context, db *sql.DB, all []migration, horizon time.Time) error {
	version, err := readVersion(ctx, db)
	if err != nil || version == len(all) {
		return err
	}
	if version > len(all) {
		return newerVersionError(version, len(all))
	}
	if err := useWAL(ctx, db); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if version, err = readVersion(ctx, tx); err != nil { // another process may have been faster
		return err
	}
	for _, m := range all[min(version, len(all)):] {
		if err := m.apply(ctx, tx); err != nil {
			return fmt.Errorf("migration %d: %w", m.version, err)
		}
	}
	if version == 0 {
		if err := moveState(ctx, tx, horizonState, micros(horizon)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (m migration) apply(ctx context.Context, tx *sql.Tx) error {
	if m.version == 1 {
		const create = `CREATE TABLE ledger_migration (version INTEGER PRIMARY KEY, applied_us INTEGER NOT NULL) STRICT`
		mark := fmt.Sprintf("PRAGMA application_id = %d; %s", applicationID, create)
		if _, err := tx.ExecContext(ctx, mark); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger_migration VALUES (?, ?)`, m.version, time.Now().UnixMicro())
	return err
}

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

var errForeign = errors.New("it is the database of another application; name another file")

// readVersion returns the version of the schema, 0 for an empty file.
func readVersion(ctx context.Context, q querier) (int, error) {
	var id, objects int
	if err := q.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return 0, err
	}
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&objects); err != nil {
		return 0, err
	}
	switch {
	case objects == 0:
		return 0, nil
	case id != applicationID:
		return 0, errForeign
	}
	var version int
	err := q.QueryRowContext(ctx, `SELECT ifnull(max(version), 0) FROM ledger_migration`).Scan(&version)
	return version, err
}

// checkVersion makes sure that this program knows the schema.
func checkVersion(ctx context.Context, q querier) error {
	known := len(migrations())
	version, err := readVersion(ctx, q)
	switch {
	case err != nil:
		return err
	case version == 0:
		return errors.New("it is empty; name the file that holds the ledger, or write to it first")
	case version < known:
		return fmt.Errorf("its schema has version %d and this program reads %d; run spanledger migrate", version, known)
	case version > known:
		return newerVersionError(version, known)
	}
	return nil
}

func newerVersionError(version, known int) error {
	return fmt.Errorf("its schema has version %d and this program knows %d; use a newer spanledger", version, known)
}
