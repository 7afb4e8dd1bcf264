// SPDX-License-Identifier: Apache-2.0

package langchaingo_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/examples/frameworks/example/exampletest"
	"github.com/spanledger/spanledger/examples/frameworks/langchaingo"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

var recorder exampletest.Recorder

func TestMain(m *testing.M) {
	exampletest.Main(m, &recorder,
		// Gemini's SDK opens a gRPC connection for caches, which its Close leaves open.
		"google.golang.org/grpc.(*addrConn).resetTransportAndUnlock",
		"google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run",
	)
}

func analyze(ctx context.Context, at example.Providers) (instrument.Summary, error) {
	return langchaingo.Analyze(ctx, at, "RELIANCE")
}

func TestAnalyze(t *testing.T) {
	t.Parallel()
	r := exampletest.Run(t, &recorder, instrumenttest.DefaultResponder, analyze)
	r.Check(t, 3)
	r.CheckSecrets(t)
	require.Len(t, r.StandIns.Gemini.Exchanges(), 1)

	var types, providers []string
	for _, s := range r.Calls() {
		types = append(types, s.Attributes["spanledger.call.type"])
		providers = append(providers, s.Attributes["gen_ai.provider.name"])
	}
	require.Equal(t, []string{"trend", "decision", "review"}, types)
	require.Equal(t, []string{"openai", "openai", "gcp.gemini"}, providers)
	require.Equal(t, "true", r.Calls()[1].Attributes["gen_ai.request.stream"])
}

// TestAnalyze_OneProvider has the key of one of the two alone.
func TestAnalyze_OneProvider(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*example.Providers) *example.Provider{
		"OpenAI": func(at *example.Providers) *example.Provider { return &at.Gemini },
		"Gemini": func(at *example.Providers) *example.Provider { return &at.OpenAI },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := exampletest.Run(t, &recorder, instrumenttest.DefaultResponder,
				func(ctx context.Context, at example.Providers) (instrument.Summary, error) {
					leave(&at).Key = ""
					return analyze(ctx, at)
				})
			r.Check(t, 3)
			r.CheckSecrets(t)
		})
	}
}
