// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // SQLite for database/sql

	"github.com/spanledger/spanledger/test/bench/load"
)

// measurePostgresFloor copies the rows of a ledger, batch by batch, into a
// table with the ledger's primary key.
func measurePostgresFloor(b *testing.B) {
	config := newPostgres(b)
	traces, spans := newExporter(b, config), load.New(load.Shape{})
	conn, err := pgx.Connect(b.Context(), string(config.DSN))
	require.NoError(b, err)
	defer func() { require.NoError(b, conn.Close(context.WithoutCancel(b.Context()))) }()
	_, err = conn.Exec(b.Context(), `CREATE TABLE floor (LIKE ledger_call);
		ALTER TABLE floor ADD PRIMARY KEY (analysis_id, start_time, trace_id, span_id)`)
	require.NoError(b, err)
	for b.Loop() {
		b.StopTimer()
		consume(b, traces, spans.Next())
		var rows bytes.Buffer
		_, err := conn.PgConn().CopyTo(b.Context(), &rows, `COPY (
			SELECT * FROM ledger_call WHERE recorded_at = (SELECT max(recorded_at) FROM ledger_call)
		) TO STDOUT BINARY`)
		require.NoError(b, err)
		b.StartTimer()
		tag, err := conn.PgConn().CopyFrom(b.Context(), &rows, `COPY floor FROM STDIN BINARY`)
		if err != nil || tag.RowsAffected() != load.BatchCalls {
			b.Fatal(tag, err)
		}
	}
	perCall(b)
}

// measureSQLiteFloor inserts the rows of a ledger, batch by batch, into a
// table with a primary key.
func measureSQLiteFloor(b *testing.B) {
	config := newSQLite(b)
	traces, spans := newExporter(b, config), load.New(load.Shape{})
	ledger := openSQLite(b, strings.TrimPrefix(string(config.DSN), "sqlite:"))
	floor := openSQLite(b, filepath.Join(b.TempDir(), "floor.db"))
	insert, err := floor.PrepareContext(b.Context(), createFloor(b, ledger, floor))
	require.NoError(b, err)
	defer insert.Close()
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		consume(b, traces, spans.Next())
		rows := readRows(b, ledger, n*load.BatchCalls)
		b.StartTimer()
		insertAll(b, floor, insert, rows)
	}
	perCall(b)
}

func insertAll(b *testing.B, floor *sql.DB, insert *sql.Stmt, rows [][]any) {
	b.Helper()
	tx, err := floor.BeginTx(b.Context(), nil)
	require.NoError(b, err)
	in := tx.StmtContext(b.Context(), insert)
	defer in.Close()
	for _, row := range rows {
		if _, err := in.ExecContext(b.Context(), row...); err != nil {
			b.Fatal(err)
		}
	}
	require.NoError(b, tx.Commit())
}

// openSQLite opens a file the way the ledger does.
func openSQLite(b *testing.B, path string) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=page_size(8192)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4096)&_pragma=busy_timeout(5000)")
	require.NoError(b, err)
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	return db
}

// createFloor creates a table with the columns of the ledger's, and returns
// the statement that inserts a row.
func createFloor(b *testing.B, ledger, floor *sql.DB) string {
	b.Helper()
	rows, err := ledger.QueryContext(b.Context(), `SELECT * FROM ledger_call LIMIT 0`)
	require.NoError(b, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(b, err)
	require.NoError(b, rows.Err())
	_, err = floor.ExecContext(b.Context(),
		`CREATE TABLE floor (`+strings.Join(columns, ", ")+`, PRIMARY KEY (trace_id, span_id))`)
	require.NoError(b, err)
	return `INSERT INTO floor VALUES (?` + strings.Repeat(", ?", len(columns)-1) + `)`
}

// readRows returns the rows of the batch that follows so many.
func readRows(b *testing.B, ledger *sql.DB, after int) [][]any {
	b.Helper()
	rows, err := ledger.QueryContext(b.Context(), `SELECT * FROM ledger_call WHERE rowid > ? ORDER BY rowid`, after)
	require.NoError(b, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(b, err)
	var all [][]any
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		require.NoError(b, rows.Scan(to...))
		all = append(all, row)
	}
	require.NoError(b, rows.Err())
	require.Len(b, all, load.BatchCalls)
	return all
}
