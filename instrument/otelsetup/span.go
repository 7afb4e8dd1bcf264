// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/internal/semconv"
)

// isLedgerSpan reports whether the ledger reads a span with these attributes:
// one call to a model, or one analysis.
func isLedgerSpan(attributes []attribute.KeyValue) bool {
	return slices.ContainsFunc(attributes, func(a attribute.KeyValue) bool {
		return a.Key == semconv.OperationName || a.Key == semconv.AnalysisID
	})
}

// LedgerSampler returns a sampler that decides as base does, but has ledger
// spans recorded where base drops them. They do not become sampled by that.
func LedgerSampler(base sdktrace.Sampler) sdktrace.Sampler {
	return ledgerSampler{base: base}
}

type ledgerSampler struct{ base sdktrace.Sampler }

// ShouldSample implements the SDK's Sampler.
func (s ledgerSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := s.base.ShouldSample(p)
	if result.Decision == sdktrace.Drop && isLedgerSpan(p.Attributes) {
		result.Decision = sdktrace.RecordOnly
	}
	return result
}

// Description implements the SDK's Sampler.
func (s ledgerSampler) Description() string {
	return "LedgerSampler{" + s.base.Description() + "}"
}
