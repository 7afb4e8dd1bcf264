// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// EnvDSN is the environment variable that names a running server.
const EnvDSN = "SPANLEDGER_TEST_DSN"

// shared is the private cluster of this process. It outlives every test and
// ends with the process. Its text is in the order of a language, for code that
// takes it for the order of bytes to show.
var shared = sync.OnceValues(func() (*Cluster, error) {
	return Start(context.Background(), Options{Language: "en-US"}) //nolint:forbidigo // lives as long as the process
})

// DSN returns a DSN whose search_path is a fresh, empty schema. The schema and
// all in it is dropped when the test ends. It may be used by tests in
// parallel. Where no Postgres is to be had, the test fails.
func DSN(tb testing.TB) string {
	tb.Helper()
	server := Server(tb)
	schema := "test_" + strings.ToLower(rand.Text()[:16])
	execute(tb, server, "CREATE SCHEMA "+schema)
	tb.Cleanup(func() { execute(tb, server, "DROP SCHEMA "+schema+" CASCADE") })
	return withSearchPath(server, schema)
}

// Schema returns the schema that a DSN of this package names.
func Schema(tb testing.TB, dsn string) string {
	tb.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		tb.Fatalf("pgtest: parse DSN: %v", err)
	}
	return config.RuntimeParams["search_path"]
}

// Server returns a DSN of the server itself, with no schema of its own. What
// a test makes there, it shares with other tests, and drops itself.
func Server(tb testing.TB) string {
	tb.Helper()
	if dsn := os.Getenv(EnvDSN); dsn != "" {
		return dsn
	}
	cluster, err := shared()
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	return cluster.DSN()
}

func execute(tb testing.TB, dsn, sql string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		tb.Fatalf("pgtest: connect: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		tb.Fatalf("pgtest: %s: %v", sql, err)
	}
}

// withSearchPath adds the setting to a DSN in either of the two forms that
// Postgres knows.
func withSearchPath(dsn, schema string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return fmt.Sprintf("%s search_path=%s", dsn, schema)
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String()
}
