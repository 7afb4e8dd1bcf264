// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// testConcurrency runs many analyses at once, each with a model of its own so
// that the stand-in can tell them apart, and expects that none gets a token of
// another's.
func (s *suite) testConcurrency(t *testing.T) {
	t.Helper()
	const analyses, calls = 8, 6
	r := s.rig(t)
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
		mine := r.exchangesOf(r.numberedModel(i))
		require.Len(t, mine, calls)
		r.checkSums(analysis, mine, calls)
		require.Len(t, analysis.Summary().Breakdowns, calls)
		for _, c := range r.calls() {
			if c.text(semconv.AnalysisID) == analysis.ID() {
				require.Equal(t, r.numberedModel(i), c.text(semconv.RequestModel))
			}
		}
	}
	r.checkHistograms(analyses * calls)
}

func (r *rig) numberedModel(i int) string { return fmt.Sprintf("%s-%d", r.api.model, i) }

// askNumbered makes a call whose size and type depend on its numbers.
func (r *rig) askNumbered(ctx context.Context, i, j int) {
	ctx = instrument.ContextWithCallType(ctx, instrument.CallType(fmt.Sprintf("step_%d", j)))
	p := Prompt{Model: r.numberedModel(i), Text: strings.Repeat("word ", 1+10*i+j), stream: j%2 == 1}
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
func (s *suite) testJoin(t *testing.T) {
	t.Helper()
	r := s.rig(t)
	id := t.Name()
	_, first := r.start(id)
	var all sync.WaitGroup
	for range 4 {
		ctx, joined := r.start(id)
		all.Go(func() {
			defer joined.End()
			if _, err := r.client.Generate(ctx, s.plain()); err != nil {
				t.Errorf("call of a joined analysis: %v", err)
			}
		})
	}
	all.Wait()
	require.Len(t, r.await(4), 4)
	r.checkSums(first, r.fake.Exchanges(), 4)
	first.End()
	for _, ended := range r.spans.Ended() {
		if ended.Name() == semconv.AnalysisSpanName {
			require.Equal(t, 4, newSpan(ended).count(semconv.AnalysisCalls))
			return
		}
	}
	t.Error("the analysis has no span")
}

// testStartedCall makes two requests within one call.
func (s *suite) testStartedCall(t *testing.T) {
	t.Helper()
	r := s.rig(t)
	ctx, analysis := r.start("")
	ctx, call := instrument.Start(ctx, instrument.CallStart{
		Provider: s.api.provider, Operation: s.api.operation, Model: s.api.model,
	}, r.target.Options...)
	for range 2 {
		_, err := r.client.Generate(ctx, s.plain())
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

// testManyStreams holds a thousand streams open at once, and expects their
// exact sum.
func (s *suite) testManyStreams(t *testing.T) {
	t.Helper()
	const streams = 1000
	r := s.rig(t, WithChunks(2))
	ctx, analysis := r.start("")
	var open, all sync.WaitGroup
	open.Add(streams)
	for i := range streams {
		all.Go(func() {
			p := Prompt{Model: s.api.model, Text: strings.Repeat("word ", 1+i%7)}
			first := true
			for _, err := range r.client.Stream(ctx, p) {
				if err != nil {
					t.Errorf("stream %d: %v", i, err)
				}
				if first {
					first = false
					open.Done()
					open.Wait() // none goes on before all have begun
				}
			}
			if first {
				open.Done()
			}
		})
	}
	all.Wait()
	require.Len(t, r.fake.Exchanges(), streams)
	require.Eventually(t, func() bool { return analysis.Summary().Calls == streams }, patience, 10*time.Millisecond)
	r.checkSums(analysis, r.fake.Exchanges(), streams)
	require.Len(t, r.calls(), streams)
}
