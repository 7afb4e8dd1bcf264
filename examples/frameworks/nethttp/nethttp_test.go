// SPDX-License-Identifier: Apache-2.0

package nethttp_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/examples/frameworks/example/exampletest"
	"github.com/spanledger/spanledger/examples/frameworks/nethttp"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

var recorder exampletest.Recorder

func TestMain(m *testing.M) { exampletest.Main(m, &recorder) }

func analyze(ctx context.Context, at example.Providers) (instrument.Summary, error) {
	return nethttp.Analyze(ctx, at, "RELIANCE")
}

func TestAnalyze(t *testing.T) {
	t.Parallel()
	r := exampletest.Run(t, &recorder, instrumenttest.DefaultResponder, analyze)
	r.Check(t, 4)
	r.CheckSecrets(t)

	var got []string
	for _, s := range r.Calls() {
		a := s.Attributes
		got = append(got, a["spanledger.call.type"]+" "+a["gen_ai.provider.name"]+" "+a["gen_ai.request.stream"])
	}
	require.Equal(t, []string{
		"trend openai ", "risks openai true", "levels gcp.gemini ", "decision gcp.gemini true",
	}, got)
}

// TestAnalyze_Refused has a provider that does not know the key.
func TestAnalyze_Refused(t *testing.T) {
	t.Parallel()
	standIns, err := example.StartStandIns(t.Context(), instrumenttest.WithKey("another"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, standIns.Close()) })
	_, err = analyze(t.Context(), standIns.Providers())
	require.ErrorContains(t, err, "401 Unauthorized")
}
