// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"context"
	_ "embed" // the supervisor's script
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
)

//go:embed bounce.sh
var bounceScript string

var errNoBouncer = errors.New("no PgBouncer found: install one (Debian: apt-get install pgbouncer)")

// bouncerPort is a name for the socket in the bouncer's directory; nothing
// listens on a port.
const bouncerPort = 6432

// Bouncer starts a PgBouncer in transaction mode before the server of the DSN
// and returns the DSN that leads through it, with the same database and
// search_path. Its few server connections go from client to client. It ends
// with the test.
func Bouncer(tb testing.TB, dsn string) string {
	tb.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		tb.Fatalf("pgtest: parse DSN: %v", err)
	}
	dir, err := startBouncer(tb, config)
	if err != nil {
		tb.Fatalf("pgtest: start a PgBouncer: %v", err)
	}
	query := url.Values{"host": {dir}, "port": {strconv.Itoa(bouncerPort)}}
	if schema := config.RuntimeParams["search_path"]; schema != "" {
		query.Set("search_path", schema)
	}
	return fmt.Sprintf(
		"postgres://%s@/%s?%s",
		url.PathEscape(config.User),
		url.PathEscape(config.Database),
		query.Encode(),
	)
}

func startBouncer(tb testing.TB, config *pgx.ConnConfig) (dir string, err error) {
	tb.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program = "/usr/sbin/pgbouncer"; !exists(program) {
			return "", errNoBouncer
		}
	}
	// The supervisor removes it, and a socket's path has to be short.
	if dir, err = os.MkdirTemp("", "spanledger-bouncer-"); err != nil { //nolint:usetesting // see above
		return "", err
	}
	ini := filepath.Join(dir, "bouncer.ini")
	if err := os.WriteFile(ini, []byte(bouncerConfig(dir, config)), 0o600); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	var s supervised
	ctx := context.WithoutCancel(tb.Context())
	if err := s.run(ctx, bounceScript, []string{dir, program}, []string{dir, ini}); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	tb.Cleanup(func() {
		if err := s.stop(); err != nil {
			tb.Errorf("pgtest: stop PgBouncer: %v", err)
		}
	})
	return dir, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// bouncerConfig knows nothing of search_path, which PgBouncer refuses.
func bouncerConfig(dir string, server *pgx.ConnConfig) string {
	password := ""
	if server.Password != "" {
		password = " password=" + server.Password
	}
	return fmt.Sprintf(`[databases]
* = host=%s port=%d user=%s%s
[pgbouncer]
unix_socket_dir = %s
listen_port = %d
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 1000
max_db_connections = 20
server_round_robin = 1
logfile = %s/log
`, server.Host, server.Port, server.User, password, dir, bouncerPort, dir)
}
