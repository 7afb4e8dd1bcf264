// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/semconv"
)

// testCached asks twice what a cache may hold: the second time at the latest it
// is read.
func (s *suite) testCached(t *testing.T) {
	t.Helper()
	for _, p := range bothWays(s.plain()) {
		p.CachedContent = "cachedContents/prices"
		if !s.has(CachedContent) {
			s.refuses(t, p)
			continue
		}
		p.Text = strings.Repeat("word ", 40)
		r := s.rig(t, WithCachedContent(p.CachedContent, 24))
		ctx, analysis := r.start("")
		for range 2 {
			_, err := r.ask(ctx, p)
			require.NoError(t, err)
		}
		r.checkAll(analysis)
		require.Positive(t, r.fake.Usage().Cached)
		require.Equal(t, s.has(CacheWrite), r.fake.Usage().CacheWrite > 0)
	}
}

// testSilentStream asks for a stream that reports no usage: it is unknown, and
// the call is a good one.
func (s *suite) testSilentStream(t *testing.T) {
	t.Helper()
	p := streamed(s.plain())
	p.SilentStream = true
	if !s.has(UsageOnRequest) {
		s.refuses(t, p)
		return
	}
	r := s.rig(t)
	ctx, analysis := r.start("")
	text, err := r.ask(ctx, p)
	require.NoError(t, err)
	require.NotEmpty(t, text)
	call := r.checkOne(analysis, "")
	require.Equal(t, semconv.StatusUnknown, call.text(semconv.UsageStatus))
	require.Equal(t, []string{"stop"}, call.attributes[semconv.ResponseFinishReasons].AsStringSlice())
	got := analysis.Summary()
	require.EqualValues(t, 1, got.WithoutUsage)
	require.False(t, got.TotalTokens().IsKnown(), "unknown is not zero")
}

func (s *suite) testEmbeddings(t *testing.T) {
	t.Helper()
	r := s.rig(t)
	client, able := r.client.(Embedder)
	require.Equal(t, s.has(Embeddings), able)
	if !able {
		return
	}
	ctx, analysis := r.start("")
	require.NoError(t, client.Embed(ctx, Prompt{Model: s.api.embedding, Text: "What does the chart show?"}))
	call := r.checkOne(analysis, "")
	require.Equal(t, semconv.CallTypeEmbeddings, call.text(semconv.CallType))
}

func (s *suite) testRetries(t *testing.T) {
	t.Helper()
	s.retry(t, s.plain())
}

func (s *suite) testRetriesStream(t *testing.T) {
	t.Helper()
	s.retry(t, streamed(s.plain()))
}

// retry has two attempts fail and the third work: one call that went well.
func (s *suite) retry(t *testing.T, p Prompt) {
	t.Helper()
	r := s.rigFor(t, Target{Retries: true})
	r.fake.Fail(2, Fault{Status: 429, RetryAfter: time.Millisecond})
	ctx, analysis := r.start("")
	text, err := r.ask(ctx, p)
	if !s.has(Retries) {
		require.Error(t, err)
		require.Len(t, r.fake.Exchanges(), 1)
		r.checkOne(analysis, "429")
		return
	}
	require.NoError(t, err)
	require.NotEmpty(t, text)
	require.Len(t, r.fake.Exchanges(), 3)
	r.checkOne(analysis, "")
	require.Zero(t, analysis.Summary().Failed)
}
