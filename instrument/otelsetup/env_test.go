// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// env returns an environment of these variables alone.
func env(variables map[string]string) environment {
	return func(name string) string { return variables[name] }
}

func TestEnvironment_Read_Errors(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for _, tt := range []struct{ name, value, want string }{
		{"OTEL_SDK_DISABLED", "yes", `have "yes"; set it to true or false`},
		{"OTEL_TRACES_EXPORTER", "jaeger", `have "jaeger"; set it to otlp or none`},
		{"OTEL_METRICS_EXPORTER", "prometheus", `have "prometheus"; set it to otlp or none`},
		{"OTEL_TRACES_SAMPLER", "one_percent", `have "one_percent"; set it to parentbased_always_on or`},
		{"OTEL_PROPAGATORS", "tracecontext,b3", `have "b3"; set it to tracecontext or baggage or none, or several`},
		{"OTEL_RESOURCE_ATTRIBUTES", "team", "one of its parts is not key=value; write it like key1=value1"},
		{"OTEL_METRIC_EXPORT_INTERVAL", "1s", `have "1s"; set it to a whole number of milliseconds above 0`},
		{"OTEL_BSP_MAX_QUEUE_SIZE", "0", `have "0"; set it to a whole number of spans above 0`},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "16", `have "16"; set it to 64 or more, or unset it`},
		{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "many", `have "many"; set it to 128 or more`},
		{"SPANLEDGER_SPILL_MAX_BYTES", "1GiB", `have "1GiB"; set it to a whole number of bytes, 4096 or more`},
		{"SPANLEDGER_SPILL_MAX_BYTES", "4095", `have "4095"`},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", `have "http/json"; set it to grpc or http/protobuf`},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http", `have "http"`},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "does not start with http:// or https://; write it like"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://", "has no host"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://\x7f", "is not a URL"},
		{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://u:secret@host", "move it to OTEL_EXPORTER_OTLP_HEADERS"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://host/?key=secret", "move what it says to OTEL_EXPORTER_OTLP_HEADERS"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "secret", "one of its parts is not key=value"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "Authorization: Bearer secret=", "the name of a header is not a token"},
		{"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "authorization=secret%zz", "the value of a header is not percent-encoded"},
		{"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "authorization=secret%0A", "the value of a header holds a control character"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "-1", `have "-1"; set it to a whole number of milliseconds above 0`},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", `have "zstd"; set it to gzip or none`},
		{"OTEL_EXPORTER_OTLP_INSECURE", "1", `have "1"; set it to true or false`},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", missing, "cannot be read"},
		{"OTEL_EXPORTER_OTLP_CLIENT_KEY", "-----BEGIN PRIVATE KEY-----\nsecret", "cannot be read: no such file"},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", "env_test.go", "holds no certificate"},
		{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "gauge", `have "gauge"; set it to cumulative or delta or`},
	} {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			_, err := env(map[string]string{tt.name: tt.value}).read(&Config{})
			var configError *ConfigError
			require.ErrorAs(t, err, &configError)
			require.Equal(t, tt.name, configError.Setting)
			require.ErrorContains(t, err, "otelsetup: "+tt.name+": ")
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestEnvironment_Read_AllErrorsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := env(map[string]string{
		"OTEL_EXPORTER_OTLP_TIMEOUT": "soon", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1%",
	}).read(&Config{})
	require.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_TIMEOUT")
	require.ErrorContains(t, err, `OTEL_TRACES_SAMPLER_ARG: have "1%"; set it to the part of traces to keep`)
}

func TestEnvironment_Read_KeyPairs(t *testing.T) {
	t.Parallel()
	certificate, key := keyPair(t)
	_, otherKey := keyPair(t)
	const prefix = "OTEL_EXPORTER_OTLP_TRACES_"
	for _, tt := range []struct{ certificate, key, want string }{
		{certificate, key, ""},
		{certificate, "", prefix + "CLIENT_KEY: is not set"},
		{"", key, prefix + "CLIENT_CERTIFICATE: is not set"},
		{certificate, otherKey, prefix + "CLIENT_KEY: does not belong to the certificate"},
	} {
		_, err := env(map[string]string{
			prefix + "CLIENT_CERTIFICATE": tt.certificate, prefix + "CLIENT_KEY": tt.key,
		}).read(&Config{})
		if tt.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, tt.want)
	}
}

func TestEnvironment_Read_SecuredPlainText(t *testing.T) {
	t.Parallel()
	certificate, _ := keyPair(t)
	variables := map[string]string{
		"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE": certificate, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318",
	}
	_, err := env(variables).read(&Config{})
	require.EqualError(t, err, "otelsetup: OTEL_EXPORTER_OTLP_ENDPOINT: starts with http:// although "+
		"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE is set; write https:// or unset it")
	_, err = env(variables).read(&Config{Endpoint: "https://c"})
	require.NoError(t, err)
}

// keyPair writes a certificate and its key.
func keyPair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return writePEM(t, "CERTIFICATE", der), writePEM(t, "PRIVATE KEY", privateDER)
}

func writePEM(t *testing.T, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return path
}

func TestEnvironment_Sampler(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, argument, want string }{
		{"", "", "ParentBased{root:AlwaysOnSampler,"},
		{"parentbased_always_on", "", "ParentBased{root:AlwaysOnSampler,"},
		{"parentbased_always_off", "", "ParentBased{root:AlwaysOffSampler,"},
		{"parentbased_traceidratio", "0.01", "ParentBased{root:TraceIDRatioBased{0.01},"},
		{"PARENTBASED_TRACEIDRATIO", "", "ParentBased{root:TraceIDRatioBased{1},"},
		{"always_on", "nonsense", "AlwaysOnSampler"},
		{"always_off", "", "AlwaysOffSampler"},
		{"traceidratio", " 0.5 ", "TraceIDRatioBased{0.5}"},
	} {
		s, err := env(
			map[string]string{"OTEL_TRACES_SAMPLER": tt.name, "OTEL_TRACES_SAMPLER_ARG": tt.argument},
		).read(&Config{})
		require.NoError(t, err)
		require.Contains(t, s.sampler.Description(), tt.want)
	}
	s, err := env(map[string]string{"OTEL_TRACES_SAMPLER": "always_on"}).read(&Config{Sampler: sdktrace.NeverSample()})
	require.NoError(t, err)
	require.Equal(t, "AlwaysOffSampler", s.sampler.Description())
}

func TestEnvironment_Ledger(t *testing.T) {
	t.Parallel()
	variables := env(map[string]string{"SPANLEDGER_SPILL_DIR": " /var/spill ", "SPANLEDGER_SPILL_MAX_BYTES": "5000"})
	for _, tt := range []struct{ have, want LedgerConfig }{
		{LedgerConfig{QueueSize: 1}, LedgerConfig{QueueSize: 1, SpillDir: "/var/spill", SpillMaxBytes: 5000}},
		{
			LedgerConfig{SpillDir: "/own", SpillMaxBytes: 6000},
			LedgerConfig{SpillDir: "/own", SpillMaxBytes: 6000},
		},
	} {
		s, err := variables.read(&Config{Ledger: tt.have})
		require.NoError(t, err)
		require.Equal(t, tt.want, s.ledger)
	}
	_, err := env(nil).read(&Config{Ledger: LedgerConfig{SpillMaxBytes: -1}})
	require.ErrorContains(t, err, "LedgerConfig.SpillMaxBytes: have -1")
}

func TestEnvironment_Propagator(t *testing.T) {
	t.Parallel()
	w3c := []string{"traceparent", "tracestate"}
	for value, want := range map[string][]string{
		"":             append(w3c, "baggage"),
		"tracecontext": w3c,
		"Baggage":      {"baggage"},
		"none":         {},
	} {
		s, err := env(map[string]string{"OTEL_PROPAGATORS": value}).read(&Config{})
		require.NoError(t, err)
		require.Implements(t, (*propagation.TextMapPropagator)(nil), s.propagator)
		require.ElementsMatch(t, want, s.propagator.Fields(), value)
	}
}

func TestEnvironment_ExporterSettings(t *testing.T) {
	t.Parallel()
	const general, traces = "OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"
	for _, tt := range []struct {
		name   string
		env    map[string]string
		config Config
		want   exporterSettings
	}{
		{"Default", nil, Config{}, exporterSettings{protocol: "http/protobuf", insecure: true}},
		{
			"PortStandsForProtocol",
			map[string]string{general + "ENDPOINT": "http://c:4317"},
			Config{},
			exporterSettings{protocol: "grpc"},
		},
		{
			"ProtocolGoesBeforePort",
			map[string]string{general + "ENDPOINT": "http://c:4317", general + "PROTOCOL": "http/protobuf"},
			Config{},
			exporterSettings{protocol: "http/protobuf"},
		},
		{
			"SignalGoesBeforeGeneral",
			map[string]string{general + "PROTOCOL": "http/protobuf", traces + "PROTOCOL": "GRPC"},
			Config{},
			exporterSettings{protocol: "grpc", insecure: true},
		},
		{
			"SecuredDefault",
			map[string]string{general + "INSECURE": "false"},
			Config{},
			exporterSettings{protocol: "http/protobuf"},
		},
		{
			"ConfigGoesBeforeEnvironment",
			map[string]string{general + "ENDPOINT": "http://other:4317", general + "PROTOCOL": "grpc"},
			Config{Endpoint: "https://c/base/", Protocol: "http/protobuf"},
			exporterSettings{protocol: "http/protobuf", url: "https://c/base/v1/traces"},
		},
		{
			"ConfigGRPC", nil,
			Config{Endpoint: "https://c:4317"},
			exporterSettings{protocol: "grpc", url: "https://c:4317"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := env(tt.env).read(&tt.config)
			require.NoError(t, err)
			require.Equal(t, tt.want, *s.traces)
		})
	}
}
