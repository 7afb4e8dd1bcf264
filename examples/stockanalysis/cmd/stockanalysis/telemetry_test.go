// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
)

// The tests of this file are not parallel: the SDK reads the environment of the process.

func TestRun_SummaryAndTelemetry(t *testing.T) {
	var traces, metrics atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/traces", func(http.ResponseWriter, *http.Request) { traces.Add(1) })
	mux.HandleFunc("/v1/metrics", func(http.ResponseWriter, *http.Request) { metrics.Add(1) })
	env, stdout, stderr := environmentWith(t, mux)

	require.Equal(t, done, run(t.Context(), []string{"--fake"}, env), stderr.String())
	require.Contains(t, stdout.String(), "RELIANCE: hold, confidence 62 %.")
	require.Contains(t, stdout.String(), "LLM calls      6")
	require.Contains(t, stdout.String(), "\ncontinuation_levels\n")
	require.Positive(t, traces.Load())
	require.Positive(t, metrics.Load())
	require.Empty(t, stderr.String())
}

// A Collector that refuses costs a line on stderr, and no result.
func TestStartTelemetry_CollectorRefuses(t *testing.T) {
	env, _, stderr := environmentWith(t, http.NotFoundHandler())
	env.flushTimeout = 100 * time.Millisecond
	stop, err := startTelemetry(t.Context(), env)
	require.NoError(t, err)
	_, analysis := instrument.StartAnalysis(t.Context(), "analysis_refused")
	analysis.End()
	stop()
	require.Contains(t, stderr.String(), "the Collector did not take all telemetry")
}

func TestStartTelemetry_WrongVariable(t *testing.T) {
	env, _, _ := environmentWith(t, http.NotFoundHandler())
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "pigeon")
	_, err := startTelemetry(t.Context(), env)
	require.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_PROTOCOL")
}

// environmentWith is one in which the handler is the Collector.
func environmentWith(t *testing.T, collector http.Handler) (env environment, stdout, stderr *bytes.Buffer) {
	t.Helper()
	server := httptest.NewServer(collector)
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	env = environment{stdout: stdout, stderr: stderr, getenv: os.Getenv, flushTimeout: time.Minute}
	return env, stdout, stderr
}
