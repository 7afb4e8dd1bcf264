// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/spanledger/spanledger/internal/ledger"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema. Steps are applied in order, each in a
// transaction of its own; one that was released is never changed.
type migration struct {
	version int
	name    string
	sql     string
}

// migrations returns the steps: the file 0001_x.sql is version 1.
func migrations() ([]migration, error) {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql") // in order of name
	if err != nil {
		return nil, err
	}
	steps := make([]migration, len(files))
	for i, file := range files {
		sql, err := migrationFiles.ReadFile(file)
		if err != nil {
			return nil, err
		}
		steps[i] = migration{version: i + 1, name: strings.TrimSuffix(path.Base(file), ".sql"), sql: string(sql)}
	}
	return steps, nil
}

// migrate creates the schema, or brings it up to the version that this program
// works with. It may run beside stores that are open, and beside itself.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := migrations()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	return s.apply(ctx, steps)
}

// apply applies the steps that the schema lacks, and stops at the first that
// goes wrong.
func (s *Store) apply(ctx context.Context, steps []migration) error {
	// Most often there is nothing to do, and a user without the right to
	// create anything may find that out.
	if found, err := s.version(ctx, s.pool); err != nil || found >= len(steps) {
		return s.versionError(found, len(steps), err)
	}
	for _, step := range steps {
		err := s.retry(ctx, func() error {
			return s.inTx(ctx, func(tx pgx.Tx) error { return s.applyOne(ctx, tx, step, len(steps)) })
		})
		if err != nil {
			return classify("migrate schema to "+step.name, err)
		}
	}
	return nil
}

func (s *Store) applyOne(ctx context.Context, tx pgx.Tx, step migration, latest int) error {
	if err := s.lock(ctx, tx, migrationLock); err != nil {
		return err
	}
	found, err := s.version(ctx, tx)
	if err != nil || found > latest {
		return s.versionError(found, latest, err)
	}
	if found >= step.version {
		return nil
	}
	if step.version == 1 {
		if err := s.createSchema(ctx, tx); err != nil {
			return err
		}
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, s.sql.qualify(step.sql)).ReadAll(); err != nil {
		return err
	}
	if step.version == 1 {
		if err := s.insertState(ctx, tx); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, s.sql.qualify(insertMigrationSQL), step.version, step.name, s.now())
	return err
}

// createSchema creates the schema only where there is none: CREATE SCHEMA IF
// NOT EXISTS asks for the right to create even where there is one.
func (s *Store) createSchema(ctx context.Context, tx pgx.Tx) error {
	var exists bool
	err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", s.schema).Scan(&exists)
	if err != nil {
		return err
	}
	if !exists {
		if _, err := tx.Exec(ctx, s.sql.qualify("CREATE SCHEMA {schema}")); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, s.sql.qualify(createMigrationSQL))
	return err
}

// insertState says how far back a new ledger reaches.
func (s *Store) insertState(ctx context.Context, tx pgx.Tx) error {
	now, err := s.earlierClock(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, s.sql.qualify(insertStateSQL), now.Add(-s.config.history()).Truncate(oneDay))
	return err
}

const createMigrationSQL = `
CREATE TABLE IF NOT EXISTS {schema}.ledger_migration (
    version    integer     NOT NULL,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL,
    CONSTRAINT ledger_migration_pkey PRIMARY KEY (version)
)`

const (
	insertMigrationSQL = `INSERT INTO {schema}.ledger_migration (version, name, applied_at) VALUES ($1, $2, $3)`
	insertStateSQL     = `INSERT INTO {schema}.ledger_state (horizon, sealed) VALUES ($1, $1)`
	versionSQL         = `SELECT coalesce(max(version), 0) FROM {schema}.ledger_migration`
)

// version returns the version of the schema, 0 where there is none.
func (s *Store) version(ctx context.Context, db querier) (version int, err error) {
	var exists bool
	err = db.QueryRow(ctx, `
SELECT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = 'ledger_migration'
)`, s.schema).Scan(&exists)
	if err != nil || !exists {
		return 0, err
	}
	err = db.QueryRow(ctx, s.sql.qualify(versionSQL)).Scan(&version)
	return version, err
}

// checkVersion is for a store that may not migrate.
func (s *Store) checkVersion(ctx context.Context) error {
	steps, err := migrations()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	found, err := s.version(ctx, s.pool)
	return s.versionError(found, len(steps), err)
}

// versionError is nil where the schema is at the version that this program
// works with.
func (s *Store) versionError(found, want int, err error) error {
	const op = "check schema version"
	switch {
	case err != nil:
		return classify(op, err)
	case found > want:
		err = fmt.Errorf("unknown schema version %d in schema %q, this program knows up to %d; upgrade spanledger",
			found, s.schema, want)
	case found == 0:
		err = fmt.Errorf("there is no ledger in schema %q; run: spanledger migrate", s.schema)
	case found < want:
		err = fmt.Errorf("schema %q has version %d, this program needs %d; run: spanledger migrate",
			s.schema, found, want)
	default:
		return nil
	}
	return &ledger.Error{Op: op, Class: ledger.Permanent, Err: err}
}
