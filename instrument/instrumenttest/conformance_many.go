// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// testConcurrency runs many analyses at once, each with a model of its own so
// that the stand-in can tell them apart, and expects that none gets a token of
// another's.
func testConcurrency(t *testing.T, factory Factory) {
	t.Helper()
	const analyses, calls = 8, 6
	r := newRig(t, factory)
	handles := make([]*instrument.Analysis, analyses)
	var all sync.WaitGroup
	for i := range analyses {
		ctx, analysis := r.start(fmt.Sprintf("%s/%d", t.Name(), i))
		handles[i] = analysis
		for j := range calls {
			all.Go(func() { r.askNumbered(ctx, i, j) })
		}
	}
	all.Wait()
	require.Len(t, r.await(analyses*calls), analyses*calls)
	for i, analysis := range handles {
		mine := r.exchangesOf(numberedModel(i))
		require.Len(t, mine, calls)
		r.checkSums(analysis, mine)
		require.Len(t, analysis.Summary().Breakdowns, calls)
		for _, s := range r.calls() {
			if s.text(semconv.AnalysisID) == analysis.ID() {
				require.Equal(t, numberedModel(i), s.text(semconv.RequestModel))
			}
		}
	}
	r.checkHistograms()
}

func numberedModel(i int) string { return fmt.Sprintf("%s-%d", plainModel, i) }

// askNumbered makes a call whose size and type depend on its numbers.
func (r *rig) askNumbered(ctx context.Context, i, j int) {
	ctx = instrument.ContextWithCallType(ctx, instrument.CallType(fmt.Sprintf("step_%d", j)))
	p := Prompt{Model: numberedModel(i), Text: strings.Repeat("word ", 1+10*i+j), stream: j%2 == 1}
	_, err := r.ask(ctx, p)
	if err != nil {
		r.t.Errorf("call %d of analysis %d: %v", j, i, err)
	}
}

func (r *rig) exchangesOf(model string) []Exchange {
	var found []Exchange
	exchanges := r.fake.Exchanges()
	for i := range exchanges {
		if exchanges[i].Model == model {
			found = append(found, exchanges[i])
		}
	}
	return found
}

// testJoin starts one analysis several times at once.
func testJoin(t *testing.T, factory Factory) {
	t.Helper()
	r := newRig(t, factory)
	id := t.Name()
	_, first := r.start(id)
	var all sync.WaitGroup
	for range 4 {
		ctx, joined := r.start(id)
		all.Go(func() {
			defer joined.End()
			if _, err := r.client.Generate(ctx, plainPrompt); err != nil {
				t.Errorf("call of a joined analysis: %v", err)
			}
		})
	}
	all.Wait()
	require.Len(t, r.await(4), 4)
	r.checkSums(first, r.fake.Exchanges())
	first.End()
	for _, s := range r.spans.Ended() {
		if s.Name() == semconv.AnalysisSpanName {
			require.Equal(t, 4, newSpan(s).count(semconv.AnalysisCalls))
			return
		}
	}
	t.Error("the analysis has no span")
}

// testStartedCall makes two requests within one call.
func testStartedCall(t *testing.T, factory Factory) {
	t.Helper()
	r := newRig(t, factory)
	ctx, analysis := r.start("")
	ctx, call := instrument.Start(ctx, instrument.CallStart{
		Provider: semconv.ProviderGemini, Operation: semconv.OperationGenerateContent, Model: plainModel,
	}, r.target.Options...)
	for range 2 {
		_, err := r.client.Generate(ctx, plainPrompt)
		require.NoError(t, err)
	}
	require.Empty(t, r.calls(), "requests within a call are no calls")
	call.End(instrument.CallResult{})

	calls, want := r.calls(), r.fake.Usage()
	require.Len(t, calls, 1)
	require.Equal(t, 2, calls[0].count(semconv.CallAttempts))
	require.Equal(t, want.Input(), calls[0].count(semconv.UsageInputTokens))
	require.Equal(t, want.Output(), calls[0].count(semconv.UsageOutputTokens))
	require.EqualValues(t, 1, analysis.Summary().Calls)
	require.Equal(t, 1, r.collect().sum(semconv.MetricCalls, attribute.String(semconv.AnalysisID, analysis.ID())))
}
