// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
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
				require.NoError(t, migrate(t.Context(), db, migrations()[:1], time.Time{}))
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
	for version := 1; version < len(migrations()); version++ {
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			t.Parallel()
			calls := oldCalls(2, 50)
			config := Config{Path: oldFile(t, version, calls), CreateSchema: true}
			more := ledgertest.Calls(3, 20, ledgertest.Shape{Analyses: 4})
			for i := range more {
				more[i].Key.Trace[0] = 0xFF
			}
			truth := ledgertest.Truth(t, calls)
			for range 2 { // the second time there is nothing to do
				s, err := Open(t.Context(), config)
				require.NoError(t, err)
				ledgertest.RequireTruth(t, s, truth)
				_, rows := query(t, s.read, `SELECT analysis_id FROM analysis_summary`)
				require.Len(t, rows, len(truth))
				_, versions := query(t, s.read, `SELECT version FROM ledger_migration`)
				require.Len(t, versions, len(migrations()))
				_, rows = query(t, s.read, `SELECT count(*) FROM call`)
				require.Equal(t, strconv.FormatInt(totalCalls(truth), 10), *rows[0][0])

				outcome, err := s.Fold(t.Context(), &ledger.Batch{Calls: append(slices.Clip(calls), more...)})
				require.NoError(t, err)
				require.Zero(t, outcome.Conflicting, "what was kept before the migration is still the same")
				truth = ledgertest.Truth(t, append(slices.Clip(calls), more...))
				ledgertest.RequireTruth(t, s, truth)
				s.Close()
			}
		})
	}
}

func totalCalls(truth map[string]analysis.Summary) (n int64) {
	for id := range truth {
		n += truth[id].Calls
	}
	return n
}

// oldCalls returns calls without what the first version could not keep.
func oldCalls(seed uint64, n int) []analysis.Call {
	calls := ledgertest.Calls(seed, n, ledgertest.Shape{})
	for i := range calls {
		calls[i].Usage.LargestInput = analysis.Unknown()
	}
	return calls
}

// oldFile returns a ledger of an earlier version that holds the calls: today's
// rows without the columns that it did not have.
func oldFile(t *testing.T, version int, calls []analysis.Call) string {
	t.Helper()
	dir := t.TempDir()
	today, old := filepath.Join(dir, "today.db"), filepath.Join(dir, "old.db")
	s, err := Open(t.Context(), Config{Path: today, CreateSchema: true})
	require.NoError(t, err)
	_, err = s.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.NoError(t, err)
	s.Close()

	db, err := pool(old, mayCreate, 1)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	require.NoError(t, migrate(t.Context(), db, migrations()[:version], time.Time{}))
	_, err = db.ExecContext(t.Context(), `ATTACH ? AS today`, today)
	require.NoError(t, err)
	_, tables := query(t, db, `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name <> 'ledger_migration'`)
	for _, table := range tables {
		_, columns := query(t, db, `SELECT group_concat(name) FROM pragma_table_info('`+*table[0]+`', 'main')`)
		_, err := db.ExecContext(t.Context(), `INSERT OR REPLACE INTO main.`+*table[0]+` (`+*columns[0][0]+`)
			SELECT `+*columns[0][0]+` FROM today.`+*table[0])
		require.NoError(t, err)
	}
	return old
}

func TestMigrate_FailureLeavesTheOldVersion(t *testing.T) {
	t.Parallel()
	db, err := pool(filepath.Join(t.TempDir(), "ledger.db"), mayCreate, 1)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	broken := append(
		migrations(),
		migration{version: len(migrations()) + 1, sql: `CREATE TABLE a (b); SELECT no such thing`},
	)
	require.Error(t, migrate(t.Context(), db, broken, time.Time{}))
	version, err := readVersion(t.Context(), db)
	require.NoError(t, err)
	require.Zero(t, version)
}
