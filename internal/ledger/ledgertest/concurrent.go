// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func concurrentCases() []testCase {
	return []testCase{
		{"Concurrent/TwoGoroutinesOneStore", func(f *fixture) { concurrently(f, 1, 2, Shape{}) }},
		{"Concurrent/FourGoroutinesOneStore", func(f *fixture) { concurrently(f, 1, 4, Shape{}) }},
		{"Concurrent/FourStores", func(f *fixture) { concurrently(f, 4, 4, Shape{}) }},
		{"Concurrent/FourStoresHotAnalysis", func(f *fixture) {
			concurrently(f, 4, 4, Shape{Analyses: 1})
		}},
		{"Concurrent/OpenedAgain", openedAgain},
		{"Concurrent/ReadersSeeWholeBatches", readersSeeWholeBatches},
	}
}

// concurrently has every writer deliver all the calls, in an order of its own.
func concurrently(f *fixture, stores, writers int, shape Shape) {
	t := f.t
	t.Helper()
	calls := Calls(21, 240, shape)
	ends := Ends(21, calls)
	opened := make([]ledger.Store, stores)
	for i := range opened {
		opened[i] = f.store()
	}
	var (
		wg       sync.WaitGroup
		outcomes = make([]ledger.Outcome, writers)
		errs     = make([]error, writers)
	)
	for w := range writers {
		wg.Go(func() {
			outcomes[w], errs[w] = foldShuffled(t.Context(), opened[w%stores], w, calls, ends)
		})
	}
	wg.Wait()
	var folded int
	for w := range writers {
		require.NoError(t, errs[w])
		folded += outcomes[w].Folded
		require.Equal(t, len(calls), outcomes[w].Folded+outcomes[w].Duplicate)
		require.Zero(t, outcomes[w].Conflicting)
	}
	require.Equal(t, len(calls), folded)
	RequireTruth(t, f.store(), Truth(t, calls, ends...))
}

// foldShuffled folds batches until each is taken, as a queue with retries
// does.
func foldShuffled(
	ctx context.Context, s ledger.Store, writer int, calls []analysis.Call, ends []analysis.Closed,
) (sum ledger.Outcome, err error) {
	rng := rand.New(rand.NewPCG(uint64(writer), 3)) //nolint:gosec // tests want the same order again
	calls = slices.Clone(calls)
	rng.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	for _, batch := range chunks(calls, 30+10*writer) {
		var one ledger.Outcome
		for range 50 {
			one, err = s.Fold(ctx, &ledger.Batch{Calls: batch, Closed: ends})
			if err == nil || ledger.ClassOf(err) == ledger.Permanent {
				break
			}
		}
		if err != nil {
			return sum, err
		}
		sum.Folded += one.Folded
		sum.Duplicate += one.Duplicate
		sum.Conflicting += one.Conflicting
	}
	return sum, nil
}

func openedAgain(f *fixture) {
	t := f.t
	calls := Calls(22, 80, Shape{})
	first := f.open()
	mustFold(t, first, calls[:50])
	first.Close()
	second := f.store()
	require.Equal(t, ledger.Outcome{Folded: 30, Duplicate: 10}, mustFold(t, second, calls[40:]))
	RequireTruth(t, second, Truth(t, calls))
}

// readersSeeWholeBatches reads one analysis while batches of ten are folded.
func readersSeeWholeBatches(f *fixture) {
	t := f.t
	writer, reader := f.store(), f.store()
	calls := Calls(23, 300, Shape{Analyses: 1})
	mustFold(t, writer, calls[:10])
	done := make(chan error, 1)
	go func() {
		for _, batch := range chunks(calls[10:], 10) {
			if _, err := writer.Fold(t.Context(), &ledger.Batch{Calls: batch}); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for running := true; running; {
		select {
		case err := <-done:
			require.NoError(t, err)
			running = false
		default:
		}
		got, err := reader.Summary(t.Context(), calls[0].AnalysisID, AllDetails)
		require.NoError(t, err)
		require.Zero(t, got.Calls%10, "a batch is seen half")
		require.Zero(t, got.OmittedCalls, "sums and details are of one moment")
	}
	RequireTruth(t, reader, Truth(t, calls))
}

// chunks cuts calls into batches of n.
func chunks(calls []analysis.Call, n int) [][]analysis.Call {
	return slices.Collect(slices.Chunk(calls, n))
}
