// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/spanledger/spanledger/internal/ledger"
)

// DefaultSchema is the schema of the ledger where neither the Config nor the
// DSN names one.
const DefaultSchema = "spanledger"

// initialHistory is how far back a new ledger reaches where calls are kept for
// ever.
const initialHistory = 90 * 24 * time.Hour

// Config says where the ledger is and how long it keeps calls.
type Config struct {
	// DSN is a connection string of Postgres, URL or key=value. Everything
	// that pgxpool reads in it holds: sslmode, pool_max_conns,
	// default_query_exec_mode.
	DSN string
	// Schema holds the ledger. Defaults to the first schema that search_path
	// in the DSN names, else to DefaultSchema.
	Schema string
	// CreateSchema creates and migrates the schema when the store is opened.
	// Without, one that is missing or old is an error.
	CreateSchema bool
	// Retention is how long the details of calls are kept, counted from their
	// start. 0 keeps them for ever. The sums stay either way. Retention is
	// carried out by Maintain.
	Retention time.Duration
	// MaxConns bounds the pool. Defaults to what the DSN says, else to the
	// larger of 4 and the number of CPUs.
	MaxConns int32
}

var errDSN = errors.New("the DSN is not a Postgres connection string; " +
	"want postgres://USER:PASSWORD@HOST:5432/DATABASE, special characters of the password percent-encoded")

// pool returns what pgxpool makes of the config, and the schema.
func (c *Config) pool() (config *pgxpool.Config, schema string, err error) {
	config, err = pgxpool.ParseConfig(c.DSN)
	if err != nil || !wellFormed(c.DSN) { // an error's text may hold parts of the password
		return nil, "", &ledger.Error{Op: "open ledger", Class: ledger.Permanent, Err: errDSN}
	}
	schema = c.schema(config.ConnConfig.RuntimeParams["search_path"])
	// Every name is qualified, and poolers refuse unknown start parameters.
	delete(config.ConnConfig.RuntimeParams, "search_path")
	if c.MaxConns > 0 {
		config.MaxConns = c.MaxConns
		config.MinConns = min(config.MinConns, c.MaxConns)
	}
	return config, schema, nil
}

// wellFormed reports whether an URL has the one @ that belongs before the
// host. Where the password holds another, or a slash, its end would be taken
// for the name of the host, and shown.
func wellFormed(dsn string) bool {
	_, rest, isURL := strings.Cut(dsn, "://")
	if !isURL {
		return true
	}
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	return strings.Count(rest, "@") <= 1 && strings.Count(rest, "@") == strings.Count(authority, "@")
}

func (c *Config) schema(searchPath string) string {
	if c.Schema != "" {
		return c.Schema
	}
	first, _, _ := strings.Cut(searchPath, ",")
	if first = strings.Trim(strings.TrimSpace(first), `"`); first != "" {
		return first
	}
	return DefaultSchema
}

// history is how far back a new ledger reaches.
func (c *Config) history() time.Duration {
	if c.Retention > 0 {
		return c.Retention
	}
	return initialHistory
}
