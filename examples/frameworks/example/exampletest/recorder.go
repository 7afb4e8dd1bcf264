// SPDX-License-Identifier: Apache-2.0

package exampletest

import (
	"slices"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"
)

// Recorder keeps every span of the process.
type Recorder struct{ spans *tracetest.SpanRecorder }

// Main runs the tests of a package with a recorder as the global tracer provider:
// frameworks open spans of their own where there is one. It is for TestMain. What
// is in frames is known to go on running after a test.
func Main(m *testing.M, to *Recorder, frames ...string) {
	to.spans = tracetest.NewSpanRecorder()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(to.spans)))
	known := make([]goleak.Option, len(frames))
	for i, frame := range frames {
		known[i] = goleak.IgnoreAnyFunction(frame)
	}
	goleak.VerifyTestMain(m, known...)
}

// trace returns the ended spans of one trace.
func (r *Recorder) trace(id trace.TraceID) []sdktrace.ReadOnlySpan {
	return slices.DeleteFunc(r.spans.Ended(), func(s sdktrace.ReadOnlySpan) bool {
		return s.SpanContext().TraceID() != id
	})
}
