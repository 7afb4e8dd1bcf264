// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"net/url"
	"strings"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/postgres"
)

const (
	postgresForm = "postgres://USER:PASSWORD@HOST:5432/DATABASE"
	sqliteForm   = "sqlite:PATH"
)

// None of these errors quotes the DSN, for it may hold a password.
var (
	errScheme = errors.New("the DSN names no ledger; want " + postgresForm + " or " + sqliteForm)
	errURL    = errors.New("the DSN is not a URL of Postgres; want " + postgresForm +
		", special characters of the password percent-encoded")
	errNoFile     = errors.New("the DSN names no file; want " + sqliteForm + ", such as " + DefaultDSN)
	errSlashes    = errors.New("the DSN of a file has no host; want " + sqliteForm + " without the slashes")
	errParameters = errors.New("the DSN of a file takes no parameters; want " + sqliteForm)
)

// place is where a DSN points: a file, or a database of Postgres.
type place struct {
	file     string
	postgres *url.URL
}

func parse(dsn string) (place, error) {
	p, err := split(dsn)
	if err != nil {
		return place{}, &ledger.Error{Op: "open ledger", Class: ledger.Permanent, Err: err}
	}
	return p, nil
}

func split(dsn string) (place, error) {
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "sqlite":
		return splitFile(rest)
	case "postgres", "postgresql":
		u, err := url.Parse(dsn)
		if err != nil || u.Opaque != "" {
			return place{}, errURL
		}
		return place{postgres: u}, nil
	}
	return place{}, errScheme
}

func splitFile(path string) (place, error) {
	switch {
	case path == "" || strings.HasPrefix(path, ":"):
		return place{}, errNoFile
	case strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///"):
		return place{}, errSlashes
	case strings.Contains(path, "?"):
		return place{}, errParameters
	}
	return place{file: path}, nil
}

// Validate reports whether the DSN can name a ledger. It connects to nothing.
func Validate(dsn string) error {
	p, err := parse(dsn)
	if err != nil || p.file != "" {
		return err
	}
	return postgres.Validate(postgres.Config{DSN: dsn})
}

// Redact returns the DSN for people to read: without password and parameters,
// which may hold one. Of a text that is no DSN it tells nothing.
func Redact(dsn string) string {
	p, err := split(dsn)
	switch {
	case err != nil:
		return "(not a DSN)"
	case p.file != "":
		return dsn
	}
	shown := url.URL{Scheme: p.postgres.Scheme, Host: p.postgres.Host, Path: p.postgres.Path}
	if user := p.postgres.User.Username(); user != "" {
		shown.User = url.User(user)
	}
	return shown.String()
}
