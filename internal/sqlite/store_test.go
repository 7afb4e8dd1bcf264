// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/sqlite"
)

func TestStore_Conformance(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T) func() ledger.Store {
		t.Helper()
		path := filepath.Join(t.TempDir(), "ledger.db")
		return func() ledger.Store { return open(t, sqlite.Config{Path: path, CreateSchema: true}) }
	})
}

func open(tb testing.TB, config sqlite.Config) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), config)
	require.NoError(tb, err)
	return s
}
