// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// chaosCalls are calls of a few big analyses and many small ones.
func chaosCalls(seed uint64, n int) []analysis.Call {
	calls := ledgertest.Calls(seed, n, ledgertest.Shape{})
	for i := range calls {
		if i%2 == 0 {
			calls[i].AnalysisID = fmt.Sprintf("big_%d", i%6)
		}
	}
	return calls
}

// writeShuffled has each writer deliver all calls, some of them twice, in
// batches and an order of its own.
func writeShuffled(t *testing.T, stores []*Store, calls []analysis.Call) {
	t.Helper()
	var wg sync.WaitGroup
	errs := make([]error, len(stores))
	for w, s := range stores {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 5))
			mine := append(slices.Clone(calls), calls[:len(calls)/5]...)
			rng.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
			for batch := range slices.Chunk(mine, 50+100*w) {
				if _, err := foldUntilTaken(t.Context(), s, batch); err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
}

func openSeveral(t *testing.T, dsn string, n int) []*Store {
	t.Helper()
	stores := make([]*Store, n)
	for i := range stores {
		stores[i] = open(t, dsn)
	}
	return stores
}

// TestStore_Fold_KilledBackends ends connections of writers while they write.
func TestStore_Fold_KilledBackends(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	schema := pgtest.Schema(t, dsn)
	calls := chaosCalls(1, 1500)
	stores := openSeveral(t, dsn+"&application_name="+schema, 3)
	killer := open(t, dsn)

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan int)
	go func() { done <- killBusy(ctx, killer, schema, 20) }()
	writeShuffled(t, stores, calls)
	stop()
	require.Positive(t, <-done, "connections that were killed")
	ledgertest.RequireTruth(t, killer, ledgertest.Truth(t, calls))
}

// killBusy ends up to n connections of the application, each in the midst of
// something.
func killBusy(ctx context.Context, killer *Store, application string, n int) (kills int) {
	for kills < n && pause(ctx, 5*time.Millisecond) == nil {
		var killed int
		err := killer.pool.QueryRow(ctx, `
SELECT count(pg_terminate_backend(pid)) FROM (
	SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle' ORDER BY random() LIMIT 1
) busy`, application).Scan(&killed)
		if err == nil {
			kills += killed
		}
	}
	return kills
}

// TestStore_Fold_LostCommit cuts connections off after the server committed
// and before it said so.
func TestStore_Fold_LostCommit(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	proxied, lost := cutAtCommit(t, dsn, 5)
	calls := chaosCalls(2, 1000)
	reader := open(t, dsn)
	foldAll(t, reader, calls[:1])
	s := open(t, proxied)
	for batch := range slices.Chunk(calls, 150) {
		_, err := foldUntilTaken(t.Context(), s, batch)
		require.NoError(t, err)
	}
	require.Equal(t, 5, lost())
	ledgertest.RequireTruth(t, reader, ledgertest.Truth(t, calls))
}

// TestStore_WithCompactAndPrune has writers, compactors and a pruner at work
// at once.
func TestStore_WithCompactAndPrune(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	calls := chaosCalls(3, 1500)
	horizon := time.Now().UTC().Add(-36 * time.Hour)
	stores := openSeveral(t, dsn, 4)
	// What is older is in the ledger before the horizon moves: whatever comes
	// again is late then, and counted once.
	for batch := range slices.Chunk(calls, 40) {
		foldAll(t, stores[0], batch)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 3)
	for range 2 {
		go func() {
			for {
				if err := stores[3].compact(ctx); err != nil || ctx.Err() != nil {
					done <- err
					return
				}
			}
		}()
	}
	go func() {
		for before := horizon.Add(-12 * time.Hour); ctx.Err() == nil && before.Before(horizon); before = before.Add(2 * time.Hour) {
			if _, err := stores[3].Prune(ctx, before); err != nil && ctx.Err() == nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	writeShuffled(t, stores[:3], calls)
	stop()
	for range 3 {
		if err := <-done; !errors.Is(err, context.Canceled) {
			require.NoError(t, err)
		}
	}
	requireSums(t, stores[0], ledgertest.Truth(t, calls))
}

// requireSums compares everything but the call details.
func requireSums(t *testing.T, s *Store, truth map[string]analysis.Summary) {
	t.Helper()
	for id := range truth {
		got, err := s.Summary(t.Context(), id, 0)
		require.NoError(t, err)
		require.Equal(t, truth[id].Totals, got.Totals, id)
	}
}
