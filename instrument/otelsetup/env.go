// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// environment looks up a variable, as os.Getenv does.
type environment func(name string) string

// get returns the value without the blanks around it. An empty variable is
// one that is not set, as the specification has it.
func (e environment) get(name string) string { return strings.TrimSpace(e(name)) }

// first returns the first variable of names that is set.
func (e environment) first(names ...string) (name, value string) {
	for _, name := range names {
		if value := e.get(name); value != "" {
			return name, value
		}
	}
	return "", ""
}

// check says what is wrong with a value that is set: a problem and a remedy,
// or two empty texts.
type check func(value string) (problem, remedy string)

// variable is one environment variable and what its value may be.
type variable struct {
	name  string
	check check
}

// variables are all that this package or the SDK reads and that can be wrong,
// but for those of the exporters.
func variables() []variable {
	return append([]variable{
		{"OTEL_SDK_DISABLED", oneOf("true", "false")},
		{"OTEL_TRACES_EXPORTER", oneOf("otlp", "none")},
		{"OTEL_METRICS_EXPORTER", oneOf("otlp", "none")},
		{"OTEL_TRACES_SAMPLER", oneOf(samplerNames()...)},
		{"OTEL_PROPAGATORS", listOf("tracecontext", "baggage", "none")},
		{"OTEL_RESOURCE_ATTRIBUTES", pairs},
		{"OTEL_METRIC_EXPORT_INTERVAL", positive("milliseconds")},
		{"OTEL_METRIC_EXPORT_TIMEOUT", positive("milliseconds")},
		{"OTEL_METRICS_EXEMPLAR_FILTER", oneOf("always_on", "always_off", "trace_based")},
		{"OTEL_BSP_SCHEDULE_DELAY", positive("milliseconds")},
		{"OTEL_BSP_EXPORT_TIMEOUT", positive("milliseconds")},
		{"OTEL_BSP_MAX_QUEUE_SIZE", positive("spans")},
		{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", positive("spans")},
		{envSpillMaxBytes, spillBytes},
		{"OTEL_ATTRIBUTE_COUNT_LIMIT", atLeast(minAttributes)},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", atLeast(minAttributes)},
		{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", atLeast(minAttributeLength)},
		{"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", atLeast(minAttributeLength)},
	}, exporterVariables()...)
}

// Our own variables.
const (
	envSpillDir      = "SPANLEDGER_SPILL_DIR"
	envSpillMaxBytes = "SPANLEDGER_SPILL_MAX_BYTES"
)

// Limits below these would cut what the ledger reads from a span: its token
// counts, or the id of its analysis.
const (
	minAttributes      = 64
	minAttributeLength = 128
)

// validate returns a ConfigError for each variable whose value cannot be
// meant, joined.
func (e environment) validate() error {
	var errs []error
	for _, v := range variables() {
		value := e.get(v.name)
		if value == "" {
			continue
		}
		if problem, remedy := v.check(value); problem != "" {
			errs = append(errs, &ConfigError{Setting: v.name, Problem: problem, Remedy: remedy})
		}
	}
	return errors.Join(errs...)
}

func have(value string) string { return fmt.Sprintf("have %q", value) }

func oneOf(allowed ...string) check {
	return func(value string) (problem, remedy string) {
		for _, a := range allowed {
			if strings.EqualFold(value, a) {
				return "", ""
			}
		}
		return have(value), "set it to " + strings.Join(allowed, " or ")
	}
}

func listOf(allowed ...string) check {
	one := oneOf(allowed...)
	return func(value string) (problem, remedy string) {
		for item := range strings.SplitSeq(value, ",") {
			if problem, remedy := one(strings.TrimSpace(item)); problem != "" {
				return problem, remedy + ", or several of them with commas between"
			}
		}
		return "", ""
	}
}

func positive(unit string) check {
	return func(value string) (problem, remedy string) {
		if n, err := strconv.Atoi(value); err != nil || n <= 0 {
			return have(value), "set it to a whole number of " + unit + " above 0"
		}
		return "", ""
	}
}

func atLeast(n int) check {
	return func(value string) (problem, remedy string) {
		limit, err := strconv.Atoi(value)
		if err != nil || (limit >= 0 && limit < n) {
			return have(value), fmt.Sprintf("set it to %d or more, or unset it: less would cut ledger spans", n)
		}
		return "", ""
	}
}

func spillBytes(value string) (problem, remedy string) {
	if n, err := strconv.ParseInt(value, 10, 64); err != nil || n < blockSize {
		return have(value), fmt.Sprintf("set it to a whole number of bytes, %d or more", blockSize)
	}
	return "", ""
}

func pairs(value string) (problem, remedy string) {
	for item := range strings.SplitSeq(value, ",") {
		if key, _, found := strings.Cut(item, "="); !found || strings.TrimSpace(key) == "" {
			return "one of its parts is not key=value", "write it like key1=value1,key2=value2, with %2C for a comma"
		}
	}
	return "", ""
}
