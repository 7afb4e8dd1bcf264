// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	steps, err := migrations()
	require.NoError(t, err)

	t.Run("TwiceIsOnce", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		for range 2 {
			s := open(t, dsn)
			require.Equal(t, len(steps), queryInt(t, s, versionSQL))
		}
		s, err := Open(t.Context(), Config{DSN: dsn})
		require.NoError(t, err)
		s.Close()
	})
	t.Run("SeveralAtOnce", func(t *testing.T) {
		t.Parallel()
		config := Config{DSN: pgtest.DSN(t), CreateSchema: true}
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				var s *Store
				if s, errs[i] = Open(t.Context(), config); errs[i] == nil {
					s.Close()
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		s := open(t, config.DSN)
		require.Equal(t, len(steps), queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_migration"))
	})
	t.Run("PopulatedLedgerKeepsItsSums", func(t *testing.T) {
		t.Parallel()
		s := open(t, pgtest.DSN(t))
		calls := ledgertest.Calls(1, 100, ledgertest.Shape{})
		foldAll(t, s, calls)
		next := migration{
			version: len(steps) + 1, name: "next",
			sql: "ALTER TABLE {schema}.ledger_call ADD COLUMN extra text; " +
				"ALTER TABLE {schema}.ledger_rollup ADD COLUMN extra bigint NOT NULL DEFAULT 0",
		}
		require.NoError(t, s.apply(t.Context(), append(slices.Clip(steps), next)))
		foldAll(t, s, calls)
		ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
	})
	t.Run("BrokenStepLeavesNothing", func(t *testing.T) {
		t.Parallel()
		s := open(t, pgtest.DSN(t))
		broken := migration{
			version: len(steps) + 1, name: "0002_broken", sql: "CREATE TABLE {schema}.half (n int); SELECT 1/0",
		}
		err := s.apply(t.Context(), append(slices.Clip(steps), broken))
		require.ErrorContains(t, err, "0002_broken")
		require.Zero(
			t,
			queryInt(t, s, "SELECT count(*) FROM pg_tables WHERE schemaname = '"+s.schema+"' AND tablename = 'half'"),
		)
		require.Equal(t, len(steps), queryInt(t, s, "SELECT max(version) FROM {schema}.ledger_migration"))
	})
	t.Run("AnySchemaName", func(t *testing.T) {
		t.Parallel()
		name := `Odd "Schema"'; --` + pgtest.Schema(t, pgtest.DSN(t))
		config := Config{DSN: pgtest.Server(t), Schema: name, CreateSchema: true}
		s, err := Open(t.Context(), config)
		require.NoError(t, err)
		defer s.Close()
		defer func() {
			_, err := s.pool.Exec(t.Context(), s.sql.qualify("DROP SCHEMA {schema} CASCADE"))
			require.NoError(t, err)
		}()
		calls := ledgertest.Calls(2, 40, ledgertest.Shape{})
		foldAll(t, s, calls)
		ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
	})
}

func TestOpen_Schema(t *testing.T) {
	t.Parallel()
	t.Run("MissingNamesTheRemedy", func(t *testing.T) {
		t.Parallel()
		_, err := Open(t.Context(), Config{DSN: pgtest.DSN(t)})
		require.ErrorContains(t, err, "run: spanledger migrate")
		require.Equal(t, ledger.Permanent, ledger.ClassOf(err))
	})
	t.Run("NewerIsNotTouched", func(t *testing.T) {
		t.Parallel()
		s := open(t, pgtest.DSN(t))
		_, err := s.pool.Exec(t.Context(), s.sql.qualify(insertMigrationSQL), 99, "from the future", s.now())
		require.NoError(t, err)
		for _, create := range []bool{true, false} {
			config := s.config
			config.CreateSchema = create
			_, err := Open(t.Context(), config)
			require.ErrorContains(t, err, "unknown schema version 99")
			require.ErrorContains(t, err, "upgrade spanledger")
			require.Equal(t, ledger.Permanent, ledger.ClassOf(err))
		}
	})
	t.Run("OlderNamesTheRemedy", func(t *testing.T) {
		t.Parallel()
		s := open(t, pgtest.DSN(t))
		require.ErrorContains(t, s.versionError(1, 2, nil), "run: spanledger migrate")
	})
}

func TestMigrations_Order(t *testing.T) {
	t.Parallel()
	steps, err := migrations()
	require.NoError(t, err)
	require.NotEmpty(t, steps)
	for i, step := range steps {
		require.Regexp(t, `^\d{4}_[a-z_]+$`, step.name)
		require.Equal(t, i+1, step.version)
		require.Contains(t, step.sql, "{schema}.")
	}
}
