// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// classes says what is done about each code that a server may answer with;
// "xx" stands for the codes of a class that are not named.
var classes = map[ledger.Class][]string{
	ledger.Retryable: {
		"", "01xxx", "03000", "08000", "08001", "08003", "08004", "08006", "08P01",
		"0A000",          // a cached plan after a migration; a statement that an older server lacks
		"23503", "23505", // who else writes decides
		"23514", // no partition
		"25001", "25006", "25P02", "25P03", "26000", "28000", "28P01", "34000",
		"3D000", "3F000", "40000", "40001", "40002", "40003", "40P01",
		// Nothing in a batch brings these about, but a schema that somebody changes.
		"42000", "42501", "42601", "42703", "42804", "42809", "42883", "42P01", "42P05", "42P07", "42P10",
		"55000", "55006", "55P03", "57000", "57014", "57P01", "57P02", "57P03", "57P04", "57P05",
		"58000", "58030", "58P01", "58P02", "72000", "F0000", "HV000", "P0001", "XX000", "XX001", "XX002",
	},
	ledger.Throttled: {"53000", "53100", "53200", "53300", "53400"},
	ledger.Permanent: {
		"21000", "22000", "22003", "22007", "22021", "22P02", "22P05", "23000", "23502",
		"54000", "54001", "54011", "54023",
	},
}

func TestClassify(t *testing.T) {
	t.Parallel()
	for want, codes := range classes {
		for _, code := range codes {
			cause := &pgconn.PgError{Code: code, Message: "secret value", Detail: "secret detail"}
			err := classify("fold batch", fmt.Errorf("wrapped: %w", cause))
			require.Equal(t, want, ledger.ClassOf(err), code)
			require.ErrorContains(t, err, "fold batch: ")
			require.ErrorContains(t, err, "(SQLSTATE "+code+")")
			require.NotContains(t, err.Error(), "secret")
		}
	}
	broken := &pgconn.PgError{Code: "23514", ConstraintName: "ledger_call_check"}
	require.Equal(t, ledger.Permanent, classOf(broken), "a value breaks a constraint")
	require.NoError(t, classify("fold batch", nil))
	require.ErrorIs(t, classify("read", ledger.ErrNotFound), ledger.ErrNotFound)
	known := classify("fold", errors.New("x"))
	require.Same(t, known, classify("again", known))
}

// TestClassify_Connection: what goes wrong on the way to a server says nothing
// about the batch.
func TestClassify_Connection(t *testing.T) {
	t.Parallel()
	const lost = "the connection to the server was lost"
	for _, c := range []struct {
		cause error
		want  string
	}{
		{io.ErrUnexpectedEOF, lost},
		{syscall.ECONNRESET, lost},
		{x509.UnknownAuthorityError{}, lost},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "the server did not answer in time"},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), "context deadline exceeded"},
		{fmt.Errorf("x: %w", context.Canceled), "context canceled"},
		{pgx.ErrTxCommitRollback, "transactions met"},
	} {
		err := classify("fold", c.cause)
		require.Equal(t, "fold: "+c.want, err.Error())
		require.Equal(t, ledger.Retryable, ledger.ClassOf(err), c.want)
	}
}

// TestConnectionClass: a code that is permanent for a batch is not where the
// server refuses the connection, which it does for everybody.
func TestConnectionClass(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	role := s.schema + "_limited"
	execAll(t, s, "CREATE ROLE "+role+" LOGIN CONNECTION LIMIT 0")
	t.Cleanup(func() { execAll(t, s, "DROP ROLE "+role) })
	for dsn, want := range map[string]ledger.Class{
		asUser(t, s.config.DSN, role):                       ledger.Throttled, // 53300
		s.config.DSN + "&statement_timeout=never":           ledger.Retryable, // 22023
		s.config.DSN + "&no_such_parameter=1":               ledger.Retryable, // 42704
		strings.Replace(s.config.DSN, "postgres@", "x@", 1): ledger.Retryable, // 28000
	} {
		_, err := pgx.Connect(t.Context(), dsn)
		require.Error(t, err)
		require.Equal(t, want, ledger.ClassOf(classify("fold batch", err)), "%v", err)
	}
}

// TestOpenError: what a running store has somebody mend stops who opens one.
func TestOpenError(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]ledger.Class{
		codeNoPrivilege: ledger.Permanent, codeNoTable: ledger.Permanent, "42703": ledger.Permanent,
		codeStatementExists: ledger.Retryable, codeLockTimeout: ledger.Retryable, "57P01": ledger.Retryable,
		"53300": ledger.Throttled,
	} {
		running := classify("read state", &pgconn.PgError{Code: code})
		opening := openError(running)
		require.Equal(t, want, ledger.ClassOf(opening), code)
		require.Equal(t, running.Error(), opening.Error())
	}
	lost := classify("read state", io.ErrUnexpectedEOF)
	require.Same(t, lost, openError(lost))
}

// TestOpen_LacksPrivilege opens ledgers as a user who may not.
func TestOpen_LacksPrivilege(t *testing.T) {
	t.Parallel()
	owner := open(t, pgtest.DSN(t))
	role := owner.schema + "_nobody"
	execAll(t, owner, "CREATE ROLE "+role+" LOGIN PASSWORD 'w'")
	t.Cleanup(func() { execAll(t, owner, "DROP ROLE "+role) })
	for _, schema := range []string{owner.schema, owner.schema + "_new"} {
		_, err := Open(t.Context(), Config{DSN: asUser(t, owner.config.DSN, role), Schema: schema, CreateSchema: true})
		require.ErrorContains(t, err, "the user lacks a privilege")
		require.Equal(t, ledger.Permanent, ledger.ClassOf(err))
	}
	_, err := Open(t.Context(), Config{DSN: owner.config.DSN + "&no_such_parameter=1"})
	require.ErrorContains(t, err, "does not know a parameter of the DSN")
	require.Equal(t, ledger.Permanent, ledger.ClassOf(err))
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
