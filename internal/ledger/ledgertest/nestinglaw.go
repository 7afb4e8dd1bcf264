// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// nestedAnyPartition is the law of nesting: however a forest of calls is cut
// up, shuffled and repeated, the sums are those of the calls that no other is
// nested in.
func nestedAnyPartition(f *fixture) {
	t, s := f.t, f.store()
	var all []analysis.Call
	for seed := range uint64(8) {
		calls := Forest(400+seed, 120, Shape{Analyses: 9, Hostile: seed%2 == 1})
		all = append(all, calls...)
		rng := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // tests want the same order again
		sent := append(slices.Clone(calls), calls[:len(calls)/3]...)
		rng.Shuffle(len(sent), func(i, j int) { sent[i], sent[j] = sent[j], sent[i] })
		var sum ledger.Outcome
		for len(sent) > 0 {
			n := min(len(sent), 1+rng.IntN(1+15<<(seed%3)))
			for range 1 + rng.IntN(2) {
				add(&sum, mustFold(t, s, sent[:n]))
			}
			sent = sent[n:]
		}
		requireOutcomes(t, calls, sum)
	}
	RequireTruth(t, s, Truth(t, all))
}

func add(sum *ledger.Outcome, o ledger.Outcome) {
	sum.Folded += o.Folded
	sum.Duplicate += o.Duplicate
	sum.Nested += o.Nested
	sum.Unfolded += o.Unfolded
}

// requireOutcomes holds the outcomes of all deliveries together to what counts.
func requireOutcomes(t *testing.T, calls []analysis.Call, sum ledger.Outcome) {
	t.Helper()
	nested := len(outers(calls))
	require.Greater(t, nested, len(calls)/5)
	require.Equal(t, len(calls), sum.Folded+sum.Nested, "every call is new once: %+v", sum)
	require.Equal(t, nested, sum.Nested+sum.Unfolded, "every outer call is rolled up once: %+v", sum)
}

// nestedConcurrently has four writers deliver the same forest, each in an
// order of its own, and many of their batches are cut off in the middle.
func nestedConcurrently(f *fixture) {
	t := f.t
	calls := Forest(420, 400, Shape{Analyses: 12})
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for w := range errs {
		s := f.store()
		wg.Go(func() { errs[w] = foldInterrupted(t.Context(), s, w, calls) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	RequireTruth(t, f.store(), Truth(t, calls))
}

// foldInterrupted cuts each batch off once or twice before it lets it be
// taken.
func foldInterrupted(ctx context.Context, s ledger.Store, writer int, calls []analysis.Call) error {
	rng := rand.New(rand.NewPCG(uint64(writer), 8)) //nolint:gosec // tests want the same order again
	calls = append(slices.Clone(calls), calls[:len(calls)/4]...)
	rng.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	for _, batch := range chunks(calls, 10+20*writer) {
		for range 1 + rng.IntN(2) {
			short, cancel := context.WithTimeout(ctx, time.Duration(rng.IntN(8))*time.Millisecond)
			_, err := s.Fold(short, &ledger.Batch{Calls: batch})
			cancel()
			if err != nil && ledger.ClassOf(err) == ledger.Permanent {
				return err
			}
		}
		if err := foldUntilTaken(ctx, s, batch); err != nil {
			return err
		}
	}
	return nil
}

func foldUntilTaken(ctx context.Context, s ledger.Store, calls []analysis.Call) (err error) {
	for range 50 {
		_, err = s.Fold(ctx, &ledger.Batch{Calls: calls})
		if err == nil || ledger.ClassOf(err) == ledger.Permanent {
			return err
		}
	}
	return err
}

// nesting holds the views to what counts, before and after a call comes that
// rolls up the only one of its group, and of its analysis.
func (v *views) nesting() {
	calls := Forest(430, 200, Shape{Analyses: 12})
	alone := chain(431, 2)
	alone[0].AnalysisID, alone[0].Type, alone[1].AnalysisID = "gateway", "proxy", "analysis_1"
	calls = append(calls, alone...)
	for _, batch := range chunks(calls, len(calls)-1) {
		mustFold(v.t, v.store, batch)
	}
	outer, truth := outers(calls), Truth(v.t, calls)
	counted := slices.DeleteFunc(slices.Clone(calls), func(c analysis.Call) bool { return outer[c.Key] })

	rows := v.rows("SELECT * FROM analysis_summary")
	require.Len(v.t, rows, len(truth))
	for _, row := range rows {
		v.requireRow(summaryCells(v.t, truth[row["analysis_id"]]), row)
		if row["analysis_id"] == "gateway" {
			require.Equal(v.t, []string{"0", "0", "0", "{}"}, []string{
				row["llm_calls_count"], row["total_tokens"], row["cost_usd"], row["token_usage_breakdown"],
			})
		}
	}
	require.Len(v.t, v.rows("SELECT * FROM call_type_summary"), len(analysis.FoldGroups(counted)))
	listed := v.rows("SELECT * FROM call")
	require.Len(v.t, listed, len(counted))
	for _, row := range listed {
		require.False(v.t, slices.ContainsFunc(calls, func(c analysis.Call) bool {
			return outer[c.Key] && c.Key.Trace.String() == row["trace_id"] && c.Key.Span.String() == row["span_id"]
		}))
	}
}
