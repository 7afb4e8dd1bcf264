// SPDX-License-Identifier: Apache-2.0

package example_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/instrument"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// program returns one that notes where it was sent.
func program(at *example.Providers, err error) example.Program {
	return example.Program{
		Name: "example",
		Analyze: func(ctx context.Context, providers example.Providers) (instrument.Summary, error) {
			*at = providers
			_, analysis := instrument.StartAnalysis(ctx, "analysis_1")
			defer analysis.End()
			return analysis.Summary(), err
		},
	}
}

func TestProgram_Run(t *testing.T) {
	t.Parallel()
	keys := map[string]string{"GEMINI_API_KEY": "secret"}
	for _, tt := range []struct {
		name    string
		args    []string
		keys    map[string]string
		failure error
		code    int
		says    string
	}{
		{name: "StandIns", says: "analysis_1"},
		{name: "StandInsWithKeys", keys: keys, says: "analysis_1"},
		{name: "Real", args: []string{"--real"}, keys: keys, says: "analysis_1"},
		{name: "NoKey", args: []string{"--real"}, code: 1, says: "example: set OPENAI_API_KEY or GEMINI_API_KEY"},
		{name: "Failed", failure: errors.New("no luck"), code: 1, says: "example: no luck"},
		{name: "Help", args: []string{"--help"}, says: "-real"},
		{name: "NoSuchFlag", args: []string{"--fast"}, code: 2, says: "-fast"},
		{name: "Argument", args: []string{"real"}, code: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var at example.Providers
			var said strings.Builder
			code := program(&at, tt.failure).Run(t.Context(), tt.args, example.Environment{
				Stdout: &said, Stderr: &said, Getenv: func(name string) string { return tt.keys[name] },
			})
			require.Equal(t, tt.code, code)
			require.Contains(t, said.String(), tt.says)
			require.NotContains(t, said.String(), "secret")
			switch {
			case len(tt.args) == 0:
				require.Contains(t, at.Gemini.URL, "http://127.0.0.1:")
				require.Contains(t, at.OpenAI.URL, "http://127.0.0.1:")
				require.NotEqual(t, "secret", at.Gemini.Key)
			case tt.name == "Real":
				require.Equal(t, "https://generativelanguage.googleapis.com", at.Gemini.URL)
				require.Equal(t, "secret", at.Gemini.Key)
				require.Empty(t, at.OpenAI.Key)
			}
		})
	}
}

// TestProgram_Telemetry names a Collector that is not there.
func TestProgram_Telemetry(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "::no url")
	var at example.Providers
	var said strings.Builder
	code := program(&at, nil).Run(t.Context(), nil, example.Environment{
		Stdout: &said, Stderr: &said, Getenv: func(string) string { return "::no url" },
	})
	require.Equal(t, 1, code)
	require.Contains(t, said.String(), "start telemetry")
}
