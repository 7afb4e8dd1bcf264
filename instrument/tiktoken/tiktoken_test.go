// SPDX-License-Identifier: Apache-2.0

package tiktoken_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/tiktoken"
)

var _ instrument.Estimator = (*tiktoken.Estimator)(nil)

// shared is one for all tests: loading a vocabulary takes its time.
var shared = tiktoken.New()

func TestEstimator_Tokens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		model, text string
		want        int64
		ok          bool
	}{
		{"gpt-4o-mini", "hello world", 2, true},
		{"gpt-4o", "お誕生日おめでとう", 8, true}, // 9 in cl100k_base
		{"gpt-4-turbo", "お誕生日おめでとう", 9, true},
		{"openai/gpt-5-mini", "hello world", 2, true},
		{"ft:gpt-4o-mini:acme::1", "お誕生日おめでとう", 8, true},
		{"gpt-35-turbo", "hello world", 2, true},
		{"o3-mini", "", 0, true},
		{"text-embedding-3-small", "hello world", 2, true},
		{"gpt-4o", "<|endoftext|>", 7, true},
		{"gemini-2.0-flash", "hello world", 0, false},
		{"claude-sonnet-4", "hello world", 0, false},
		{"", "hello world", 0, false},
	} {
		n, ok := shared.Tokens(tt.model, tt.text)
		require.Equal(t, tt.ok, ok, tt.model)
		require.Equal(t, tt.want, n, "%s: %s", tt.model, tt.text)
	}
}

// TestEstimator_OddTexts is about what takes no end in a bad tokenizer, and
// what is no text.
func TestEstimator_OddTexts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"OneLongWord": strings.Repeat("a", 1<<18),
		"Spaces":      strings.Repeat(" ", 1<<16),
		"InvalidUTF8": "\xff\xfe\x00",
		"EmptyLines":  strings.Repeat(" \n", 1<<17), // minutes, in one piece
		"LoneAccents": strings.Repeat("\u0301", 1<<10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, ok := shared.Tokens("gpt-4o", text)
			require.True(t, ok)
			require.Positive(t, n)
			require.LessOrEqual(t, n, int64(len(text)))
		})
	}
}

// TestEstimator_Pieces counts a text that takes many pieces.
func TestEstimator_Pieces(t *testing.T) {
	t.Parallel()
	const line = "\tif err := store.Fold(ctx, batch); err != nil { // où va le prix ?\n"
	one, ok := shared.Tokens("gpt-4o", line)
	require.True(t, ok)
	many, ok := shared.Tokens("gpt-4o", strings.Repeat(line, 1000))
	require.True(t, ok)
	require.InDelta(t, 1000*one, many, 1000+1) // a line's end and the tab after it are one token or two
}

func TestEstimator_ManyAtOnce(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	counts := make([]int64, 20)
	for i := range counts {
		wg.Go(func() { counts[i], _ = shared.Tokens("gpt-4o", "Where does the price go?") })
	}
	wg.Wait()
	for _, n := range counts {
		require.Equal(t, int64(6), n)
	}
}
