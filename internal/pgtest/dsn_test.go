// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDSN(t *testing.T) {
	t.Parallel()
	t.Run("EachTestHasItsOwnSchema", func(t *testing.T) {
		t.Parallel()
		first, second := DSN(t), DSN(t)
		require.NotEqual(t, Schema(t, first), Schema(t, second))
		for _, dsn := range []string{first, second} {
			require.Equal(t, Schema(t, dsn), queryText(t, dsn, "SELECT current_schema()"))
			execute(t, dsn, "CREATE TABLE same_name (n int)")
		}
	})
	t.Run("SchemaIsDroppedAtTheEnd", func(t *testing.T) {
		t.Parallel()
		var schema string
		t.Run("UsesASchema", func(t *testing.T) { // ends before its parent goes on
			schema = Schema(t, DSN(t))
		})
		require.NotEmpty(t, schema)
		found := queryText(t, Server(t), "SELECT count(*)::text FROM pg_namespace WHERE nspname = '"+schema+"'")
		require.Equal(t, "0", found)
	})
}

func TestWithSearchPath(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://u:p@localhost:5433/db?sslmode=disable",
		"host=localhost port=5433 user=u password=p dbname=db sslmode=disable",
	} {
		config, err := pgx.ParseConfig(withSearchPath(dsn, "mine"))
		require.NoError(t, err)
		require.Equal(t, "mine", config.RuntimeParams["search_path"])
		require.Equal(t, "db", config.Database)
		require.Equal(t, "p", config.Password)
	}
}

func TestStart(t *testing.T) {
	t.Run("StopLeavesNothing", func(t *testing.T) {
		cluster, err := Start(t.Context(), Options{Durable: true})
		require.NoError(t, err)
		require.Equal(t, "on", queryText(t, cluster.DSN(), "SHOW fsync"))
		require.NoError(t, cluster.Stop())
		require.NoDirExists(t, cluster.dir)
		_, err = pgx.Connect(t.Context(), cluster.DSN())
		require.Error(t, err)
	})
	t.Run("MissingPostgresNamesTheRemedy", func(t *testing.T) {
		t.Setenv("PATH", "")
		dir := t.TempDir()
		t.Setenv(envPrograms, dir)
		_, err := Start(t.Context(), Options{})
		require.ErrorContains(t, err, "start a private Postgres")
		require.ErrorContains(t, errNoPostgres, EnvDSN)
	})
	t.Run("FailureLeavesNothing", func(t *testing.T) {
		temp := t.TempDir()
		require.NoError(t, os.Chmod(temp, 0o755))
		t.Setenv("TMPDIR", temp)
		t.Setenv(envPrograms, "/nowhere")
		_, err := Start(t.Context(), Options{})
		require.Error(t, err)
		left, err := filepath.Glob(temp + "/*")
		require.NoError(t, err)
		require.Empty(t, left)
	})
}

func TestFindPrograms(t *testing.T) {
	t.Run("EnvironmentWins", func(t *testing.T) {
		t.Setenv(envPrograms, "/opt/pg/bin")
		dir, err := findPrograms()
		require.NoError(t, err)
		require.Equal(t, "/opt/pg/bin", dir)
	})
	require.Greater(t, version("/usr/lib/postgresql/15/bin/initdb"), version("/usr/lib/postgresql/9.6/bin/initdb"))
}

func queryText(t *testing.T, dsn, sql string) string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, dsn)
	require.NoError(t, err)
	defer conn.Close(ctx)
	var text string
	require.NoError(t, conn.QueryRow(ctx, sql).Scan(&text))
	return text
}
