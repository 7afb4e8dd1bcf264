// SPDX-License-Identifier: Apache-2.0

// Package spanledger_test checks the structure of the module: who may import
// whom, as docs/architecture.md tells.
package spanledger_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/spanledger/spanledger"

// rule says what the packages below a folder may import of this module, and
// what they may not reach at all, directly or through others.
type rule struct {
	// folder is the import path below the module; the rule holds for it and
	// what is below it, except where a longer folder has a rule of its own.
	folder string
	// imports are folders of this module, each with what is below it.
	imports []string
	// never are prefixes of import paths, reached by any way.
	never []string
}

const (
	pgx        = "github.com/jackc/pgx"
	sqlite     = "modernc.org/sqlite"
	collector  = "go.opentelemetry.io/collector"
	otelSDK    = "go.opentelemetry.io/otel/sdk"
	otel       = "go.opentelemetry.io/otel"
	geminiSDK  = "google.golang.org/genai"
	oldSDK     = "github.com/google/generative-ai-go"
	openaiSDK  = "github.com/openai/openai-go"
	claudeSDK  = "github.com/anthropics/anthropic-sdk-go"
	testify    = "github.com/stretchr/testify"
	vocabulary = "github.com/tiktoken-go/tokenizer"
	instrument = module + "/instrument"
)

var rules = []rule{
	{"internal/semconv", nil, []string{otel, "google.golang.org"}},
	{"internal/analysis", nil, []string{otel, "google.golang.org", "net/http"}},
	{"internal/cost", []string{"internal/analysis"}, []string{otel, "net/http"}},
	{"internal/ledger", []string{"internal/analysis"}, []string{otel, pgx, sqlite}},
	{
		"internal/ledger/ledgertest",
		[]string{"internal/ledger", "internal/analysis"},
		[]string{pgx, sqlite},
	},
	{"internal/pgtest", nil, []string{collector, otelSDK}},
	{
		"internal/postgres",
		[]string{"internal/ledger", "internal/analysis"},
		[]string{collector, otel, sqlite},
	},
	{
		"internal/sqlite",
		[]string{"internal/ledger", "internal/analysis"},
		[]string{collector, otel, pgx},
	},
	{
		"internal/store",
		[]string{"internal/postgres", "internal/sqlite", "internal/ledger"},
		[]string{collector, otel},
	},
	{
		"instrument",
		[]string{"instrument/internal", "internal/semconv", "internal/analysis", "internal/cost"},
		[]string{pgx, sqlite, collector, otelSDK, geminiSDK, oldSDK, openaiSDK, claudeSDK, testify, vocabulary},
	},
	{
		"instrument/internal",
		[]string{"internal/semconv", "internal/analysis"},
		[]string{otel, pgx, collector, geminiSDK, oldSDK, openaiSDK, claudeSDK},
	},
	{"instrument/gemini", []string{"instrument"}, []string{pgx, collector, otelSDK, oldSDK, vocabulary}},
	{"instrument/generativeai", []string{"instrument"}, []string{pgx, collector, otelSDK, geminiSDK}},
	{"instrument/tiktoken", nil, []string{pgx, collector, otel, geminiSDK, oldSDK, openaiSDK, claudeSDK}},
	{
		"instrument/openai",
		[]string{"instrument"},
		[]string{pgx, collector, otelSDK, geminiSDK, oldSDK, claudeSDK, vocabulary},
	},
	{
		"instrument/anthropic",
		[]string{"instrument"},
		[]string{pgx, collector, otelSDK, geminiSDK, oldSDK, openaiSDK, vocabulary},
	},
	{"instrument/otelsetup", []string{"instrument", "internal/semconv"}, []string{pgx, collector, geminiSDK, oldSDK}},
	{
		"instrument/instrumenttest",
		[]string{"instrument", "internal/semconv", "internal/analysis"},
		[]string{pgx, sqlite, collector},
	},
	{
		"exporter",
		[]string{
			"exporter",
			"internal/semconv",
			"internal/analysis",
			"internal/cost",
			"internal/ledger",
			"internal/store",
		},
		[]string{instrument, geminiSDK, oldSDK},
	},
	{
		"exporter/inmemory",
		[]string{"exporter/internal/decode", "internal/semconv", "internal/analysis"},
		[]string{instrument, pgx, sqlite},
	},
	{
		"exporter/internal/decode",
		[]string{"internal/semconv", "internal/analysis", "internal/ledger"},
		[]string{instrument, pgx, sqlite},
	},
	{
		"internal/cli",
		[]string{"internal/analysis", "internal/ledger"},
		[]string{collector, otelSDK, pgx, sqlite, instrument},
	},
	{
		"internal/api",
		[]string{"internal/analysis", "internal/ledger"},
		[]string{collector, otelSDK, pgx, sqlite, instrument},
	},
	{
		"internal/web",
		[]string{"internal/analysis", "internal/ledger"},
		[]string{collector, otelSDK, pgx, sqlite, instrument},
	},
	{"examples", []string{"instrument", "examples"}, []string{collector, sqlite}},
}

// TestImports holds every package's own imports against its rule.
func TestImports(t *testing.T) {
	t.Parallel()
	const format = `{{.ImportPath}} {{join .Imports " "}}`
	for _, pkg := range slices.Concat(list(t, format, "."), list(t, format, "examples/frameworks")) {
		path, ok := strings.CutPrefix(pkg[0], module+"/")
		if !ok {
			continue
		}
		r, ok := ruleOf(path)
		if !ok {
			continue // composition roots and tests may import anything
		}
		for _, imported := range pkg[1:] {
			local, ours := strings.CutPrefix(imported, module+"/")
			if !ours || below(local, r.folder) {
				continue
			}
			allowed := slices.ContainsFunc(r.imports, func(folder string) bool { return below(local, folder) })
			require.True(t, allowed, "%s may not import %s (docs/architecture.md)", path, local)
		}
	}
}

// TestDependencyDirection fails when a package reaches, directly or through
// others, something that its layer must not know.
func TestDependencyDirection(t *testing.T) {
	t.Parallel()
	for _, pkg := range list(t, `{{.ImportPath}} {{join .Deps " "}}`, ".") {
		path, ok := strings.CutPrefix(pkg[0], module+"/")
		if !ok {
			continue
		}
		r, _ := ruleOf(path)
		for _, dep := range pkg[1:] {
			for _, never := range r.never {
				require.False(t, below(dep, never), "%s reaches %s (docs/architecture.md)", path, dep)
			}
		}
	}
}

// TestEveryFolderHasARule keeps a new package from slipping past the table.
func TestEveryFolderHasARule(t *testing.T) {
	t.Parallel()
	composition := []string{"cmd", "internal/app", "test"}
	for _, pkg := range list(t, `{{.ImportPath}}`, ".") {
		path, ok := strings.CutPrefix(pkg[0], module+"/")
		if !ok || slices.ContainsFunc(composition, func(folder string) bool { return below(path, folder) }) {
			continue
		}
		_, ok = ruleOf(path)
		require.True(t, ok, "%s has no rule in arch_test.go", path)
	}
}

// ruleOf returns the rule with the longest folder that holds the path.
func ruleOf(path string) (rule, bool) {
	var best rule
	for _, r := range rules {
		if below(path, r.folder) && len(r.folder) > len(best.folder) {
			best = r
		}
	}
	return best, best.folder != ""
}

// below reports whether path is the folder or inside it.
func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// list runs go list in the folder of a module and returns the words of each line.
func list(t *testing.T, format, folder string) [][]string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-f", format, "./...")
	list.Dir = folder
	out, err := list.CombinedOutput()
	require.NoError(t, err, "%s", out)
	var lines [][]string
	for line := range strings.Lines(string(out)) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, words)
		}
	}
	require.NotEmpty(t, lines)
	return lines
}
