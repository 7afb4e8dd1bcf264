// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/spanledger/spanledger/internal/ledger"
)

// wrap names what the store was doing and classes the error. It keeps nil and
// ErrNotFound as they are.
func wrap(op string, err error) error {
	if err == nil || errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	return &ledger.Error{Op: op, Class: classOf(err), Err: err}
}

// classOf decides what a caller may do. Only what is wrong with the batch is
// permanent: a disk, a file or its rights may be mended while calls wait.
func classOf(err error) ledger.Class {
	switch resultCode(err) {
	case sqlite3.SQLITE_FULL:
		return ledger.Throttled
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG,
		sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE:
		return ledger.Permanent
	}
	return ledger.Retryable
}

// resultCode returns SQLite's primary result code, 0 where err is not its.
func resultCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

func isBusy(err error) bool {
	code := resultCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// openError names the file, the cause and the remedy in one line. Only what
// passes by itself is retryable.
func openError(path string, err error) error {
	op := "open ledger " + path
	if isBusy(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &ledger.Error{Op: op, Class: ledger.Retryable, Err: withRemedy(err)}
	}
	return &ledger.Error{Op: op, Class: ledger.Permanent, Err: withRemedy(err)}
}

func withRemedy(err error) error {
	remedies := map[int]string{
		sqlite3.SQLITE_NOTADB:   "it is not a SQLite database; name another file",
		sqlite3.SQLITE_CORRUPT:  "it is damaged; restore it from a backup",
		sqlite3.SQLITE_READONLY: "it may not be written; change the rights of the file and of its directory",
		sqlite3.SQLITE_PERM:     "it may not be written; change the rights of the file and of its directory",
		sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check the rights of the file and of its directory",
		sqlite3.SQLITE_BUSY:     "another process holds it; try again when that has ended",
		sqlite3.SQLITE_LOCKED:   "another process holds it; try again when that has ended",
	}
	if remedy, ok := remedies[resultCode(err)]; ok {
		return fmt.Errorf("%s: %w", remedy, err)
	}
	return err
}
