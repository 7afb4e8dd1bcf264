// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// Damaged is an empty ledger, and the way to write to its tables behind its
// back: a statement that both databases take, which has to write something.
type Damaged struct {
	Store  ledger.Keeper
	Damage func(t *testing.T, statement string)
}

// RunReconcile holds Reconcile to finding what is wrong, and nothing else. The
// suite closes the store.
func RunReconcile(t *testing.T, newLedger func(t *testing.T) Damaged) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(f *damagedLedger)
	}{
		{"Agrees", reconcileAgrees},
		{"EmptyLedger", reconcileEmpty},
		{"Nesting", reconcileNesting},
		{"PastRetention", reconcilePastRetention},
		{"NestingPastRetention", reconcileNestingPastRetention},
		{"EverySum", reconcileEverySum},
		{"Rows", reconcileRows},
		{"Limit", reconcileLimit},
		{"ManyAnalyses", reconcileMany},
		{"WhileWritten", reconcileWhileWritten},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newLedger(t)
			t.Cleanup(d.Store.Close)
			c.run(&damagedLedger{t, d})
		})
	}
}

// reconcileNesting has calls within calls, in few analyses and in many, and
// then one that is rolled up and marked as if it counted.
func reconcileNesting(f *damagedLedger) {
	for _, seed := range []uint8{3, 60} {
		calls := Forest(uint64(seed), 300, Shape{Analyses: int(seed)})
		for i := range calls {
			calls[i].AnalysisID += fmt.Sprint("_of_", seed)
			calls[i].Key.Trace[0] ^= seed
		}
		for batch := range slices.Chunk(calls, 40) {
			mustFold(f.t, f.Store, batch)
		}
	}
	got := reconcile(f.t, f.Store, ledger.ReconcileQuery{})
	require.Equal(f.t, []ledger.Difference{}, got.Differences)
	require.Equal(f.t, int64(600), got.Calls)
	pair := Calls(1, 2, Shape{Analyses: 1})
	for i := range pair {
		pair[i].AnalysisID, pair[i].Key.Trace, pair[i].Parent = "pair", analysis.TraceID{9}, analysis.SpanID{}
	}
	pair[1].Parent = pair[0].Key.Span
	for i := range pair {
		mustFold(f.t, f.Store, pair[i:i+1])
	}
	require.True(f.t, agree(f.t, f.Damaged))
	const mark = "UPDATE ledger_call SET nested = %s " +
		"WHERE analysis_id = 'pair' AND length(coalesce(parent_span_id, '')) = 0"
	f.Damage(f.t, fmt.Sprintf(mark, "false"))
	requireKind(f, ledger.RolledUpDiffers)
	f.Damage(f.t, fmt.Sprintf(mark, "true"))
	require.True(f.t, agree(f.t, f.Damaged))
	f.Damage(f.t, "DELETE FROM ledger_call WHERE analysis_id = 'pair' AND NOT nested")
	requireKind(f, ledger.RolledUpDiffers)
}

func requireKind(f *damagedLedger, kind ledger.DifferenceKind) {
	f.t.Helper()
	got := reconcile(f.t, f.Store, ledger.ReconcileQuery{})
	require.True(f.t, slices.ContainsFunc(got.Differences, func(d ledger.Difference) bool { return d.Kind == kind }),
		"%+v", got.Differences)
}

type damagedLedger struct {
	t *testing.T
	Damaged
}

// dense returns calls of which every store keeps sums, of three analyses.
func dense(seed uint64, n int) []analysis.Call {
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(-36 * time.Hour)
	return Calls(seed, n, Shape{Analyses: 3, Base: noon, Span: time.Hour})
}

func reconcile(t *testing.T, s ledger.Reconciler, query ledger.ReconcileQuery) ledger.Reconciliation {
	t.Helper()
	got, err := s.Reconcile(t.Context(), query)
	require.NoError(t, err)
	return got
}

// RequireAgreement requires that the ledger reconciles, with as many analyses
// and calls as given.
func RequireAgreement(t *testing.T, s ledger.Reconciler, analyses, calls int) {
	t.Helper()
	got := reconcile(t, s, ledger.ReconcileQuery{})
	require.Equal(t, []ledger.Difference{}, got.Differences)
	require.Equal(t, ledger.Reconciliation{
		Analyses: int64(analyses), Calls: int64(calls), PastRetention: got.PastRetention,
		Differences: []ledger.Difference{},
	}, got)
	require.True(t, got.Agrees())
}

func reconcileAgrees(f *damagedLedger) {
	t, d := f.t, f.Damaged
	calls := append(Calls(91, 150, Shape{Analyses: 20, Hostile: true}), dense(92, 150)...)
	for i := range calls {
		calls[i].Key = spanKey(uint64(i))
		if i%10 == 0 {
			calls[i].Usage, calls[i].Cost = analysis.Usage{}, analysis.Cost{}
		}
	}
	ends := append(Ends(91, calls), end(1, "only an end", 3))
	mustFold(t, d.Store, calls[:120], ends...)
	mustFold(t, d.Store, calls[120:])
	analyses := len(Truth(t, calls, ends...))
	RequireAgreement(t, d.Store, analyses, len(calls))
	require.NoError(t, d.Store.Maintain(t.Context()))
	RequireAgreement(t, d.Store, analyses, len(calls))
}

func reconcileEmpty(f *damagedLedger) {
	RequireAgreement(f.t, f.Store, 0, 0)
}

// reconcilePastRetention: of sums whose calls are dropped there is only to say
// that they are not too small.
func reconcilePastRetention(f *damagedLedger) {
	t, d := f.t, f.Damaged
	calls := append(Calls(93, 100, Shape{Analyses: 8}), dense(94, 60)...)
	for i := range calls {
		calls[i].Key = spanKey(uint64(i))
	}
	ends := Ends(93, calls)
	mustFold(t, d.Store, calls, ends...)
	horizon := median(calls)
	kept, gone := split(calls, horizon)
	_, err := d.Store.Prune(t.Context(), horizon)
	require.NoError(t, err)
	RequireAgreement(t, d.Store, len(Truth(t, calls, ends...)), len(kept))
	got := reconcile(t, d.Store, ledger.ReconcileQuery{})
	require.Len(t, Truth(t, gone), int(got.PastRetention))

	d.Damage(t, "UPDATE ledger_rollup SET calls = 0, output_tokens = 0")
	got = reconcile(t, d.Store, ledger.ReconcileQuery{Limit: 1000})
	require.False(t, got.Agrees())
}

// reconcileNestingPastRetention drops one call of a pair: the outer one, all
// that is left of whose group is a start that no view shows; and, where clocks
// differ, the inner one. Of another call that is dropped nothing was known.
func reconcileNestingPastRetention(f *damagedLedger) {
	t, d := f.t, f.Damaged
	midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour)
	outerDropped, innerDropped := chain(88, 2), chain(89, 2)
	for i, startsAt := range []time.Time{midnight.Add(-time.Second), midnight.Add(time.Second)} {
		outerDropped[i].Start, outerDropped[i].End = startsAt, midnight.Add(time.Minute)
		outerDropped[i].AnalysisID, outerDropped[i].Type = "outer dropped", analysis.CallType(fmt.Sprint("type ", i))
		innerDropped[1-i].Start, innerDropped[1-i].End = startsAt, midnight.Add(time.Minute)
		innerDropped[1-i].AnalysisID = "inner dropped"
	}
	unknown := chain(87, 1)
	unknown[0].Start, unknown[0].End, unknown[0].AnalysisID = midnight.Add(-time.Second), midnight, "unknown"
	unknown[0].Usage, unknown[0].Cost = analysis.Usage{}, analysis.Cost{}
	mustFold(t, d.Store, slices.Concat(outerDropped, innerDropped, unknown))
	_, err := d.Store.Prune(t.Context(), midnight)
	require.NoError(t, err)
	RequireAgreement(t, d.Store, 3, 2)
	got := reconcile(t, d.Store, ledger.ReconcileQuery{})
	require.EqualValues(t, 3, got.PastRetention)
}

// reconcileEverySum changes one sum by one at a time, and back.
func reconcileEverySum(f *damagedLedger) {
	t, d := f.t, f.Damaged
	calls := dense(95, 120)
	mustFold(t, d.Store, calls)
	const where = " WHERE analysis_id = 'analysis_1'"
	for column, inViews := range map[string]string{
		"calls": "calls", "failed_calls": "failed_calls", "calls_without_usage": "calls_without_usage",
		"partial_calls": "partial_calls", "estimated_calls": "estimated_calls", "unpriced_calls": "unpriced_calls",
		"input_tokens": "total_input_tokens", "output_tokens": "total_output_tokens",
		"cache_read_tokens": "cache_read_tokens", "cache_write_tokens": "cache_write_tokens",
		"reasoning_tokens": "reasoning_tokens", "tool_use_tokens": "tool_use_tokens",
		"unaccounted_tokens": "unaccounted_tokens", "cost_pico": "cost_usd", "busy_us": "busy_seconds",
	} {
		set := "UPDATE ledger_rollup SET " + column + " = " + column
		d.Damage(t, set+" + 1"+where)
		requireDifference(t, d, ledger.SumDiffers, "analysis_1", ledger.ViewCallType, inViews)
		d.Damage(t, set+" - 1"+where)
	}
	d.Damage(t, "UPDATE ledger_analysis SET subject = 'forged'"+where)
	requireDifference(t, d, ledger.SumDiffers, "analysis_1", ledger.ViewAnalysis, "subject")
}

// requireDifference requires that there is such a difference, and none of
// another analysis.
func requireDifference(
	t *testing.T, d Damaged, kind ledger.DifferenceKind, id, view, column string,
) ledger.Difference {
	t.Helper()
	got := reconcile(t, d.Store, ledger.ReconcileQuery{Limit: math.MaxInt32})
	require.Len(t, got.Differences, int(got.Found))
	for i := range got.Differences {
		require.Equal(t, id, got.Differences[i].AnalysisID, "%+v", got.Differences[i])
	}
	i := slices.IndexFunc(got.Differences, func(f ledger.Difference) bool {
		return f.Kind == kind && f.View == view && f.Column == column
	})
	require.GreaterOrEqual(t, i, 0, "no difference in %s.%s: %+v", view, column, got.Differences)
	require.NotEqual(t, got.Differences[i].InSums, got.Differences[i].InRows)
	return got.Differences[i]
}

// reconcileRows takes rows away, and adds one.
func reconcileRows(f *damagedLedger) {
	t, d := f.t, f.Damaged
	calls := dense(96, 120)
	ends := []analysis.Closed{end(1, "analysis_2", 2)}
	mustFold(t, d.Store, calls, ends...)
	const first = " WHERE analysis_id = 'analysis_0'"
	d.Damage(t, "CREATE TABLE saved_call AS SELECT * FROM ledger_call"+first)
	d.Damage(t, "CREATE TABLE saved_rollup AS SELECT * FROM ledger_rollup"+first)
	d.Damage(t, "CREATE TABLE saved_analysis AS SELECT * FROM ledger_analysis"+first)

	d.Damage(
		t,
		"DELETE FROM ledger_call"+first+" AND span_id = (SELECT span_id FROM saved_call ORDER BY span_id LIMIT 1)",
	)
	requireDifference(t, d, ledger.SumDiffers, "analysis_0", ledger.ViewAnalysis, "llm_calls_count")
	d.Damage(t, "DELETE FROM ledger_call"+first)
	requireDifference(t, d, ledger.SumDiffers, "analysis_0", ledger.ViewCallType, "calls")
	d.Damage(t, "INSERT INTO ledger_call SELECT * FROM saved_call")
	require.True(t, agree(t, d))

	d.Damage(t, "DELETE FROM ledger_rollup"+first)
	requireDifference(t, d, ledger.SumsMissing, "analysis_0", ledger.ViewCallType, "calls")
	d.Damage(t, "INSERT INTO ledger_rollup SELECT * FROM saved_rollup")
	require.True(t, agree(t, d))

	d.Damage(t, "DELETE FROM ledger_analysis"+first)
	missing := requireDifference(t, d, ledger.CallsWithoutAnalysis, "analysis_0", ledger.ViewAnalysis, "analysis_id")
	require.NotEqual(t, "0", missing.InRows)
	requireDifference(t, d, ledger.SumsWithoutAnalysis, "analysis_0", ledger.ViewAnalysis, "analysis_id")
	d.Damage(t, "INSERT INTO ledger_analysis SELECT * FROM saved_analysis")
	require.True(t, agree(t, d))

	d.Damage(t, "DROP INDEX IF EXISTS ledger_call_key")
	d.Damage(t, "UPDATE saved_call SET analysis_id = 'analysis_9'")
	d.Damage(t, "INSERT INTO ledger_call SELECT * FROM saved_call LIMIT 1")
	got := reconcile(t, d.Store, ledger.ReconcileQuery{})
	require.EqualValues(t, 2, got.Found)
	require.Equal(t, ledger.CallsWithoutAnalysis, got.Differences[0].Kind)
	twice := got.Differences[1]
	require.Equal(t, ledger.CallTwice, twice.Kind)
	require.Equal(t, "analysis_0", twice.AnalysisID)
	require.Equal(t, [2]string{"1", "2"}, [2]string{twice.InSums, twice.InRows})

	d.Damage(t, "DELETE FROM ledger_call WHERE analysis_id = 'analysis_9'")
	d.Damage(t, "DELETE FROM ledger_analysis WHERE analysis_id = 'analysis_2'")
	requireDifference(t, d, ledger.EndsWithoutAnalysis, "analysis_2", ledger.ViewAnalysis, "analysis_id")
}

func agree(t *testing.T, d Damaged) bool {
	t.Helper()
	got := reconcile(t, d.Store, ledger.ReconcileQuery{})
	return got.Agrees()
}

// reconcileLimit: all differences are counted, and some returned.
func reconcileLimit(f *damagedLedger) {
	t, d := f.t, f.Damaged
	mustFold(t, d.Store, dense(97, 120))
	d.Damage(t, "UPDATE ledger_rollup SET input_tokens = input_tokens + 1")
	var analyses, calls int64
	got := reconcile(t, d.Store, ledger.ReconcileQuery{
		Limit: 3, Progress: func(a, c int64) { analyses, calls = a, c },
	})
	require.Len(t, got.Differences, 3)
	require.Greater(t, got.Found, int64(3))
	require.Equal(t, [2]int64{3, 120}, [2]int64{analyses, calls})
}

// reconcileMany: every page is looked at, and nothing in two.
func reconcileMany(f *damagedLedger) {
	t, d := f.t, f.Damaged
	const analyses = 1100
	calls := Calls(90, analyses, Shape{Analyses: 1})
	for i := range calls {
		calls[i].AnalysisID = fmt.Sprintf("analysis_%05d", i)
	}
	mustFold(t, d.Store, calls)
	RequireAgreement(t, d.Store, analyses, analyses)
	d.Damage(
		t,
		"DELETE FROM ledger_analysis WHERE analysis_id IN ('analysis_00000', 'analysis_01000', 'analysis_01099')",
	)
	got := reconcile(t, d.Store, ledger.ReconcileQuery{})
	var ids []string
	for i := range got.Differences {
		if got.Differences[i].Kind == ledger.CallsWithoutAnalysis {
			ids = append(ids, got.Differences[i].AnalysisID)
		}
	}
	require.Equal(t, []string{"analysis_00000", "analysis_01000", "analysis_01099"}, ids)
}

// reconcileWhileWritten: who writes meanwhile makes no difference.
func reconcileWhileWritten(f *damagedLedger) {
	t, d := f.t, f.Damaged
	calls := append(dense(98, 150), Calls(99, 150, Shape{Analyses: 12})...)
	for i := range calls {
		calls[i].Key = spanKey(uint64(i))
	}
	done := make(chan error, 1)
	go func() {
		for part := range slices.Chunk(calls, 20) {
			if _, err := d.Store.Fold(t.Context(), &ledger.Batch{Calls: part}); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for writing := true; writing; {
		select {
		case err := <-done:
			require.NoError(t, err)
			writing = false
		default:
		}
		got := reconcile(t, d.Store, ledger.ReconcileQuery{})
		require.Equal(t, []ledger.Difference{}, got.Differences)
	}
	RequireAgreement(t, d.Store, len(Truth(t, calls)), len(calls))
}
