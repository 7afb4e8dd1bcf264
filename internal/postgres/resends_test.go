// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestResends(t *testing.T) {
	t.Parallel()
	var r resends
	require.False(t, r.expected())
	r.learn(false)
	require.False(t, r.expected())
	r.learn(true)
	for range resendMemory {
		require.True(t, r.expected())
		r.learn(false)
	}
	require.False(t, r.expected())
}

// TestStore_Fold_ResendsLeaveFewDeadRows sends each batch again with the next:
// the first COPY that fails leaves rows behind, and the others are not tried.
func TestStore_Fold_ResendsLeaveFewDeadRows(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	calls := ledgertest.Calls(1, 600, ledgertest.Shape{Span: time.Hour})
	foldAll(t, s, calls[:100])
	for i := 100; i < 600; i += 100 {
		require.Equal(t, ledger.Outcome{Folded: 100, Duplicate: 100}, foldAll(t, s, calls[i-100:i+100]))
	}
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
	size := queryInt(t, s, `
SELECT sum(pg_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = '{schema}.ledger_call'::regclass`)
	require.Less(t, size, 340_000)
}
