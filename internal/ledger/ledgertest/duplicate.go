// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func duplicateCases() []testCase {
	return []testCase{
		{"Duplicate/WithinABatch", duplicateWithinABatch},
		{"Duplicate/AcrossBatches", duplicateAcrossBatches},
		{"Duplicate/WholeBatchAgain", duplicateWholeBatch},
		{"Duplicate/SameSpanIDInAnotherTrace", sameSpanIDInAnotherTrace},
		{"Duplicate/ConflictingFirstStands", conflictingFirstStands},
		{"Duplicate/ConflictingWithinABatch", conflictingWithinABatch},
		{"Duplicate/ConflictingEveryField", conflictingEveryField},
		{"Duplicate/AnyPartitionShuffleAndRepetition", anyPartition},
	}
}

func spanKey(n uint64) analysis.SpanKey {
	var k analysis.SpanKey
	binary.BigEndian.PutUint64(k.Trace[8:], n)
	binary.BigEndian.PutUint64(k.Span[:], n)
	return k
}

func duplicateWithinABatch(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(11, 60, Shape{})
	twice := append(slices.Clone(calls), calls...)
	require.Equal(t, ledger.Outcome{Folded: 60, Duplicate: 60}, mustFold(t, s, twice))
	RequireTruth(t, s, Truth(t, calls))
}

func duplicateAcrossBatches(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(12, 60, Shape{})
	mustFold(t, s, calls[:40])
	require.Equal(t, ledger.Outcome{Folded: 20, Duplicate: 20}, mustFold(t, s, calls[20:]))
	RequireTruth(t, s, Truth(t, calls))
}

func duplicateWholeBatch(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(13, 60, Shape{})
	ends := Ends(13, calls)
	mustFold(t, s, calls, ends...)
	for range 3 {
		require.Equal(t, ledger.Outcome{Duplicate: 60}, mustFold(t, s, calls, ends...))
	}
	RequireTruth(t, s, Truth(t, calls, ends...))
}

func sameSpanIDInAnotherTrace(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(14, 3, Shape{Analyses: 1})
	calls[1].Key = analysis.SpanKey{Trace: analysis.TraceID{9}, Span: calls[0].Key.Span}
	calls[2].Key = analysis.SpanKey{Trace: calls[0].Key.Trace, Span: analysis.SpanID{9}}
	require.Equal(t, ledger.Outcome{Folded: 3}, mustFold(t, s, calls))
	RequireTruth(t, s, Truth(t, calls))
}

func conflictingFirstStands(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(15, 40, Shape{Analyses: 4})
	mustFold(t, s, calls)
	changed := slices.Clone(calls)
	for i := range 10 {
		changed[i].Usage.Output = analysis.Known(1_000_000)
	}
	require.Equal(t, ledger.Outcome{Duplicate: 40, Conflicting: 10}, mustFold(t, s, changed))
	RequireTruth(t, s, Truth(t, calls))
}

func conflictingWithinABatch(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(16, 10, Shape{Analyses: 2})
	changed := slices.Clone(calls)
	for i := range changed {
		changed[i].Type = "another_type"
	}
	batch := append(slices.Clone(calls), changed...)
	require.Equal(t, ledger.Outcome{Folded: 10, Duplicate: 10, Conflicting: 10}, mustFold(t, s, batch))
	RequireTruth(t, s, Truth(t, calls))
}

// conflictingEveryField changes one field at a time. The analysis and the
// start stay: a store may take them into its key.
func conflictingEveryField(f *fixture) {
	t, s := f.t, f.store()
	first := fullCall()
	mustFold(t, s, []analysis.Call{first})
	for name, change := range map[string]func(c *analysis.Call){
		"parent":         func(c *analysis.Call) { c.Parent = analysis.SpanID{1} },
		"subject":        func(c *analysis.Call) { c.Attribution.Subject = "A" },
		"type":           func(c *analysis.Call) { c.Type = "x" },
		"model":          func(c *analysis.Call) { c.ResponseModel = "" },
		"finish reasons": func(c *analysis.Call) { c.FinishReasons = nil },
		"end":            func(c *analysis.Call) { c.End = c.End.Add(1000) },
		"unknown":        func(c *analysis.Call) { c.Usage.CacheRead = analysis.Unknown() },
		"largest":        func(c *analysis.Call) { c.Usage.LargestInput = analysis.Known(601) },
		"modality":       func(c *analysis.Call) { c.Usage.InputBy.Image = analysis.Known(0) },
		"error":          func(c *analysis.Call) { c.ErrorType = "" },
		"cost":           func(c *analysis.Call) { c.Cost.Amount = c.Cost.Amount.Add(analysis.PicoDollars(1)) },
	} {
		again := first
		change(&again)
		require.Equal(t, ledger.Outcome{Duplicate: 1, Conflicting: 1}, mustFold(t, s, []analysis.Call{again}), name)
	}
	RequireTruth(t, s, Truth(t, []analysis.Call{first}))
}

// anyPartition is the law of the fold: however a set of calls is cut up,
// shuffled and repeated, the summaries are the same.
func anyPartition(f *fixture) {
	t, s := f.t, f.store()
	for seed := range uint64(6) {
		calls := Calls(100+seed, 120, Shape{Analyses: 9, Hostile: seed%2 == 1})
		for i := range calls { // each round has analyses and keys of its own
			calls[i].AnalysisID += string(rune('a' + seed))
			calls[i].Key.Trace[7] = byte(seed)
		}
		ends := Ends(100+seed, calls)
		for i := range ends {
			ends[i].Key.Trace[7] = byte(seed)
		}
		deliver(t, s, seed, calls, ends)
		truth := Truth(t, calls, ends...)
		for id := range truth {
			requireSummary(t, s, truth[id], AllDetails)
		}
	}
}

// deliver folds calls and ends in random batches, every one of them at least
// once and some of them again.
func deliver(t *testing.T, s ledger.Store, seed uint64, calls []analysis.Call, ends []analysis.Closed) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // tests want the same order again
	var folded int
	deliveries := append(slices.Clone(calls), calls[:len(calls)/3]...)
	rng.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
	for len(deliveries) > 0 {
		n := min(len(deliveries), 1+rng.IntN(50))
		end := ends[rng.IntN(len(ends)):]
		for range 1 + rng.IntN(2) {
			folded += mustFold(t, s, deliveries[:n], end...).Folded
		}
		deliveries = deliveries[n:]
	}
	mustFold(t, s, nil, ends...)
	require.Equal(t, len(calls), folded, "folded calls of seed %d", seed)
}
