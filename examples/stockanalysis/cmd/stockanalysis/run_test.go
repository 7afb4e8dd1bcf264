// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/examples/stockanalysis/storage"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// command runs the command with no environment variables and returns the exit code and what it wrote.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, messages bytes.Buffer
	code = run(t.Context(), args, environment{
		stdout: &out, stderr: &messages, getenv: func(string) string { return "" },
	})
	return code, out.String(), messages.String()
}

// document is what --json prints, as far as the test looks at it.
type document struct {
	Symbol   string
	Decision struct{ Action string }
	Metadata struct {
		AnalysisID string `json:"analysis_id"`
		Model      string
		Usage      struct {
			User      string         `json:"user_id"`
			Calls     int64          `json:"llm_calls_count"`
			Total     int64          `json:"total_tokens"`
			Breakdown map[string]any `json:"usage_breakdown"`
		} `json:"token_usage"`
	} `json:"analysis_metadata"`
}

// One run with everything on: own prices, another model, JSON, charts and the application's table.
func TestRun(t *testing.T) {
	t.Parallel()
	dsn, charts := pgtest.DSN(t), filepath.Join(t.TempDir(), "charts")
	code, stdout, stderr := command(t, "--fake", "--json", "--symbol", "MINE", "--prices", "../../market/data/INFY.csv",
		"--model", "gemini-2.0-flash", "--user", "u-7", "--out", charts, "--dsn", dsn)
	require.Equal(t, done, code, stderr)
	require.Empty(t, stderr)

	var d document
	require.NoError(t, json.Unmarshal([]byte(stdout), &d), "nothing but one document")
	require.Equal(t, "MINE", d.Symbol)
	require.Equal(t, "hold", d.Decision.Action)
	require.Equal(t, "gemini-2.0-flash", d.Metadata.Model)
	require.Equal(t, "u-7", d.Metadata.Usage.User)
	require.EqualValues(t, 6, d.Metadata.Usage.Calls)
	require.Len(t, d.Metadata.Usage.Breakdown, 6)
	requireCharts(t, charts)
	requireRow(t, dsn, d)
}

func requireCharts(t *testing.T, folder string) {
	t.Helper()
	for _, name := range []string{"price.png", "volume.png", "momentum.png", "patterns.png"} {
		f, err := os.Open(filepath.Join(folder, name))
		require.NoError(t, err)
		_, err = png.DecodeConfig(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
}

func requireRow(t *testing.T, dsn string, want document) {
	t.Helper()
	store, err := storage.Open(t.Context(), dsn)
	require.NoError(t, err)
	defer store.Close()
	rows, err := store.List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, want.Symbol, rows[0].Symbol)
	require.Equal(t, want.Metadata.AnalysisID, *rows[0].AnalysisID)
	require.Equal(t, want.Metadata.Usage.Calls, *rows[0].LLMCalls)
	require.Equal(t, want.Metadata.Usage.Total, *rows[0].TotalTokens)
}

func TestRun_Help(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := command(t, "--help")
	require.Equal(t, done, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "bundled are INFY, RELIANCE")
}

// Every mistake ends with one line that says how to mend it.
func TestRun_Mistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args     []string
		wantCode int
		want     string
	}{
		"NoKey": {
			nil,
			failed,
			"GEMINI_API_KEY is not set: set it to your key, or try --fake, which needs none",
		},
		"UnknownFlag":   {[]string{"--fast"}, misused, "--help lists the flags"},
		"Argument":      {[]string{"RELIANCE"}, misused, `unexpected argument "RELIANCE"`},
		"UnknownSymbol": {[]string{"--fake", "--symbol", "X"}, failed, "bundled are INFY, RELIANCE"},
		"NoSuchFile":    {[]string{"--fake", "--prices", "nothing.csv"}, failed, "open prices"},
		"NoDatabase": {
			[]string{
				"--fake",
				"--dsn",
				"postgres://u:secret@127.0.0.1:1/x?connect_timeout=2",
			},
			failed,
			"reach database",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := command(t, tt.args...)
			require.Equal(t, tt.wantCode, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, tt.want)
			require.NotContains(t, stderr, "secret")
		})
	}
}
