// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // Postgres for database/sql
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // SQLite for database/sql

	"github.com/spanledger/spanledger/internal/pgtest"
)

// password is part of every DSN of a Postgres, and of no output.
const password = "canary-password-5c1d"

// newPostgres returns the DSN of an empty database, which ends with the test.
func newPostgres(t *testing.T) string {
	t.Helper()
	name := "e2e_" + strings.ToLower(rand.Text()[:16])
	server := pgtest.Server(t)
	execute(t, "pgx", server, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, "pgx", server, "DROP DATABASE "+name+" WITH (FORCE)") })

	dsn, err := url.Parse(server)
	require.NoError(t, err, "%s has to be a URL", pgtest.EnvDSN)
	dsn.Path = "/" + name
	if _, has := dsn.User.Password(); !has { // a private cluster asks for none
		dsn.User = url.UserPassword(dsn.User.Username(), password)
	}
	return dsn.String()
}

// newSQLite returns the DSN of a file that does not exist yet.
func newSQLite(t *testing.T) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db")
}

// openSQL opens a ledger as a dashboard does: by SQL alone. The same queries
// work on both.
func openSQL(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver, source := "pgx", withSearchPath(t, dsn)
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// withSearchPath has queries find the views in the schema of the ledger.
func withSearchPath(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	query := u.Query()
	query.Set("search_path", "spanledger")
	u.RawQuery = query.Encode()
	return u.String()
}

func execute(t *testing.T, driver, source, statement string) {
	t.Helper()
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(context.WithoutCancel(t.Context()), statement)
	require.NoError(t, err)
}

// onEachLedger runs a test on a new ledger of each kind.
func onEachLedger(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	for name, newLedger := range map[string]func(*testing.T) string{"Postgres": newPostgres, "SQLite": newSQLite} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newLedger(t))
		})
	}
}
