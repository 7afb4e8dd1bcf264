// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/spanledger/spanledger/internal/ledger"
)

// Config says which file holds the ledger.
type Config struct {
	// Path is the file. Its directory must exist.
	Path string
	// CreateSchema creates and migrates the file when the store is opened.
	// Without, one that is missing or old is an error, and nothing is written
	// before the first Fold.
	CreateSchema bool
	// Retention is how long the details of calls are kept, counted from their
	// start; Maintain drops older ones. Defaults to 0: for ever.
	Retention time.Duration
	// SummaryRetention is how long an analysis is kept with its sums, counted
	// from its last call or end. 0 keeps it for ever, and so does a Retention
	// of 0. Otherwise it must be at least Retention.
	SummaryRetention time.Duration
}

// initialHistory is how far back a new ledger reaches where calls are kept for
// ever.
const initialHistory = 90 * 24 * time.Hour

// history is how far back a new ledger reaches.
func (c *Config) history() time.Duration {
	if c.Retention > 0 {
		return c.Retention
	}
	return initialHistory
}

// Store is a ledger in one SQLite file. It is safe for concurrent use, and for
// several processes on one file.
type Store struct {
	config Config
	now    func() time.Time

	read *sql.DB
	// write has one connection, and writer is held by the one goroutine that
	// uses it. They guard stmts, which the first of them prepares.
	write  *sql.DB
	writer chan struct{}
	stmts  statements
}

var _ ledger.Store = (*Store)(nil)

// Open opens the ledger. Its errors are of type *ledger.Error, and say in one
// line which file is meant and how to mend the cause. The caller closes the
// store.
func Open(ctx context.Context, config Config) (*Store, error) {
	if err := checkPath(config); err != nil {
		return nil, openError(config.Path, err)
	}
	s, err := connect(config)
	if err != nil {
		return nil, openError(config.Path, err)
	}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, openError(config.Path, err)
	}
	return s, nil
}

// connect returns a store that has not touched the file yet.
func connect(config Config) (*Store, error) {
	mode := mayWrite
	if config.CreateSchema {
		mode = mayCreate
	}
	write, err := pool(config.Path, mode, 1)
	if err != nil {
		return nil, err
	}
	read, err := pool(config.Path, mayRead, readers)
	if err != nil {
		return nil, err
	}
	return &Store{config: config, now: time.Now, read: read, write: write, writer: make(chan struct{}, 1)}, nil
}

func (s *Store) open(ctx context.Context) error {
	if s.config.CreateSchema {
		horizon := s.now().UTC().Add(-s.config.history()).Truncate(oneDay)
		err := retryBusy(ctx, func() error { return migrate(ctx, s.write, migrations(), horizon) })
		if err != nil {
			return err
		}
	}
	return retryBusy(ctx, func() error { return checkVersion(ctx, s.read) })
}

// Close releases the connections. The last of all processes to close the file
// also folds the write-ahead log into it.
func (s *Store) Close() {
	s.stmts.close()
	_ = s.read.Close()
	_ = s.write.Close() // last, for a reader may not write the file
}

// inWriteTx runs the function in a write transaction: all of it or nothing.
// The context is asked before and after; what runs in between is not cut off,
// so that it is never in doubt whether the transaction took place.
func (s *Store) inWriteTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	select {
	case s.writer <- struct{}{}:
		defer func() { <-s.writer }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.stmts.prepare(ctx, s.write); err != nil {
		return err
	}
	tx, err := s.write.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := f(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return tx.Commit()
}

// inReadTx runs the function on one moment of the ledger.
func (s *Store) inReadTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return f(tx)
}
