// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/spanledger/spanledger/internal/ledger"
)

// Store is a ledger on Postgres. It is safe for concurrent use, and any number
// of stores may share one ledger.
type Store struct {
	config Config
	schema string
	sql    queries
	pool   *pgxpool.Pool
	now    func() time.Time

	partitions partitions
	registered registered
	resends    resends
}

var _ ledger.Store = (*Store)(nil)

// Open connects to the ledger. Its errors are of type *ledger.Error, say what
// is wrong and how to mend it in one line, and hold no password. The caller
// closes the store.
func Open(ctx context.Context, config Config) (*Store, error) {
	s, err := connect(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, openError(err)
	}
	return s, nil
}

// connect returns a store that has reached the server and not looked at the
// schema yet.
func connect(ctx context.Context, config Config) (*Store, error) {
	poolConfig, schema, err := config.pool()
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, poolConfig)
	if err != nil {
		return nil, classify("open ledger", err)
	}
	if err := reach(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	if pool, err = suitPooler(ctx, pool, config.DSN); err != nil {
		pool.Close()
		return nil, classify("open ledger", err)
	}
	return &Store{config: config, schema: schema, sql: newQueries(schema), pool: pool, now: time.Now}, nil
}

// reach checks that a server answers, and that its database takes every text.
// Some poolers do not tell which it takes.
func reach(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return connectError(pool.Config().ConnConfig, err)
	}
	defer conn.Release()
	encoding := conn.Conn().PgConn().ParameterStatus("server_encoding")
	if encoding != "" && encoding != "UTF8" {
		err := fmt.Errorf("the database keeps text as %s; create one with ENCODING 'UTF8'", encoding)
		return &ledger.Error{Op: "open ledger", Class: ledger.Permanent, Err: err}
	}
	return nil
}

func (s *Store) open(ctx context.Context) error {
	if s.config.CreateSchema {
		if err := s.migrate(ctx); err != nil {
			return err
		}
	} else if err := s.checkVersion(ctx); err != nil {
		return err
	}
	return classify("read state", s.refresh(ctx))
}

// Close closes the connections. No method may be called after it.
func (s *Store) Close() { s.pool.Close() }

// inTx runs the function in a transaction: all of it or nothing.
func (s *Store) inTx(ctx context.Context, do func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, do)
}

// inSnapshot runs queries that see one moment of the ledger.
func (s *Store) inSnapshot(ctx context.Context, read func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: s.sql.qualify(beginSnapshotSQL)}, read)
}

// beginSnapshotSQL locks the calls against Prune before anything takes the
// snapshot: a query that had its snapshot and was to plan yet would neither
// find the partitions that were dropped in between nor see the sums that took
// their place. Compiling a plan of many partitions takes longer than to run it.
const beginSnapshotSQL = `
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL jit = off;
LOCK TABLE ONLY {schema}.ledger_call IN ACCESS SHARE MODE`
