// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func foldCases() []testCase {
	return []testCase{
		{"Fold/EveryFieldRoundTrips", everyFieldRoundTrips},
		{"Fold/UnknownIsNotZero", unknownIsNotZero},
		{"Fold/EmptyBatch", emptyBatch},
		{"Fold/ManyAnalyses", manyAnalyses},
		{"Fold/HotAnalysis", hotAnalysis},
		{"Fold/BatchIsNotChanged", batchIsNotChanged},
		{"Fold/MoneyIsExact", moneyIsExact},
		{"Fold/NanosecondsAreCut", nanosecondsAreCut},
		{"Fold/AttributionMergesInAnyOrder", attributionMergesInAnyOrder},
		{"Fold/CanceledLeavesNothing", canceledLeavesNothing},
		{"Fold/InterruptedIsAllOrNothing", interruptedIsAllOrNothing},
	}
}

func everyFieldRoundTrips(f *fixture) {
	t, s := f.t, f.store()
	want := fullCall()
	require.Equal(t, ledger.Outcome{Folded: 1}, mustFold(t, s, []analysis.Call{want}))

	got, err := s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: want.AnalysisID})
	require.NoError(t, err)
	require.Equal(t, []analysis.Call{want}, got)
	RequireTruth(t, s, Truth(t, []analysis.Call{want}))
}

// fullCall returns a call with a value of its own in every field.
func fullCall() analysis.Call {
	start := time.Now().UTC().Truncate(time.Hour).Add(-time.Hour + 123456*time.Microsecond)
	return analysis.Call{
		Key:         analysis.SpanKey{Trace: analysis.TraceID{1, 2, 15: 3}, Span: analysis.SpanID{4, 7: 5}},
		Parent:      analysis.SpanID{6, 7: 7},
		AnalysisID:  "analysis_full",
		Attribution: analysis.Attribution{Subject: "RELIANCE", UserID: "u-7", UserTier: "pro", TenantID: "acme"},
		Type:        "additional_content/write_tweet", Provider: "gcp.gemini", Operation: "generate_content",
		RequestModel: "gemini-flash-latest", ResponseModel: "gemini-2.5-flash", ResponseID: "r-1", ServiceTier: "flex",
		FinishReasons: []string{"stop", "length"}, Stream: true, Attempts: 3,
		Start: start, End: start.Add(1234567 * time.Microsecond), TimeToFirstChunk: 321 * time.Microsecond,
		Usage: analysis.Usage{
			Status: analysis.StatusPartial, Input: analysis.Known(1000), Output: analysis.Known(200),
			CacheRead: analysis.Known(11), CacheWrite: analysis.Known(12), Reasoning: analysis.Known(13),
			ToolUse: analysis.Known(14), LargestInput: analysis.Known(600), ProviderTotal: analysis.Known(1215),
			InputBy: analysis.Modalities{
				Text: analysis.Known(
					21,
				),
				Image: analysis.Known(22),
				Audio: analysis.Known(23),
				Video: analysis.Known(24),
			},
			OutputBy: analysis.Modalities{
				Text: analysis.Known(
					31,
				),
				Image: analysis.Known(32),
				Audio: analysis.Known(33),
				Video: analysis.Known(34),
			},
		},
		ErrorType: "stream_cut",
		Cost:      analysis.Cost{Amount: analysis.PicoDollars(2_250_000_001), Priced: true, PriceListVersion: "v1"},
	}
}

func unknownIsNotZero(f *fixture) {
	t, s := f.t, f.store()
	full := fullCall()
	at := full.Start
	blank := analysis.Call{Key: spanKey(1), AnalysisID: "blank", Attempts: 1, Start: at, End: at}
	free := analysis.Call{
		Key: spanKey(2), AnalysisID: "free", Attempts: 1, Start: at, End: at,
		Usage: analysis.Usage{
			Status:    analysis.StatusReported,
			Input:     analysis.Known(0),
			Output:    analysis.Known(0),
			CacheRead: analysis.Known(0),
		},
		Cost: analysis.Cost{Priced: true, PriceListVersion: "v1"},
	}
	unpriced := analysis.Call{
		Key: spanKey(3), AnalysisID: "unpriced", Attempts: 1, Start: at, End: at,
		Usage: analysis.Usage{Status: analysis.StatusReported, Input: analysis.Known(5)},
	}
	calls := []analysis.Call{blank, free, unpriced, full}
	mustFold(t, s, calls)
	RequireTruth(t, s, Truth(t, calls))
	for i := range calls {
		got, err := s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: calls[i].AnalysisID})
		require.NoError(t, err)
		require.Equal(t, calls[i:i+1], got)
	}
}

func emptyBatch(f *fixture) {
	t, s := f.t, f.store()
	require.Equal(t, ledger.Outcome{}, mustFold(t, s, nil))
	RequireTruth(t, s, nil)
	_, err := s.Summary(t.Context(), "nobody", AllDetails)
	require.ErrorIs(t, err, ledger.ErrNotFound)
	calls, err := s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: "nobody"})
	require.NoError(t, err)
	require.Empty(t, calls)
}

func manyAnalyses(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(1, 500, Shape{})
	ends := Ends(1, calls)
	require.Equal(t, ledger.Outcome{Folded: len(calls)}, mustFold(t, s, calls, ends...))
	RequireTruth(t, s, Truth(t, calls, ends...))
}

func hotAnalysis(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(2, 1500, Shape{Analyses: 1})
	for _, batch := range chunks(calls, 400) {
		mustFold(t, s, batch)
	}
	truth := Truth(t, calls)
	RequireTruth(t, s, truth)
	for id := range truth {
		for _, details := range []int{0, 1, 7, 1499} {
			requireSummary(t, s, truth[id], details)
		}
	}
}

func batchIsNotChanged(f *fixture) {
	t, s := f.t, f.store()
	calls, same := Calls(3, 200, Shape{Hostile: true}), Calls(3, 200, Shape{Hostile: true})
	ends, sameEnds := Ends(3, calls), Ends(3, calls)
	mustFold(t, s, calls, ends...)
	require.Equal(t, same, calls)
	require.Equal(t, sameEnds, ends)
}

func moneyIsExact(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(4, 5, Shape{Analyses: 1})
	for i, pico := range []int64{3_000_000_000_000_000_001, 3_000_000_000_000_000_002, 1, 0, 999_999_999_999} {
		calls[i].Cost = analysis.Cost{Amount: analysis.PicoDollars(pico), Priced: true, PriceListVersion: "v1"}
		calls[i].Usage = analysis.Usage{Status: analysis.StatusReported, Input: analysis.Known(1 << 52)}
	}
	for i := range calls {
		mustFold(t, s, calls[i:i+1])
	}
	RequireTruth(t, s, Truth(t, calls))
	got, err := s.Summary(t.Context(), calls[0].AnalysisID, 0)
	require.NoError(t, err)
	require.Equal(t, "6000001.000000000003", got.Cost.String())
}

func nanosecondsAreCut(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(5, 20, Shape{Analyses: 2})
	east := time.FixedZone("east", 5*3600)
	for i := range calls {
		calls[i].Start = calls[i].Start.Add(time.Duration(i*49) * time.Nanosecond).In(east)
		calls[i].End = calls[i].End.Add(999 * time.Nanosecond).In(east)
		calls[i].TimeToFirstChunk += 501
	}
	mustFold(t, s, calls)
	require.Equal(t, ledger.Outcome{Duplicate: len(calls)}, mustFold(t, s, calls))
	RequireTruth(t, s, Truth(t, calls))
}

func attributionMergesInAnyOrder(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(6, 60, Shape{Analyses: 3})
	ends := Ends(6, calls)
	truth := Truth(t, calls, ends...)
	rng := rand.New(rand.NewPCG(6, 6)) //nolint:gosec // tests want the same order again
	rng.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	mustFold(t, s, nil, ends...)
	for _, batch := range chunks(calls, 7) {
		mustFold(t, s, batch)
	}
	RequireTruth(t, s, truth)
}

func canceledLeavesNothing(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(7, 50, Shape{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Fold(ctx, &ledger.Batch{Calls: calls})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, ledger.Retryable, ledger.ClassOf(err))
	RequireTruth(t, s, nil)
	require.Equal(t, ledger.Outcome{Folded: len(calls)}, mustFold(t, s, calls))
	RequireTruth(t, s, Truth(t, calls))
}

// interruptedIsAllOrNothing cuts the same batch off at several moments.
func interruptedIsAllOrNothing(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(8, 800, Shape{})
	truth := Truth(t, calls)
	for _, after := range []time.Duration{
		100 * time.Microsecond, time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond, 30 * time.Millisecond,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		_, err := s.Fold(ctx, &ledger.Batch{Calls: calls})
		cancel()
		if err == nil {
			break
		}
		require.Equal(t, ledger.Retryable, ledger.ClassOf(err), "after %s: %v", after, err)
		listed, err := s.List(t.Context(), ledger.ListQuery{Limit: 1})
		require.NoError(t, err)
		if len(listed) > 0 { // committed, and the answer was cut off
			break
		}
	}
	mustFold(t, s, calls)
	RequireTruth(t, s, truth)
}
