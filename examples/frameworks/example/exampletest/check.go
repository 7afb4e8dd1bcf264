// SPDX-License-Identifier: Apache-2.0

package exampletest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// Check holds the summary and the spans against what the stand-ins answered: each
// request is one span, with its tokens and its analysis.
func (r *Result) Check(t *testing.T, calls int) {
	t.Helper()
	exchanges := slices.Concat(r.StandIns.OpenAI.Exchanges(), r.StandIns.Gemini.Exchanges())
	require.Len(t, exchanges, calls)
	require.False(t, slices.ContainsFunc(exchanges, func(x instrumenttest.Exchange) bool { return x.KeyInURL }))

	usage := r.StandIns.Usage()
	require.EqualValues(t, calls, r.Summary.Calls)
	require.Zero(t, r.Summary.Failed)
	require.Zero(t, r.Summary.WithoutUsage)
	input, _ := r.Summary.InputTokens().Value()
	output, _ := r.Summary.OutputTokens().Value()
	require.EqualValues(t, usage.Input(), input)
	require.EqualValues(t, usage.Output(), output)

	spans := r.Calls()
	require.Len(t, spans, calls, "one span for each request")
	for _, s := range spans {
		require.Equal(t, r.Summary.AnalysisID, s.Attributes["spanledger.analysis.id"])
		require.Equal(t, "reported", s.Attributes["spanledger.usage.status"])
		require.Equal(t, "1", s.Attributes["spanledger.call.attempts"])
		require.NotEmpty(t, s.Attributes["gen_ai.provider.name"])
		require.NotEmpty(t, s.Attributes["gen_ai.request.model"])
		input, output := s.tokens("input_tokens"), s.tokens("output_tokens")
		require.True(t, slices.ContainsFunc(exchanges, func(x instrumenttest.Exchange) bool {
			return x.Usage.Input() == input && x.Usage.Output() == output
		}), "%s: %d, %d", s.Name, input, output)
	}
}

// CheckSecrets looks for prompts, answers and the key in everything that left,
// but in the attributes that a framework is known to fill with them.
func (r *Result) CheckSecrets(t *testing.T, known ...string) {
	t.Helper()
	secrets := []string{keyCanary, answerCanary}
	for _, prompt := range r.prompts {
		if prompt != "" { // a function's result has no text
			secrets = append(secrets, prompt)
		}
	}
	require.Greater(t, len(secrets), 2)
	for _, s := range r.Spans {
		texts := slices.Clone(s.Texts)
		for name, value := range s.Attributes {
			if !slices.Contains(known, name) {
				texts = append(texts, name, value)
			}
		}
		all := strings.Join(texts, "\n")
		for _, secret := range secrets {
			require.NotContains(t, all, secret)
		}
	}
}
