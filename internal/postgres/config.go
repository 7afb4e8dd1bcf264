// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/spanledger/spanledger/internal/ledger"
)

// DefaultSchema is the schema of the ledger where neither the Config nor the
// DSN names one.
const DefaultSchema = "spanledger"

// connectTimeout bounds the way to a server that does not answer, where the
// DSN has no connect_timeout.
const connectTimeout = 10 * time.Second

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
	// SummaryRetention is how long an analysis is kept with its sums, counted
	// from its last call or end. 0 keeps it for ever, and so does a Retention
	// of 0. Otherwise it must be at least Retention.
	SummaryRetention time.Duration
}

// Validate reports whether the config can name a ledger. It connects to
// nothing.
func Validate(config Config) error {
	_, _, err := config.pool()
	return err
}

// None of these errors quotes the DSN, or pgx, whose texts hold parts of it.
var (
	errDSN = errors.New("the DSN is not a Postgres connection string; " +
		"want postgres://USER:PASSWORD@HOST:5432/DATABASE, special characters of the password percent-encoded")
	errParameter = errors.New("the Postgres DSN cannot be used; check its port and parameters, " +
		"the files that they name, and the environment variables whose names begin with PG")
)

// pool returns what pgxpool makes of the config, and the schema.
func (c *Config) pool() (config *pgxpool.Config, schema string, err error) {
	config, err = parseDSN(c.DSN)
	if err != nil {
		return nil, "", &ledger.Error{Op: "open ledger", Class: ledger.Permanent, Err: err}
	}
	settings := config.ConnConfig.RuntimeParams
	schema = c.schema(settings["search_path"])
	// Every name is qualified, and poolers refuse unknown start parameters.
	delete(settings, "search_path")
	settings["client_encoding"] = "UTF8" // what is sent, whatever the server expects of this user
	config.ConnConfig.OnPgError = keepsConnection
	config.ConnConfig.ConnectTimeout = cmp.Or(config.ConnConfig.ConnectTimeout, connectTimeout)
	return config, schema, nil
}

func parseDSN(dsn string) (*pgxpool.Config, error) {
	isURL := strings.Contains(dsn, "://")
	if isURL && !wellFormed(dsn) {
		return nil, errDSN
	}
	config, err := pgxpool.ParseConfig(dsn)
	switch {
	case err != nil && isURL:
		return nil, errParameter
	case err != nil, slices.ContainsFunc(hosts(config.ConnConfig), holdsUser):
		return nil, errDSN
	}
	return config, nil
}

// wellFormed reports whether an URL has the one @ that belongs before the
// host. Where the password holds another, or a slash, its end would be taken
// for the name of the host, and shown.
func wellFormed(dsn string) bool {
	if _, err := url.Parse(dsn); err != nil {
		return false
	}
	_, rest, _ := strings.Cut(dsn, "://")
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	return strings.Count(rest, "@") <= 1 && strings.Count(rest, "@") == strings.Count(authority, "@")
}

func hosts(config *pgx.ConnConfig) []string {
	names := []string{config.Host}
	for _, other := range config.Fallbacks {
		names = append(names, other.Host)
	}
	return names
}

// holdsUser reports whether what stands for a host begins as an URL does, with
// user and password.
func holdsUser(host string) bool { return !strings.HasPrefix(host, "/") && strings.Contains(host, "@") }

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
