// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/sqlite"
)

func TestStore_Prune(t *testing.T) {
	t.Parallel()
	ledgertest.RunPrune(t, func(t *testing.T) func() ledger.Keeper {
		t.Helper()
		path := filepath.Join(t.TempDir(), "ledger.db")
		return func() ledger.Keeper { return open(t, sqlite.Config{Path: path, CreateSchema: true}) }
	})
}
