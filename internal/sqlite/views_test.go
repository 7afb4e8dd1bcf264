// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

func TestViews(t *testing.T) {
	t.Parallel()
	ledgertest.RunViews(t, func(t *testing.T) (ledger.Store, ledgertest.Query) {
		t.Helper()
		s := openNew(t)
		return s, func(t *testing.T, statement string) ([]string, [][]*string) {
			t.Helper()
			return query(t, s.read, statement)
		}
	})
}

// openNew opens a new ledger until the end of the test.
func openNew(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "ledger.db"), CreateSchema: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func query(t *testing.T, db *sql.DB, statement string) (columns []string, cells [][]*string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err = rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		row, into := make([]*string, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		require.NoError(t, rows.Scan(into...))
		cells = append(cells, row)
	}
	require.NoError(t, rows.Err())
	return columns, cells
}
