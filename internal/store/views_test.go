// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
	"github.com/spanledger/spanledger/internal/store"
)

// TestViews_Postgres holds the views in Postgres to the figures that those in
// SQLite are held to.
func TestViews_Postgres(t *testing.T) {
	t.Parallel()
	ledgertest.RunViews(t, func(t *testing.T) (ledger.Store, ledgertest.Query) {
		t.Helper()
		dsn := pgtest.DSN(t)
		s, err := store.Open(t.Context(), store.Config{DSN: dsn, CreateSchema: true})
		require.NoError(t, err)
		return s, func(t *testing.T, statement string) ([]string, [][]*string) {
			t.Helper()
			return query(t, dsn, statement)
		}
	})
}

// query returns the cells as the server's text.
func query(t *testing.T, dsn, statement string) (columns []string, cells [][]*string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	rows, err := conn.Query(t.Context(), statement, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	defer rows.Close()
	for _, field := range rows.FieldDescriptions() {
		columns = append(columns, field.Name)
	}
	for rows.Next() {
		row := make([]*string, len(columns))
		for i, value := range rows.RawValues() {
			if value != nil {
				text := string(value)
				row[i] = &text
			}
		}
		cells = append(cells, row)
	}
	require.NoError(t, rows.Err())
	return columns, cells
}
