// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// settings are what Config and the environment say together.
type settings struct {
	disabled        bool
	traces, metrics *exporterSettings // nil: none
	sampler         sdktrace.Sampler
	propagator      propagation.TextMapPropagator
	ledger          LedgerConfig
}

// read returns the settings, or everything that is wrong with them.
// Where the SDK is disabled, nothing else counts.
func (e environment) read(config *Config) (*settings, error) {
	if strings.EqualFold(e.get("OTEL_SDK_DISABLED"), "true") {
		return &settings{disabled: true, propagator: e.propagator()}, nil
	}
	sampler, err := e.sampler()
	err = errors.Join(config.validate(), e.validate(), err, e.validateTLS(config))
	if err != nil {
		return nil, err
	}
	s := &settings{
		sampler:    sampler,
		propagator: e.propagator(),
		ledger:     e.ledger(config.Ledger),
	}
	if config.Sampler != nil {
		s.sampler = config.Sampler
	}
	if !strings.EqualFold(e.get("OTEL_TRACES_EXPORTER"), "none") {
		traces := e.exporterSettings(signalTraces, config)
		s.traces = &traces
	}
	if !strings.EqualFold(e.get("OTEL_METRICS_EXPORTER"), "none") {
		metrics := e.exporterSettings(signalMetrics, config)
		s.metrics = &metrics
	}
	return s, nil
}

// ledger fills in what the environment says of the spill directory. It has
// been validated.
func (e environment) ledger(config LedgerConfig) LedgerConfig {
	config.SpillDir = cmp.Or(config.SpillDir, e.get(envSpillDir))
	if config.SpillMaxBytes == 0 {
		config.SpillMaxBytes, _ = strconv.ParseInt(e.get(envSpillMaxBytes), 10, 64)
	}
	return config
}

// propagator returns what OTEL_PROPAGATORS names. It defaults to both W3C
// formats.
func (e environment) propagator() propagation.TextMapPropagator {
	value := e.get("OTEL_PROPAGATORS")
	if value == "" {
		value = "tracecontext,baggage"
	}
	var chosen []propagation.TextMapPropagator
	for name := range strings.SplitSeq(strings.ToLower(value), ",") {
		switch strings.TrimSpace(name) {
		case "tracecontext":
			chosen = append(chosen, propagation.TraceContext{})
		case "baggage":
			chosen = append(chosen, propagation.Baggage{})
		}
	}
	return propagation.NewCompositeTextMapPropagator(chosen...)
}

// validate checks what a program sets.
func (c *Config) validate() error {
	errs := []error{c.Ledger.validate()}
	if c.Endpoint != "" {
		if problem, remedy := endpoint(c.Endpoint); problem != "" {
			errs = append(errs, &ConfigError{"Config.Endpoint", problem, remedy})
		}
	}
	if c.Protocol != "" {
		if problem, remedy := oneOf(ProtocolGRPC, ProtocolHTTPProtobuf)(c.Protocol); problem != "" {
			errs = append(errs, &ConfigError{"Config.Protocol", problem, remedy})
		}
	}
	return errors.Join(errs...)
}
