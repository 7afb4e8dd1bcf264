// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

// script runs SQL on a file as another program would.
func script(t *testing.T, path, text string) {
	t.Helper()
	db, err := pool(path, mayCreate, 1)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.ExecContext(t.Context(), text)
	require.NoError(t, err)
}

func TestOpen_ErrorsNameFileAndRemedy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file   string
		make   func(t *testing.T, path string)
		config Config
		want   string
	}{
		"NoPath":      {want: "a ledger needs the path of a file"},
		"NoDirectory": {file: "no/such/ledger.db", config: Config{CreateSchema: true}, want: "there is no directory"},
		"NoFile":      {file: "ledger.db", want: "there is no such file"},
		"Directory": {
			file: "ledger.db", want: "it is not a regular file",
			make: func(t *testing.T, path string) { t.Helper(); require.NoError(t, os.Mkdir(path, 0o700)) },
		},
		"EmptyFile": {file: "ledger.db", make: text(""), want: "it is empty"},
		"NotSQLite": {file: "ledger.db", make: text(strings.Repeat("plain text\n", 200)), want: "it is not a SQLite database"},
		"NotSQLiteToo": {
			file: "ledger.db", make: text("short"), config: Config{CreateSchema: true}, want: "it is not a SQLite database",
		},
		"AnotherApplication": {
			file: "ledger.db", config: Config{CreateSchema: true}, want: "it is the database of another application",
			make: func(t *testing.T, path string) { t.Helper(); script(t, path, `CREATE TABLE invoice (id INTEGER)`) },
		},
		"NewerVersion": {
			file: "ledger.db", config: Config{CreateSchema: true}, want: "use a newer spanledger",
			make: func(t *testing.T, path string) {
				t.Helper()
				s, err := Open(t.Context(), Config{Path: path, CreateSchema: true})
				require.NoError(t, err)
				s.Close()
				script(t, path, `INSERT INTO ledger_migration VALUES (99, 0)`)
			},
		},
		"OlderVersion": {
			file: "ledger.db", want: "run spanledger migrate",
			make: func(t *testing.T, path string) {
				t.Helper()
				db, err := pool(path, mayCreate, 1)
				require.NoError(t, err)
				defer func() { _ = db.Close() }()
				require.NoError(t, migrate(t.Context(), db, migrations()[:1]))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.file != "" {
				c.config.Path = filepath.Join(t.TempDir(), c.file)
			}
			if c.make != nil {
				c.make(t, c.config.Path)
			}
			before, _ := os.ReadFile(c.config.Path)
			_, err := Open(t.Context(), c.config)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, c.config.Path)
			require.NotContains(t, err.Error(), "\n")
			require.Equal(t, ledger.Permanent, ledger.ClassOf(err))
			after, _ := os.ReadFile(c.config.Path)
			require.Equal(t, before, after, "the file stays as it was")
		})
	}
}

// text makes a file that holds the text.
func text(content string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
}

func TestOpen_OddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space.db", "per%20cent.db", "what?.db", "a#b.db", "r\u00E9sum\u00E9 &=+.db"} {
		path := filepath.Join(t.TempDir(), name)
		s, err := Open(t.Context(), Config{Path: path, CreateSchema: true})
		require.NoError(t, err, name)
		s.Close()
		require.FileExists(t, path)
	}
}

func TestOpen_WithoutCreateSchemaWritesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	calls := ledgertest.Calls(1, 20, ledgertest.Shape{})
	s, err := Open(t.Context(), Config{Path: path, CreateSchema: true})
	require.NoError(t, err)
	_, err = s.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.NoError(t, err)
	s.Close()

	before, err := os.ReadFile(path)
	require.NoError(t, err)
	reader, err := Open(t.Context(), Config{Path: path})
	require.NoError(t, err)
	ledgertest.RequireTruth(t, reader, ledgertest.Truth(t, calls))
	reader.Close()
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestOpen_ManyAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	opened := make(chan error, 8)
	for range cap(opened) {
		go func() {
			s, err := Open(t.Context(), Config{Path: path, CreateSchema: true})
			if err == nil {
				s.Close()
			}
			opened <- err
		}()
	}
	for range cap(opened) {
		require.NoError(t, <-opened)
	}
}

func TestOpen_Canceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Open(ctx, Config{Path: filepath.Join(t.TempDir(), "ledger.db"), CreateSchema: true})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, ledger.Retryable, ledger.ClassOf(err))
}

func TestMigrate_PopulatedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	config := Config{Path: path, CreateSchema: true}
	s, err := connect(config)
	require.NoError(t, err)
	require.NoError(t, migrate(t.Context(), s.write, migrations()[:1]))
	calls := ledgertest.Calls(2, 50, ledgertest.Shape{})
	_, err = s.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.NoError(t, err)
	s.Close()

	for range 2 { // the second time there is nothing to do
		s, err = Open(t.Context(), config)
		require.NoError(t, err)
		truth := ledgertest.Truth(t, calls)
		ledgertest.RequireTruth(t, s, truth)
		_, rows := query(t, s.read, `SELECT analysis_id FROM analysis_summary`)
		require.Len(t, rows, len(truth))
		_, versions := query(t, s.read, `SELECT version FROM ledger_migration`)
		require.Len(t, versions, len(migrations()))
		s.Close()
	}
}

func TestMigrate_FailureLeavesTheOldVersion(t *testing.T) {
	t.Parallel()
	db, err := pool(filepath.Join(t.TempDir(), "ledger.db"), mayCreate, 1)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	broken := append(migrations(), migration{version: 3, sql: `CREATE TABLE a (b); SELECT no such thing`})
	require.Error(t, migrate(t.Context(), db, broken))
	version, err := readVersion(t.Context(), db)
	require.NoError(t, err)
	require.Zero(t, version)
}
