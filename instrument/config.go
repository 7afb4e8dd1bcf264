// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/internal/semconv"
)

// scopeName names this library in spans and metrics.
const scopeName = semconv.Scope

// Option says where calls are recorded. [NewTransport] and [Start] take it.
type Option interface{ applyCall(*callConfig) }

// AnalysisOption describes an analysis. [StartAnalysis] takes it.
type AnalysisOption interface{ applyAnalysis(*analysisConfig) }

// ProviderOption is an [Option] and an [AnalysisOption].
type ProviderOption interface {
	Option
	AnalysisOption
}

// WithTracerProvider sets where spans go; nil changes nothing. Defaults to the
// provider that is the global one when the option's taker is called. Where none
// is set by then, the one that is set later counts.
func WithTracerProvider(tracers trace.TracerProvider) ProviderOption {
	return providerOption(func(p *providers) {
		if tracers != nil {
			p.tracers = tracers
		}
	})
}

// WithMeterProvider sets where metrics go; nil changes nothing. The counters of
// an analysis go where its calls' go, and only what is lost of it goes here.
// Defaults as that of [WithTracerProvider] does.
func WithMeterProvider(meters metric.MeterProvider) ProviderOption {
	return providerOption(func(p *providers) {
		if meters != nil {
			p.meters = meters
		}
	})
}

type providerOption func(*providers)

func (o providerOption) applyCall(c *callConfig)         { o(&c.providers) }
func (o providerOption) applyAnalysis(c *analysisConfig) { o(&c.providers) }

// providers is where telemetry goes.
type providers struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider

	conventions Conventions
}

func globalProviders() providers {
	return providers{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider()}
}

type callOption func(*callConfig)

func (o callOption) applyCall(c *callConfig) { o(c) }

// callConfig is what options say of calls.
type callConfig struct {
	providers
	bodies   bodies                   // what is kept of bodies on the way
	mayRetry func(FailedAttempt) bool // nil for never

	toProvider bool // every request goes to a provider
}

func newCallConfig(opts []Option) callConfig {
	config := callConfig{providers: globalProviders(), bodies: bodies{content: contentFromEnvironment()}}
	for _, opt := range opts {
		if opt != nil {
			opt.applyCall(&config)
		}
	}
	return config
}

// scopeVersion says which version of this library a scope of metrics is of.
func scopeVersion() metric.MeterOption {
	return metric.WithInstrumentationVersion(semconv.ScopeVersion())
}
