// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// slow is how long the stand-in keeps a client waiting that is to give up.
const slow = time.Minute

func (s *suite) testCanceled(t *testing.T) {
	t.Helper()
	r := s.rig(t)
	r.fake.Fail(1, Fault{Delay: slow})
	ctx, analysis := r.start("")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	returned := make(chan error, 1)
	go func() {
		_, err := r.client.Generate(ctx, s.plain())
		returned <- err
	}()
	require.Eventually(t, func() bool { return len(r.fake.Exchanges()) == 1 }, patience, time.Millisecond)
	cancel()
	require.Error(t, <-returned)
	r.checkFailed(analysis, semconv.ErrorTypeCanceled)
}

func (s *suite) testTimeout(t *testing.T) {
	t.Helper()
	r := s.rig(t)
	r.fake.Fail(1, Fault{Delay: slow})
	ctx, analysis := r.start("")
	ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err := r.client.Generate(ctx, s.plain())
	require.Error(t, err)
	analysis.End() // so that the call waits for no further request
	r.checkFailed(analysis, semconv.ErrorTypeTimeout)
}

func (s *suite) testRefused(t *testing.T) {
	t.Helper()
	r := s.rig(t)
	require.NoError(t, r.fake.Close())
	ctx, analysis := r.start("")
	_, err := r.client.Generate(ctx, s.plain())
	require.Error(t, err)
	require.NotContains(t, err.Error(), conformanceKey)
	analysis.End() // so that the call waits for no further request
	r.checkFailed(analysis, semconv.ErrorTypeConnection)
}

// checkFailed expects one call without any usage.
func (r *rig) checkFailed(analysis *instrument.Analysis, errorType string) {
	r.t.Helper()
	calls := r.await(1)
	require.Len(r.t, calls, 1)
	require.Equal(r.t, errorType, calls[0].text(semconv.ErrorType))
	require.Equal(r.t, semconv.StatusUnknown, calls[0].text(semconv.UsageStatus))
	s := analysis.Summary()
	require.EqualValues(r.t, 1, s.Calls)
	require.EqualValues(r.t, 1, s.Failed)
	require.EqualValues(r.t, 1, s.WithoutUsage)
	require.False(r.t, s.TotalTokens().IsKnown(), "unknown is not zero")
}

// testBreak leaves the loop over a stream early, and with it the context: not
// every SDK closes a stream before.
func (s *suite) testBreak(t *testing.T) {
	t.Helper()
	r := s.rig(t, WithChunks(20), WithChunkDelay(slow))
	ctx, analysis := r.start("")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, err := range r.client.Stream(ctx, s.plain()) {
		require.NoError(t, err)
		break
	}
	cancel()
	r.checkLeft(analysis)
}

// testPanic has the consumer of a stream panic, and its context end with it.
func (s *suite) testPanic(t *testing.T) {
	t.Helper()
	r := s.rig(t, WithChunks(20), WithChunkDelay(slow))
	ctx, analysis := r.start("")
	require.PanicsWithValue(t, "the consumer", func() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for _, err := range r.client.Stream(ctx, s.plain()) {
			require.NoError(t, err)
			panic("the consumer")
		}
	})
	r.checkLeft(analysis)
}

// testAbandoned takes one piece of a stream and never comes back for the next.
func (s *suite) testAbandoned(t *testing.T) {
	t.Helper()
	r := s.rig(t, WithChunks(20), WithChunkDelay(slow))
	ctx, analysis := r.start("")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next, stop := iter.Pull2(r.client.Stream(ctx, s.plain()))
	defer stop()
	_, err, ok := next()
	require.True(t, ok)
	require.NoError(t, err)
	cancel()
	r.checkLeft(analysis)
}

// checkLeft expects one call whose stream was left after its first piece: the
// usage that it reported, if any, is a lower bound.
func (r *rig) checkLeft(analysis *instrument.Analysis) {
	r.t.Helper()
	calls, exchange := r.await(1), r.fake.Exchanges()[0]
	require.Len(r.t, calls, 1)
	require.Contains(r.t, []string{"", semconv.ErrorTypeCanceled}, calls[0].text(semconv.ErrorType))
	require.Equal(r.t, []string{semconv.FinishReasonError},
		calls[0].attributes[semconv.ResponseFinishReasons].AsStringSlice())
	got := analysis.Summary()
	require.EqualValues(r.t, 1, got.Calls)
	if !exchange.Reported {
		require.Equal(r.t, semconv.StatusUnknown, calls[0].text(semconv.UsageStatus))
		require.EqualValues(r.t, 1, got.WithoutUsage)
		return
	}
	require.Equal(r.t, semconv.StatusPartial, calls[0].text(semconv.UsageStatus))
	require.Equal(r.t, Tokens("Where does the price go?"), calls[0].count(semconv.UsageInputTokens))
	require.EqualValues(r.t, 1, got.Partial)
}
