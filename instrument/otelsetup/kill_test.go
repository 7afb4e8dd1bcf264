// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// Variables that make this test a service to be killed.
const (
	childDir = "OTELSETUP_TEST_CHILD_DIR"
	childRun = "OTELSETUP_TEST_CHILD_RUN"
)

// serveUntilKilled ends spans while nobody listens.
func serveUntilKilled(t *testing.T, dir, run string) {
	t.Helper()
	exporter, err := otelsetup.NewSpillExporter(t.Context(), otlptracehttp.NewClient(
		otlptracehttp.WithEndpointURL("http://127.0.0.1:1"),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}),
	))
	require.NoError(t, err)
	config := otelsetup.LedgerConfig{BatchSize: 10, SpillDir: dir, MaxBlock: -1}
	p, err := otelsetup.NewLedgerProcessor(t.Context(), exporter, config)
	require.NoError(t, err)
	for i := range 200_000 {
		p.OnEnd(llmSpan(run + "-" + strconv.Itoa(i)))
	}
	require.Fail(t, "nobody killed this process")
}

// TestLedgerProcessor_SpillKilled kills three processes, one after the other,
// in the middle of their writing. What was on disk is delivered, in order.
func TestLedgerProcessor_SpillKilled(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(childDir); dir != "" {
		serveUntilKilled(t, dir, os.Getenv(childRun))
	}
	dir := t.TempDir()
	saved := 0
	for run := range 3 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		child.Env = append(os.Environ(), childDir+"="+dir, childRun+"="+strconv.Itoa(run))
		require.NoError(t, child.Start())
		before := len(files(t, dir, ".spans"))
		require.Eventually(t, func() bool { return len(files(t, dir, ".spans")) >= before+20 }, waitFor, tick)
		require.NoError(t, child.Process.Kill())
		require.ErrorContains(t, child.Wait(), "killed")
		saved = 10 * len(files(t, dir, ".spans"))
	}

	client := &fakeClient{}
	p := newSpilling(t, client, otelsetup.LedgerConfig{SpillDir: dir})
	require.NoError(t, p.Shutdown(t.Context()))
	got := client.got()
	require.GreaterOrEqual(t, len(got), saved)
	require.LessOrEqual(t, len(got), saved+3*10, "a file that was whole, but not yet renamed, for each kill")
	next := map[string]int{}
	for _, name := range got {
		run, _, _ := strings.Cut(name, "-")
		require.Equal(t, fmt.Sprintf("%s-%d", run, next[run]), name)
		next[run]++
	}
	require.Len(t, next, 3)
}
