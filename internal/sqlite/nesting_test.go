// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

func TestStore_PruneForgetsSpans(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	base := time.Now().UTC().Truncate(time.Hour)
	old := ledgertest.Forest(1, 40, ledgertest.Shape{Base: base.Add(-90 * time.Hour), Span: time.Hour})
	young := ledgertest.Forest(2, 40, ledgertest.Shape{Base: base.Add(-40 * time.Hour), Span: time.Hour})
	spans := func() string {
		t.Helper()
		_, rows := query(t, s.read, `SELECT count(*) FROM ledger_nesting`)
		return *rows[0][0]
	}
	_, err := s.Fold(t.Context(), &ledger.Batch{Calls: young})
	require.NoError(t, err)
	want := spans()
	_, err = s.Fold(t.Context(), &ledger.Batch{Calls: old})
	require.NoError(t, err)
	require.NotEqual(t, want, spans())
	_, err = s.Prune(t.Context(), base.Add(-48*time.Hour))
	require.NoError(t, err)
	require.Equal(t, want, spans())
}

func TestStore_LeavesClaimNothing(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	calls := ledgertest.Forest(1, 40, ledgertest.Shape{})
	for i := range calls {
		calls[i].Leaf = true
	}
	outcome, err := s.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.NoError(t, err)
	require.Equal(t, ledger.Outcome{Folded: len(calls)}, outcome)
	_, rows := query(t, s.read, `SELECT count(*) FROM ledger_nesting`)
	require.Equal(t, "0", *rows[0][0])
}
