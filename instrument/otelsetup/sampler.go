// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// samplers are the values of OTEL_TRACES_SAMPLER that are supported, in the
// order of messages, and what they make of the ratio in the argument.
var samplers = []struct {
	name     string
	hasRatio bool
	make     func(ratio float64) sdktrace.Sampler
}{
	{"parentbased_always_on", false, func(float64) sdktrace.Sampler {
		return sdktrace.ParentBased(sdktrace.AlwaysSample())
	}},
	{"parentbased_always_off", false, func(float64) sdktrace.Sampler {
		return sdktrace.ParentBased(sdktrace.NeverSample())
	}},
	{"parentbased_traceidratio", true, func(ratio float64) sdktrace.Sampler {
		return sdktrace.ParentBased(sdktrace.TraceIDRatioBased(ratio))
	}},
	{"always_on", false, func(float64) sdktrace.Sampler { return sdktrace.AlwaysSample() }},
	{"always_off", false, func(float64) sdktrace.Sampler { return sdktrace.NeverSample() }},
	{"traceidratio", true, sdktrace.TraceIDRatioBased},
}

func samplerNames() []string {
	var names []string
	for _, s := range samplers {
		names = append(names, s.name)
	}
	return names
}

// sampler returns the sampler that the environment names. It defaults to
// parentbased_always_on.
func (e environment) sampler() (sdktrace.Sampler, error) {
	name := strings.ToLower(e.get("OTEL_TRACES_SAMPLER"))
	for _, s := range samplers {
		if s.name != name {
			continue
		}
		if !s.hasRatio {
			return s.make(1), nil
		}
		ratio, err := e.ratio()
		return s.make(ratio), err
	}
	return sdktrace.ParentBased(sdktrace.AlwaysSample()), nil
}

// ratio returns the argument of a sampler by ratio, which defaults to 1.
func (e environment) ratio() (float64, error) {
	const name = "OTEL_TRACES_SAMPLER_ARG"
	value := e.get(name)
	if value == "" {
		return 1, nil
	}
	ratio, err := strconv.ParseFloat(value, 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) {
		return 1, &ConfigError{name, have(value), "set it to the part of traces to keep, from 0 to 1, such as 0.01"}
	}
	return ratio, nil
}
