// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"
)

// signal is one kind of telemetry, as the names of variables spell it.
type signal string

const (
	signalTraces  signal = "TRACES_"
	signalMetrics signal = "METRICS_"
)

const otlpPrefix = "OTEL_EXPORTER_OTLP_"

// portGRPC is the port that is registered for OTLP over gRPC.
const portGRPC = "4317"

// How the exporters retry within one export, and how a gRPC connection is
// tried again: soon enough that a short outage ends by itself, and that a
// shutdown finds the Collector that has just come back.
const (
	retryInitial = 250 * time.Millisecond
	retryMax     = 2 * time.Second
	retryElapsed = time.Minute
)

// exporterSettings are what the OTLP exporters do not read from the
// environment by themselves.
type exporterSettings struct {
	protocol string
	// url is the whole address where the configuration sets one; "" leaves it
	// to the environment.
	url string
	// insecure is set where nobody says where to send: the default is the
	// local host, in plain text.
	insecure bool
}

// withAddress returns the options of one exporter, and those that say where it
// sends: every exporter has the same ones, each of a type of its own.
func withAddress[O any](s *exporterSettings, insecure func() O, endpointURL func(string) O, options ...O) []O {
	if s.insecure {
		options = append(options, insecure())
	}
	if s.url != "" {
		options = append(options, endpointURL(s.url))
	}
	return options
}

// exporterSettings returns the settings of one signal. The environment has
// been validated.
func (e environment) exporterSettings(s signal, config *Config) exporterSettings {
	endpoint := config.Endpoint
	if endpoint == "" {
		_, endpoint = e.first(otlpPrefix+string(s)+"ENDPOINT", otlpPrefix+"ENDPOINT")
	}
	protocol := config.Protocol
	if protocol == "" {
		_, protocol = e.first(otlpPrefix+string(s)+"PROTOCOL", otlpPrefix+"PROTOCOL")
	}
	settings := exporterSettings{protocol: protocolFor(protocol, endpoint), insecure: e.isLocal(s, endpoint)}
	if config.Endpoint != "" {
		settings.url = signalURL(config.Endpoint, settings.protocol, s)
	}
	return settings
}

// isLocal reports whether nothing says where to send or how to secure it.
func (e environment) isLocal(s signal, endpoint string) bool {
	var names []string
	for _, suffix := range []string{"INSECURE", "CERTIFICATE", "CLIENT_CERTIFICATE"} {
		names = append(names, otlpPrefix+suffix, otlpPrefix+string(s)+suffix)
	}
	_, secured := e.first(names...)
	return endpoint == "" && secured == ""
}

// protocolFor returns the protocol that was asked for, else the one that the
// endpoint's port stands for.
func protocolFor(protocol, endpoint string) string {
	if protocol != "" {
		return strings.ToLower(protocol)
	}
	if u, err := url.Parse(endpoint); err == nil && u.Port() == portGRPC {
		return ProtocolGRPC
	}
	return ProtocolHTTPProtobuf
}

// signalURL returns the address of a signal under a base URL.
func signalURL(base, protocol string, s signal) string {
	if protocol == ProtocolGRPC {
		return base
	}
	path := "/v1/" + strings.ToLower(strings.TrimSuffix(string(s), "_"))
	return strings.TrimSuffix(base, "/") + path
}

// exporterVariables are the variables of the OTLP exporters.
func exporterVariables() []variable {
	var all []variable
	for _, prefix := range []string{otlpPrefix, otlpPrefix + string(signalTraces), otlpPrefix + string(signalMetrics)} {
		all = append(all,
			variable{prefix + "PROTOCOL", oneOf(ProtocolGRPC, ProtocolHTTPProtobuf)},
			variable{prefix + "ENDPOINT", endpoint},
			variable{prefix + "HEADERS", headers},
			variable{prefix + "TIMEOUT", positive("milliseconds")},
			variable{prefix + "COMPRESSION", oneOf("gzip", "none")},
			variable{prefix + "INSECURE", oneOf("true", "false")},
			variable{prefix + "CERTIFICATE", certificates},
			variable{prefix + "CLIENT_CERTIFICATE", certificates},
			variable{prefix + "CLIENT_KEY", readable},
		)
	}
	temporality := oneOf("cumulative", "delta", "lowmemory")
	return append(all, variable{otlpPrefix + "METRICS_TEMPORALITY_PREFERENCE", temporality})
}

// endpoint checks an address without repeating it: it may hold a password.
func endpoint(value string) (problem, remedy string) {
	const example = "write it like http://localhost:4318 or https://otlp.example.com"
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return "is not a URL", example
	case u.Scheme != "http" && u.Scheme != "https":
		return "does not start with http:// or https://", example
	case u.Host == "":
		return "has no host", example
	case u.User != nil:
		return "holds a user or password, which would not be sent", "move it to OTEL_EXPORTER_OTLP_HEADERS"
	case u.RawQuery != "":
		return "holds a query, which would not be sent", "move what it says to OTEL_EXPORTER_OTLP_HEADERS"
	}
	return "", ""
}

// headers checks what the exporters would log with its value, which may be a
// secret, and then go without.
func headers(value string) (problem, remedy string) {
	if problem, remedy = pairs(value); problem != "" {
		return problem, remedy
	}
	for item := range strings.SplitSeq(value, ",") {
		name, encoded, _ := strings.Cut(item, "=")
		decoded, err := url.PathUnescape(encoded)
		switch {
		case strings.ContainsFunc(strings.TrimSpace(name), isNoToken):
			return "the name of a header is not a token", "write it like name=value, not like name: value"
		case err != nil:
			return "the value of a header is not percent-encoded", "write %25 for a percent sign"
		case strings.ContainsFunc(decoded, unicode.IsControl):
			return "the value of a header holds a control character", "leave it out"
		}
	}
	return "", ""
}

// isNoToken reports whether the name of a header cannot hold c.
func isNoToken(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	return !letter && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

func readable(path string) (problem, remedy string) {
	_, problem, remedy = readPEM(path)
	return problem, remedy
}

// readPEM does not repeat the path: it may be the key itself, set by mistake
// in place of its file.
func readPEM(path string) (data []byte, problem, remedy string) {
	data, err := os.ReadFile(path) // #nosec G304 G703 -- the file that the operator named
	if err == nil {
		return data, "", ""
	}
	problem = "cannot be read"
	if failure, ok := errors.AsType[*fs.PathError](err); ok {
		problem += ": " + failure.Err.Error()
	}
	return nil, problem, "name a PEM file that the service may read"
}

func certificates(path string) (problem, remedy string) {
	data, problem, remedy := readPEM(path)
	if problem == "" && !x509.NewCertPool().AppendCertsFromPEM(data) {
		return "holds no certificate", "name a PEM file with certificates"
	}
	return problem, remedy
}

// validateTLS checks the settings of TLS against each other.
func (e environment) validateTLS(config *Config) error {
	errs := []error{e.validateKeyPair(otlpPrefix)}
	for _, s := range []signal{signalTraces, signalMetrics} {
		errs = append(errs, e.validateKeyPair(otlpPrefix+string(s)), e.validateScheme(s, config))
	}
	return errors.Join(errs...)
}

// validateScheme checks that nobody means to secure a connection in plain
// text.
func (e environment) validateScheme(s signal, config *Config) error {
	name, address := "Config.Endpoint", config.Endpoint
	if address == "" {
		name, address = e.first(otlpPrefix+string(s)+"ENDPOINT", otlpPrefix+"ENDPOINT")
	}
	certificate, _ := e.first(otlpPrefix+string(s)+"CERTIFICATE", otlpPrefix+"CERTIFICATE")
	if certificate == "" || !strings.HasPrefix(strings.ToLower(address), "http://") {
		return nil
	}
	return &ConfigError{name, "starts with http:// although " + certificate + " is set", "write https:// or unset it"}
}

// validateKeyPair checks that the certificate and the key of a client come
// together and belong together; the exporters would go without them.
func (e environment) validateKeyPair(prefix string) error {
	certificate, key := e.get(prefix+"CLIENT_CERTIFICATE"), e.get(prefix+"CLIENT_KEY")
	switch {
	case certificate == "" && key == "":
		return nil
	case key == "":
		return &ConfigError{prefix + "CLIENT_KEY", "is not set", "set it to the key of CLIENT_CERTIFICATE"}
	case certificate == "":
		return &ConfigError{prefix + "CLIENT_CERTIFICATE", "is not set", "set it to the certificate of CLIENT_KEY"}
	}
	if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
		return &ConfigError{
			prefix + "CLIENT_KEY",
			"does not belong to the certificate",
			"name the key it was made with",
		}
	}
	return nil
}
