// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/spanledger/spanledger/internal/ledger"
)

// The codes of Postgres (SQLSTATE) that the store acts upon.
const (
	codeUniqueViolation = "23505"
	codeForeignKey      = "23503"
	codeCheckViolation  = "23514" // also: no partition for this row
	codeReadOnly        = "25006"
	codeNoStatement     = "26000"
	codeStatementExists = "42P05"
	codeSerialization   = "40001"
	codeDeadlock        = "40P01"
	codeLockTimeout     = "55P03"
	codeNoPrivilege     = "42501"
	codeNoTable         = "42P01"
	codeTableExists     = "42P07"
)

// pooled is what a pooler makes of statements with a name, which another
// client's connection has or has not.
const pooled = "a pooler stands before the server; " +
	"set default_query_exec_mode=cache_describe in the DSN, or leave it out"

// remedies explain the codes that people meet. The server's own texts may
// hold values, and are never shown.
var remedies = map[string]string{
	"08P01":             "the connection broke the protocol; is this a Postgres server?",
	codeReadOnly:        "the server is read-only; the DSN has to name the primary",
	codeNoStatement:     pooled,
	codeStatementExists: pooled,
	"28000":             "the server refused the user; check the DSN and pg_hba.conf",
	"28P01":             "the server refused the password; check user and password of the DSN",
	"3D000":             "the database does not exist; create it or name another in the DSN",
	"42704":             "the server does not know a parameter of the DSN",
	"3F000":             "the schema does not exist; run: spanledger migrate",
	"53100":             "the server's disk is full",
	"53200":             "the server is out of memory",
	"53000":             "the server is out of a resource",
	"53300":             "the server has no connection left; lower pool_max_conns or raise max_connections",
	"57014":             "the server canceled the statement; is statement_timeout too short?",
	"57P01":             "the server ended the connection",
	"57P02":             "the server crashed",
	"57P03":             "the server is starting up or shutting down",
	"57P04":             "the database was dropped",
	"58030":             "the server cannot read or write its files",
	"XX001":             "the server found damaged data",
	"XX002":             "the server found a damaged index",
	codeNoPrivilege:     "the user lacks a privilege; the owner of the schema or the database has to grant it",
	codeNoTable:         "a table is missing; run: spanledger migrate",
	codeTableExists:     "a table has the name of a partition and is none; attach or rename it",
	codeDeadlock:        "transactions met",
	codeSerialization:   "transactions met",
	codeLockTimeout:     "a lock was not to be had in time",
	codeUniqueViolation: "a key is there twice",
}

func hasCode(err error, codes ...string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains(codes, pg.Code)
}

// classify returns the error as a [ledger.Error] that says what may be done
// about it and holds no DSN, password or value; nil for nil. What is one
// already is returned as it is.
func classify(op string, err error) error {
	var known *ledger.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	return &ledger.Error{Op: op, Class: classOf(err), Err: scrub(err)}
}

// classOf tells what may be tried again: everything but a batch that the
// server will refuse whenever it comes. That is one with a value that it cannot
// keep, and one that is too big (class 54), which may not be when it is halved,
// as is what a store refuses for good. What is wrong with the connection, the
// schema, privileges or the server itself, somebody mends while the batch
// waits; to give up would lose calls that nothing is wrong with.
func classOf(err error) ledger.Class {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return ledger.Retryable
	}
	class := pg.Code[:min(2, len(pg.Code))]
	switch {
	case class == "53": // of space, memory, connections
		return ledger.Throttled
	case isConnectError(err): // the batch was not even sent
		return ledger.Retryable
	case class == "21", class == "22", class == "54", class == "23" && breaksConstraint(pg):
		return ledger.Permanent
	}
	return ledger.Retryable
}

func isConnectError(err error) bool {
	var failed *pgconn.ConnectError
	return errors.As(err, &failed)
}

// breaksConstraint reports whether a value of the row decides, and neither a
// partition that is missing nor what other transactions wrote.
func breaksConstraint(pg *pgconn.PgError) bool {
	switch pg.Code {
	case codeUniqueViolation, codeForeignKey:
		return false
	case codeCheckViolation:
		return pg.ConstraintName != ""
	}
	return true
}

// keepsConnection reports whether a connection is of use after an error. One
// to a server that has become read-only is not: the next may lead to its
// successor. Nor is one that a pooler has mixed up with another.
func keepsConnection(_ *pgconn.PgConn, pg *pgconn.PgError) bool {
	const fatal = "FATAL"
	return pg.SeverityUnlocalized != fatal && pg.Severity != fatal &&
		!slices.Contains([]string{codeReadOnly, codeNoStatement, codeStatementExists}, pg.Code)
}

// scrub returns an error without any text from outside.
func scrub(err error) error {
	var pg *pgconn.PgError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.As(err, &pg):
		return describe(pg)
	case errors.Is(err, errStateMoved), errors.Is(err, pgx.ErrTxCommitRollback):
		return errors.New("transactions met")
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("the server did not answer in time")
	}
	return errors.New("the connection to the server was lost")
}

// serverError is what is told of an error that the server answered with.
type serverError struct{ code, remedy string }

// Error implements error.
func (e *serverError) Error() string { return e.remedy + " (SQLSTATE " + e.code + ")" }

func describe(pg *pgconn.PgError) error {
	remedy, ok := remedies[pg.Code]
	if !ok {
		remedy = "the server refused it"
	}
	return &serverError{code: pg.Code, remedy: remedy}
}

// openError returns an error of opening the ledger. What a running store waits
// for somebody to mend, a privilege or a table (class 42), is permanent here:
// whoever starts a program should see at once that it cannot work.
func openError(err error) error {
	var known *ledger.Error
	var server *serverError
	if !errors.As(err, &known) || !errors.As(err, &server) {
		return err
	}
	if server.code == codeStatementExists || !strings.HasPrefix(server.code, "42") {
		return err // that statement exists on one connection of a pooler
	}
	return &ledger.Error{Op: known.Op, Class: ledger.Permanent, Err: known.Err}
}

// connectError says why the server cannot be reached, and names it.
func connectError(config *pgx.ConnConfig, err error) error {
	server := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	if strings.HasPrefix(config.Host, "/") {
		server = config.Host
	}
	return &ledger.Error{Op: "connect to Postgres at " + server, Class: connectClass(err), Err: unreachable(err)}
}

func unreachable(err error) error {
	var (
		pg  *pgconn.PgError
		dns *net.DNSError
	)
	switch {
	case errors.Is(err, context.Canceled), errors.As(err, &pg):
		return scrub(err)
	case errors.As(err, &dns):
		return errors.New("there is no host of this name; check the DSN")
	case errors.Is(err, pgconn.ErrReadOnlyConnection), errors.Is(err, pgconn.ErrStandbyConnection):
		return errors.New("no server is the primary; check hosts and target_session_attrs of the DSN")
	}
	if why := refusedTLS(err); why != "" {
		return errors.New(why)
	}
	return errors.New("no server answers; start it, or check host and port of the DSN")
}

// refusedTLS says why there is no TLS, or "" where that is not the trouble.
func refusedTLS(err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		wrong    x509.HostnameError
		invalid  x509.CertificateInvalidError
		alert    tls.AlertError
		handmade tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unknown):
		return "the server's certificate is of no authority that is known; check sslrootcert of the DSN"
	case errors.As(err, &wrong):
		return "the server's certificate is for another host; check the host of the DSN"
	case errors.As(err, &invalid):
		return "the server's certificate is not valid; renew it, or check the clock"
	case errors.As(err, &alert):
		return "the server refused the TLS connection; check sslcert and sslkey of the DSN"
	case errors.As(err, &handmade), strings.Contains(err.Error(), "refused TLS"):
		return "the server has no TLS; turn it on, or check sslmode of the DSN"
	}
	return ""
}

// connectClass is Permanent where the server is there, and somebody has to
// change the DSN or the server: for its user, its database, its parameters, or
// for TLS.
func connectClass(err error) ledger.Class {
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && slices.Contains([]string{"22", "28", "3D", "42"}, pg.Code[:min(2, len(pg.Code))]):
		return ledger.Permanent
	case pg == nil && refusedTLS(err) != "":
		return ledger.Permanent
	}
	return classOf(err)
}
