// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"os"
	"slices"
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// Conventions is a generation of the OpenTelemetry conventions for generative
// AI: it decides the names of the gen_ai metrics, and of some attributes.
type Conventions uint8

// The generations. The zero value is ConventionsFromEnvironment.
const (
	// ConventionsFromEnvironment: ConventionsLatest where the list in
	// OTEL_SEMCONV_STABILITY_OPT_IN has gen_ai_latest_experimental, else
	// ConventionsReleased.
	ConventionsFromEnvironment Conventions = iota
	// ConventionsReleased: release 1.41, which backends and dashboards read.
	ConventionsReleased
	// ConventionsLatest: those that follow it, which are not released and may
	// change.
	ConventionsLatest
)

// WithConventions sets the generation of the conventions that metrics and
// spans follow. Defaults to ConventionsFromEnvironment, which is read when the
// first client is instrumented.
func WithConventions(generation Conventions) Option { return generation }

func (c Conventions) applyCall(to *callConfig) { to.conventions = c }

const optInVariable = "OTEL_SEMCONV_STABILITY_OPT_IN"

// resolve decides what was left to the environment. What is no generation is
// the released one.
func (c Conventions) resolve() Conventions {
	if c != ConventionsFromEnvironment {
		return c
	}
	optIns := strings.FieldsFunc(os.Getenv(optInVariable), func(r rune) bool { return r == ',' || r == ' ' })
	if slices.Contains(optIns, semconv.OptInLatest) {
		return ConventionsLatest
	}
	return ConventionsReleased
}

// cacheWriteKey is the span attribute of the tokens written to a cache.
func (c Conventions) cacheWriteKey() string {
	if c == ConventionsLatest {
		return semconv.LatestUsageCacheWriteTokens
	}
	return semconv.UsageCacheWriteTokens
}
