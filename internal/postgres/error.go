// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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
	codeCheckViolation  = "23514" // also: no partition for this row
	codeSerialization   = "40001"
	codeDeadlock        = "40P01"
	codeLockTimeout     = "55P03"
	codeNoPrivilege     = "42501"
	codeNoTable         = "42P01"
	codeTableExists     = "42P07"
)

// remedies explain the codes that people meet. The server's own texts may
// hold values, and are never shown.
var remedies = map[string]string{
	"08P01":             "the connection broke the protocol; is this a Postgres server?",
	"25006":             "the server is read-only; the DSN has to name the primary",
	"28000":             "the server refused the user; check the DSN and pg_hba.conf",
	"28P01":             "the server refused the password; check user and password of the DSN",
	"3D000":             "the database does not exist; create it or name another in the DSN",
	"42704":             "the server does not know a parameter of the DSN",
	"3F000":             "the schema does not exist; run: spanledger migrate",
	"53100":             "the server's disk is full",
	"53200":             "the server is out of memory",
	"53300":             "the server has no connection left; lower pool_max_conns or raise max_connections",
	"57P01":             "the server ended the connection",
	"57P02":             "the server crashed",
	"57P03":             "the server is starting up or shutting down",
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

// classOf tells what may be tried again. An operator can mend what is wrong
// with privileges and tables while the batch waits. What is too big for the
// server (class 54) may not be when it is halved, which is what becomes of a
// batch that is refused for good.
func classOf(err error) ledger.Class {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return ledger.Retryable
	}
	switch pg.Code {
	case codeNoPrivilege, codeNoTable, codeTableExists, codeCheckViolation:
		return ledger.Retryable
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "53":
		return ledger.Throttled
	case "22", "23", "42", "54":
		return ledger.Permanent
	}
	return ledger.Retryable
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

func describe(pg *pgconn.PgError) error {
	if remedy, ok := remedies[pg.Code]; ok {
		return fmt.Errorf("%s (SQLSTATE %s)", remedy, pg.Code)
	}
	return fmt.Errorf("the server refused it (SQLSTATE %s)", pg.Code)
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
		pg       *pgconn.PgError
		dns      *net.DNSError
		unknown  x509.UnknownAuthorityError
		wrong    x509.HostnameError
		handmade tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, context.Canceled), errors.As(err, &pg):
		return scrub(err)
	case errors.As(err, &dns):
		return errors.New("there is no host of this name; check the DSN")
	case errors.As(err, &unknown), errors.As(err, &wrong), errors.As(err, &handmade),
		strings.Contains(err.Error(), "refused TLS"):
		return errors.New("no TLS that both accept; check sslmode and sslrootcert of the DSN")
	}
	return errors.New("no server answers; start it, or check host and port of the DSN")
}

// connectClass is Permanent where only another DSN helps.
func connectClass(err error) ledger.Class {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "28") || strings.HasPrefix(pg.Code, "3D")) {
		return ledger.Permanent
	}
	return classOf(err)
}
