// SPDX-License-Identifier: Apache-2.0

// Package store opens the ledger that a DSN names, in Postgres or in a SQLite
// file. It is the one place that knows both; what they have in common is
// [ledger.Keeper].
//
// The main path is [Open].
package store

import (
	"context"
	"time"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/postgres"
	"github.com/spanledger/spanledger/internal/sqlite"
)

// DefaultDSN is the ledger of commands that are told of no other: a file in
// the working directory.
const DefaultDSN = "sqlite:spanledger.db"

// Config says which ledger to open, and how.
type Config struct {
	// DSN is "postgres://USER:PASSWORD@HOST:5432/DATABASE", or "postgresql://"
	// of the same, or "sqlite:PATH".
	DSN string
	// Schema is the schema of a ledger in Postgres. A file has none. Defaults
	// to what the DSN's search_path names, else to "spanledger".
	Schema string
	// CreateSchema creates and migrates the schema or the file. Without, a
	// ledger that is missing or old is an error.
	CreateSchema bool
	// Retention is how long the details of calls are kept, as the stores'
	// Maintain and the partitions of a new ledger have it. Defaults to 0: for
	// ever.
	Retention time.Duration
	// SummaryRetention is how long analyses are kept with their sums, counted
	// from their last call or end. Defaults to 0: for ever. Otherwise it is at
	// least Retention, which must not be 0.
	SummaryRetention time.Duration
}

// Open opens the ledger. Its errors are one line that says what is wrong and
// how to mend it, and hold no password. The caller closes the store.
func Open(ctx context.Context, config Config) (ledger.Keeper, error) {
	place, err := parse(config.DSN)
	if err != nil {
		return nil, err
	}
	if place.file != "" {
		return closer(sqlite.Open(ctx, config.sqlite(place.file)))
	}
	return closer(postgres.Open(ctx, config.postgres()))
}

// Migrate creates the ledger where it is missing and brings its schema to the
// version of this program, whatever CreateSchema says.
func Migrate(ctx context.Context, config Config) error {
	config.CreateSchema = true
	s, err := Open(ctx, config)
	if err != nil {
		return err
	}
	s.Close()
	return nil
}

func (c *Config) sqlite(path string) sqlite.Config {
	return sqlite.Config{
		Path: path, CreateSchema: c.CreateSchema, Retention: c.Retention, SummaryRetention: c.SummaryRetention,
	}
}

func (c *Config) postgres() postgres.Config {
	return postgres.Config{
		DSN: c.DSN, Schema: c.Schema, CreateSchema: c.CreateSchema,
		Retention: c.Retention, SummaryRetention: c.SummaryRetention,
	}
}

// closer keeps a nil pointer from becoming a store that is not nil.
func closer[S ledger.Keeper](s S, err error) (ledger.Keeper, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
