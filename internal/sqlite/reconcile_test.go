// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

func damaged(t *testing.T) ledgertest.Damaged {
	t.Helper()
	s := openNew(t)
	return ledgertest.Damaged{Store: s, Damage: func(t *testing.T, statement string) {
		t.Helper()
		_, err := s.write.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}}
}

func TestStore_Reconcile(t *testing.T) {
	t.Parallel()
	ledgertest.RunReconcile(t, damaged)
}

// TestStore_Reconcile_Ends: here the registry keeps what ends said.
func TestStore_Reconcile_Ends(t *testing.T) {
	t.Parallel()
	d := damaged(t)
	calls := ledgertest.Calls(1, 60, ledgertest.Shape{Analyses: 2})
	_, err := d.Store.Fold(t.Context(), &ledger.Batch{Calls: calls, Closed: ledgertest.Ends(5, calls)})
	require.NoError(t, err)
	d.Damage(t, "UPDATE ledger_analysis SET closed_spans = closed_spans + 1, closed_calls = closed_calls + 1000")
	got, err := d.Store.Reconcile(t.Context(), ledger.ReconcileQuery{})
	require.NoError(t, err)
	columns := map[string]bool{}
	for i := range got.Differences {
		columns[got.Differences[i].Column] = true
	}
	require.True(t, columns["missing_calls"])
	require.True(t, columns["completeness"])
}
