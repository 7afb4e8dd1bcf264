// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func damaged(t *testing.T) ledgertest.Damaged {
	t.Helper()
	dsn := pgtest.DSN(t)
	// Statements name tables without the schema: the path is the DSN's.
	raw, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, raw.Close(context.WithoutCancel(t.Context()))) })
	return ledgertest.Damaged{Store: open(t, dsn), Damage: func(t *testing.T, statement string) {
		t.Helper()
		_, err := raw.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}}
}

func TestStore_Reconcile(t *testing.T) {
	t.Parallel()
	ledgertest.RunReconcile(t, damaged)
}

// TestStore_Reconcile_EveryState: calls that are added up when read, in the
// sums of dense analyses, of sealed days, of hidden ones, and dropped.
func TestStore_Reconcile_EveryState(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	now := time.Now().UTC()
	calls := ledgertest.Calls(1, 300, ledgertest.Shape{Base: now.Add(-8 * oneDay), Span: 8 * oneDay, Analyses: 7})
	ends := ledgertest.Ends(1, calls)
	foldAll(t, s, calls[:200], ends...)
	for i := 200; i < len(calls); i += 10 {
		foldAll(t, s, calls[i:i+10])
	}
	analyses := len(ledgertest.Truth(t, calls, ends...))
	ledgertest.RequireAgreement(t, s, analyses, len(calls))
	require.NoError(t, s.Maintain(t.Context()))
	ledgertest.RequireAgreement(t, s, analyses, len(calls))
	execAll(t, s, "UPDATE {schema}.ledger_state SET sealed_at = sealed_at - interval '2 hours'")
	require.NoError(t, s.Maintain(t.Context()))
	ledgertest.RequireAgreement(t, s, analyses, len(calls))
	_, err := s.Prune(t.Context(), now.Add(-4*oneDay))
	require.NoError(t, err)
	left := queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_call")
	require.Less(t, left, len(calls))
	ledgertest.RequireAgreement(t, s, analyses, left)
}

// TestStore_Reconcile_SpanInTwoDays: a span that came with two start times is
// two calls in sums and rows alike, and named.
func TestStore_Reconcile_SpanInTwoDays(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	calls := append(oneCall(time.Now().Add(-time.Hour)), oneCall(time.Now().Add(-2*oneDay))...)
	require.Equal(t, ledger.Outcome{Folded: 1}, foldAll(t, s, calls[:1]))
	require.Equal(t, ledger.Outcome{Folded: 1}, foldAll(t, s, calls[1:]))
	got, err := s.Reconcile(t.Context(), ledger.ReconcileQuery{})
	require.NoError(t, err)
	require.Equal(t, []ledger.Difference{{
		Kind: ledger.CallTwice, AnalysisID: "a", View: ledger.ViewCall,
		Column: "01000000000000000000000000000000 0200000000000000", InSums: "1", InRows: "2",
	}}, got.Differences)
}

// TestStore_Reconcile_Sealed takes away the sums of calls that nothing but the
// seal of their days says to be in sums.
func TestStore_Reconcile_Sealed(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	foldAll(t, s, oneCall(time.Now().Add(-3*oneDay)))
	require.NoError(t, s.seal(t.Context(), time.Now()))
	ledgertest.RequireAgreement(t, s, 1, 1)
	execAll(t, s, "DELETE FROM {schema}.ledger_rollup")
	got, err := s.Reconcile(t.Context(), ledger.ReconcileQuery{})
	require.NoError(t, err)
	require.Equal(t, ledger.SumsMissing, got.Differences[0].Kind)
}
