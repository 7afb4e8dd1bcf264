// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// setEnv sets variables for a test, which then cannot run beside others.
func setEnv(t *testing.T, variables map[string]string) {
	t.Helper()
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

// keepGlobals puts the global providers back after the test.
func keepGlobals(t *testing.T) {
	t.Helper()
	tracers, meters, propagator := otel.GetTracerProvider(), otel.GetMeterProvider(), otel.GetTextMapPropagator()
	t.Cleanup(func() {
		otel.SetTracerProvider(tracers)
		otel.SetMeterProvider(meters)
		otel.SetTextMapPropagator(propagator)
	})
}

// count adds to a counter of the global meter provider.
func count(t *testing.T, name string) {
	t.Helper()
	counter, err := otel.GetMeterProvider().Meter("test").Int64Counter(name)
	require.NoError(t, err)
	counter.Add(t.Context(), 1)
}

func TestStart_Environment(t *testing.T) {
	for _, protocol := range []string{otelsetup.ProtocolGRPC, otelsetup.ProtocolHTTPProtobuf} {
		t.Run(protocol, func(t *testing.T) {
			keepGlobals(t)
			r := newReceiver()
			endpoint, _ := r.serve(t, protocol, "")
			setEnv(t, map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT":    endpoint,
				"OTEL_EXPORTER_OTLP_PROTOCOL":    protocol,
				"OTEL_EXPORTER_OTLP_HEADERS":     "x-team=money%20and%20time",
				"OTEL_EXPORTER_OTLP_COMPRESSION": "none",
				"OTEL_EXPORTER_OTLP_TIMEOUT":     "5000",
				"OTEL_SERVICE_NAME":              "from-environment",
				"OTEL_RESOURCE_ATTRIBUTES":       "service.version=9,team=money",
				"OTEL_TRACES_SAMPLER":            "always_off",
				"OTEL_METRIC_EXPORT_INTERVAL":    "10",
			})
			config := otelsetup.Config{ServiceName: "from-code", ServiceVersion: "1"}
			shutdown, err := otelsetup.Start(t.Context(), config)
			require.NoError(t, err)
			require.ElementsMatch(
				t,
				[]string{"traceparent", "tracestate", "baggage"},
				otel.GetTextMapPropagator().Fields(),
			)

			count(t, "by_interval")
			require.Eventually(t, func() bool {
				r.mu.Lock()
				defer r.mu.Unlock()
				return r.metrics["by_interval"] != nil
			}, waitFor, tick)
			analyze(t.Context(), otel.GetTracerProvider())
			require.NoError(t, shutdown(t.Context()))

			require.Equal(t, map[string]int{"analysis": 1, "call": 2}, r.names())
			require.Equal(t, "money and time", r.headers["X-Team"])
			require.Equal(t, "from-environment", r.resource["service.name"])
			require.Equal(t, "9", r.resource["service.version"])
			require.Equal(t, "money", r.resource["team"])
		})
	}
}

// TestStart_SpillDir stops a service whose Collector is away, and starts it
// again when the Collector is there.
func TestStart_SpillDir(t *testing.T) {
	for _, protocol := range []string{otelsetup.ProtocolGRPC, otelsetup.ProtocolHTTPProtobuf} {
		t.Run(protocol, func(t *testing.T) {
			keepGlobals(t)
			r := newReceiver()
			endpoint, stop := r.serve(t, protocol, "")
			stop()
			dir := t.TempDir()
			setEnv(t, map[string]string{
				"SPANLEDGER_SPILL_DIR":       dir,
				"SPANLEDGER_SPILL_MAX_BYTES": "100000",
				"OTEL_METRICS_EXPORTER":      "none",
				"OTEL_TRACES_SAMPLER":        "always_off",
			})
			config := otelsetup.Config{ServiceName: "first", Endpoint: endpoint, Protocol: protocol}
			shutdown, err := otelsetup.Start(t.Context(), config)
			require.NoError(t, err)
			_, err = otelsetup.New(t.Context(), config)
			require.ErrorContains(t, err, strconv.Quote(dir)+" is in use")
			analyze(t.Context(), otel.GetTracerProvider())
			start := time.Now()
			require.NoError(t, shutdown(t.Context()))
			require.Less(t, time.Since(start), 5*time.Second, "not the 30 seconds of a shutdown without a directory")

			back := newReceiver()
			back.serve(t, protocol, endpoint[len("http://"):])
			config.ServiceName = "second"
			shutdown, err = otelsetup.Start(t.Context(), config)
			require.NoError(t, err)
			require.NoError(t, shutdown(t.Context()))
			require.Equal(t, map[string]int{"analysis": 1, "call": 2}, back.names())
			require.Equal(t, "first", back.resource["service.name"], "spans keep the resource that they were made with")
		})
	}
}

func TestStart_SignalsApart(t *testing.T) {
	keepGlobals(t)
	traces, metrics := newReceiver(), newReceiver()
	tracesEndpoint, _ := traces.serve(t, otelsetup.ProtocolHTTPProtobuf, "")
	metricsEndpoint, _ := metrics.serve(t, otelsetup.ProtocolGRPC, "")
	setEnv(t, map[string]string{
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":  tracesEndpoint + "/own/path",
		"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": metricsEndpoint,
		"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "grpc",
	})
	shutdown, err := otelsetup.Start(t.Context(), otelsetup.Config{})
	require.NoError(t, err)
	analyze(t.Context(), otel.GetTracerProvider())
	count(t, "apart")
	require.NoError(t, shutdown(t.Context()))
	require.Len(t, traces.names(), 4)
	require.Contains(t, traces.paths, "/own/path")
	require.Empty(t, traces.metrics)
	require.Contains(t, metrics.metrics, "apart")
	require.Empty(t, metrics.spans)
}

func TestStart_TLS(t *testing.T) {
	keepGlobals(t)
	r := newReceiver()
	server := httptest.NewTLSServer(r)
	defer server.Close()
	certificate := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	require.NoError(t, os.WriteFile(certificate, pem.EncodeToMemory(block), 0o600))
	setEnv(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":    server.URL,
		"OTEL_EXPORTER_OTLP_CERTIFICATE": certificate,
	})
	shutdown, err := otelsetup.Start(t.Context(), otelsetup.Config{})
	require.NoError(t, err)
	analyze(t.Context(), otel.GetTracerProvider())
	require.NoError(t, shutdown(t.Context()))
	require.Len(t, r.names(), 4)
}

func TestStart_SwitchedOff(t *testing.T) {
	for _, tt := range []struct {
		name            string
		variables       map[string]string
		traces, metrics bool
	}{
		{"Disabled", map[string]string{"OTEL_SDK_DISABLED": "true"}, false, false},
		{
			"DisabledForItsMistakes",
			map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "nonsense"},
			false, false,
		},
		{"NoTraces", map[string]string{"OTEL_TRACES_EXPORTER": "none"}, false, true},
		{"NoMetrics", map[string]string{"OTEL_METRICS_EXPORTER": "none"}, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keepGlobals(t)
			r := newReceiver()
			endpoint, _ := r.serve(t, otelsetup.ProtocolHTTPProtobuf, "")
			setEnv(t, tt.variables)
			shutdown, err := otelsetup.Start(t.Context(), otelsetup.Config{Endpoint: endpoint})
			require.NoError(t, err)
			analyze(t.Context(), otel.GetTracerProvider())
			count(t, "on")
			require.Contains(t, otel.GetTextMapPropagator().Fields(), "traceparent")
			require.NoError(t, shutdown(t.Context()))
			require.Equal(t, tt.traces, len(r.spans) > 0)
			require.Equal(t, tt.metrics, len(r.metrics) > 0)
		})
	}
}

func TestStart_ConfigError(t *testing.T) {
	setEnv(t, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"})
	before := otel.GetTextMapPropagator()
	shutdown, err := otelsetup.Start(t.Context(), otelsetup.Config{ServiceName: "stock-api"})
	require.Nil(t, shutdown)
	var configError *otelsetup.ConfigError
	require.ErrorAs(t, err, &configError)
	require.Equal(t, "OTEL_EXPORTER_OTLP_PROTOCOL", configError.Setting)
	require.Equal(t, before, otel.GetTextMapPropagator())
}
