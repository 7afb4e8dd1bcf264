// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]ledger.Class{
		"08006": ledger.Retryable, "57P01": ledger.Retryable, "40001": ledger.Retryable, "40P01": ledger.Retryable,
		"55P03": ledger.Retryable, "25006": ledger.Retryable, "XX000": ledger.Retryable, "": ledger.Retryable,
		"42501": ledger.Retryable, "42P01": ledger.Retryable, "42P07": ledger.Retryable, "23514": ledger.Retryable,
		"54000": ledger.Permanent, "53300": ledger.Throttled, "53100": ledger.Throttled,
		"22003": ledger.Permanent, "22021": ledger.Permanent, "23502": ledger.Permanent, "42601": ledger.Permanent,
	} {
		cause := &pgconn.PgError{Code: code, Message: "secret value", Detail: "secret detail"}
		err := classify("fold batch", fmt.Errorf("wrapped: %w", cause))
		require.Equal(t, want, ledger.ClassOf(err), code)
		require.ErrorContains(t, err, "fold batch: ")
		require.ErrorContains(t, err, "(SQLSTATE "+code+")")
		require.NotContains(t, err.Error(), "secret")
	}
	require.NoError(t, classify("fold batch", nil))
	require.ErrorIs(t, classify("fold", fmt.Errorf("x: %w", context.DeadlineExceeded)), context.DeadlineExceeded)
	require.Equal(t, "fold: the connection to the server was lost", classify("fold", io.ErrUnexpectedEOF).Error())
	require.ErrorIs(t, classify("read", ledger.ErrNotFound), ledger.ErrNotFound)
	known := classify("fold", errors.New("x"))
	require.Same(t, known, classify("again", known))
}

func withParameters(dsn, parameters string) string {
	base, _, _ := strings.Cut(dsn, "?")
	return base + "?" + parameters
}

func TestOpen_WrongDSN(t *testing.T) {
	t.Parallel()
	const password = "s3cret/p@ss"
	escaped := url.QueryEscape(password)
	server := pgtest.Server(t)
	for name, c := range map[string]struct {
		dsn, want string
	}{
		"NotADSN":        {"postgres://u:" + password + ":::", "not a Postgres connection string"},
		"Empty scheme":   {"sqlite:" + password, "not a Postgres connection string"},
		"Unescaped":      {"postgres://u:s3cret#p@ss@localhost/db", "not a Postgres connection string"},
		"Raw slash":      {"postgres://u:12/s3cret@localhost/db", "not a Postgres connection string"},
		"Raw question":   {"postgres://s3cret:12?p@ss/db", "not a Postgres connection string"},
		"Words":          {"host=localhost user=u password=s3cret p@ss", "not a Postgres connection string"},
		"URL as host":    {"host=u:" + password + " dbname=db", "not a Postgres connection string"},
		"One of hosts":   {"host=localhost,u:" + password + " dbname=db", "not a Postgres connection string"},
		"Bad escape":     {"postgres://u:s3cret%zz@localhost/db", "not a Postgres connection string"},
		"No service":     {"service=s3cret user=p@ss", "not a Postgres connection string"},
		"Unknown mode":   {"postgres://u:" + escaped + "@localhost/db?sslmode=" + escaped, "check its port and parameters"},
		"Unknown number": {"postgres://u@localhost/db?password=" + escaped + "&pool_max_conns=s3cret", "check its port and parameters"},
		"No such file":   {"postgres://u:" + escaped + "@localhost/db?sslmode=verify-ca&sslrootcert=/s3cret", "check its port and parameters"},
		"Quoted words":   {"host=127.0.0.1 port=1 user=u password='" + password + "'", "no server answers"},
		"No TLS":         {withParameters(server, "host=127.0.0.1&port=1&sslmode=verify-full&password="+escaped), "no server answers"},
		"Nobody listens": {"postgres://u:" + escaped + "@127.0.0.1:1/db", "no server answers"},
		"No such host":   {"postgres://u:" + escaped + "@no-such-host.invalid/db", "check the DSN"},
		"No database":    {strings.Replace(server, "/postgres?", "/no_such_db?password="+escaped+"&", 1), "the database does not exist"},
		"No such user":   {strings.Replace(server, "postgres@", "nobody:"+escaped+"@", 1), "the server refused the user"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), Config{DSN: c.dsn, CreateSchema: true})
			require.ErrorContains(t, err, c.want)
			for _, secret := range []string{"s3cret", "p@ss", escaped, "\n"} {
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
}

// TestOpen_Encoding: a database that cannot keep every text would refuse calls
// one day, and is refused at once.
func TestOpen_Encoding(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	name := s.schema + "_latin"
	execAll(t, s, "CREATE DATABASE "+name+" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
	t.Cleanup(func() { execAll(t, s, "DROP DATABASE "+name+" WITH (FORCE)") })
	dsn, err := url.Parse(s.config.DSN)
	require.NoError(t, err)
	dsn.Path = "/" + name
	_, err = Open(t.Context(), Config{DSN: dsn.String(), CreateSchema: true})
	require.ErrorContains(t, err, "the database keeps text as LATIN1; create one with ENCODING 'UTF8'")
	require.Equal(t, ledger.Permanent, ledger.ClassOf(err))
}
