// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestCopyReader reads a COPY of many chunks in pieces of every kind.
func TestCopyReader(t *testing.T) {
	t.Parallel()
	rows := newDelivery(
		&ledger.Batch{Calls: ledgertest.Calls(1, 500, ledgertest.Shape{Hostile: true})},
		time.Now(),
	).rows
	for _, n := range []int{0, 1, 500} {
		want := append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...)
		for _, r := range rows[:n] {
			want = callTable.appendCopy(want, r)
		}
		want = append(want, 0xFF, 0xFF)
		require.NoError(t, iotest.TestReader(newCopyReader(callTable, rows[:n]), want))
		got, err := io.ReadAll(iotest.HalfReader(newCopyReader(callTable, rows[:n])))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestCopyInto_ReadsNothingAfterwards gives a COPY up while an item is read:
// it ends, and not before the reading has. The memory of calls is used anew then.
func TestCopyInto_ReadsNothingAfterwards(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	pooled, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer pooled.Release()
	conn := pooled.Conn().PgConn()
	_, err = conn.Exec(t.Context(), "CREATE TEMPORARY TABLE copied (id text)").ReadAll()
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	returned, early := make(chan struct{}), make(chan bool, 1)
	interrupt := sync.OnceFunc(func() {
		cancel()
		timer := time.NewTimer(300 * time.Millisecond)
		defer timer.Stop()
		select {
		case <-returned:
			early <- true
		case <-timer.C: // as long as copyInto is given to err
			early <- false
		}
	})
	ids := table[row]{{"id", textKind, func(b []byte, r *row) []byte {
		interrupt()
		return appendText(b, r.AnalysisID)
	}}}
	rows := newDelivery(&ledger.Batch{Calls: ledgertest.Calls(1, 100, ledgertest.Shape{})}, time.Now()).rows
	err = copyInto(ctx, conn, "COPY copied FROM STDIN BINARY", ids, rows)
	close(returned)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, <-early, "an item was read after the COPY had returned")
}

// TestStore_Fold_KeepsNothing gives folds up wherever they are, and uses the
// memory of their batches anew as soon as they have returned, as the exporter
// does. Nothing may read it still: the race detector would tell.
func TestStore_Fold_KeepsNothing(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	calls := ledgertest.Calls(7, 2000, ledgertest.Shape{Analyses: 40})
	begin := time.Now()
	foldAll(t, s, calls)
	took := time.Since(begin)
	ends := ledgertest.Ends(7, calls)
	const rounds = 30
	given := 0
	for i := range rounds {
		batch := ledger.Batch{Calls: slices.Clone(calls), Closed: slices.Clone(ends)}
		for n := range batch.Calls {
			batch.Calls[n].Key.Span[0] ^= byte(i + 1) // new to the ledger
		}
		ctx, cancel := context.WithTimeout(t.Context(), took*time.Duration(i)/rounds)
		if _, err := s.Fold(ctx, &batch); err != nil {
			given++
			require.Equal(t, ledger.Retryable, ledger.ClassOf(err))
		}
		cancel()
		clear(batch.Calls)
		clear(batch.Closed)
	}
	require.Positive(t, given)
}
