// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument/internal/wire"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// readableSpan is what the spans of the OpenTelemetry SDK tell of themselves.
type readableSpan interface {
	trace.Span
	Name() string
	SpanKind() trace.SpanKind
	Parent() trace.SpanContext
	Attributes() []attribute.KeyValue
}

// leafOperations are those of spans that stand for one call to a model. An
// agent, a workflow or a tool may make many.
var leafOperations = map[string]bool{
	semconv.OperationChat: true, semconv.OperationGenerateContent: true,
	semconv.OperationTextCompletion: true, semconv.OperationEmbeddings: true,
}

// joinForeign returns a call that is written into the span of ctx, where that
// is another library's span of the same call, and nil where it is not. Only
// one call can be written into a span.
func (r *recorder) joinForeign(ctx context.Context, known *wire.Request, to *url.URL) (call *Call) {
	defer r.losses.contain()
	span, ok := trace.SpanFromContext(ctx).(readableSpan)
	if !ok || !mayBeCall(span) {
		return nil
	}
	r.claims.Lock()
	defer r.claims.Unlock()
	if !isFreeCall(span.Attributes()) {
		return nil
	}
	joined := r.newCall(ctx, requestStart(known, to))
	joined.ctx, joined.span, joined.foreign = ctx, span, true
	joined.claim(span)
	return joined
}

// mayBeCall tells by what can be asked at no cost whether a span is worth a
// look at its attributes: those of a server or of the application's own work
// are not.
func mayBeCall(span readableSpan) bool {
	if !span.IsRecording() {
		return false
	}
	operation, _, _ := strings.Cut(span.Name(), " ")
	return span.SpanKind() == trace.SpanKindClient || leafOperations[operation]
}

// isFreeCall tells the attributes of a call that no transport has written
// itself into.
func isFreeCall(attributes []attribute.KeyValue) bool {
	leaf := false
	for i := range attributes {
		switch attributes[i].Key {
		case semconv.UsageStatus:
			return false
		case semconv.OperationName:
			leaf = leafOperations[attributes[i].Value.AsString()]
		}
	}
	return leaf
}

// claim marks a span as this call's. Its owner may end it before the answer has
// been read, so that it says from the start that its counts are a lower bound.
func (c *Call) claim(span readableSpan) {
	own, above := span.SpanContext(), span.Parent()
	r := &c.record
	r.Key = analysis.SpanKey{Trace: analysis.TraceID(own.TraceID()), Span: analysis.SpanID(own.SpanID())}
	r.Parent = analysis.SpanID(above.SpanID())

	a := make(attributes, 0, 10)
	a.missing(span, semconv.ProviderName, r.Provider)
	a.missing(span, semconv.RequestModel, r.RequestModel)
	a.text(semconv.AnalysisID, r.AnalysisID)
	a.text(semconv.CallType, string(r.Type))
	a.attribution(r.Attribution)
	a.text(semconv.UsageStatus, StatusPartial.String())
	a = append(a, attribute.Int(semconv.CallAttempts, 1))
	span.SetAttributes(a...)
}

// missing adds what the span's owner does not tell.
func (a *attributes) missing(span readableSpan, key, value string) {
	for _, there := range span.Attributes() {
		if string(there.Key) == key {
			return
		}
	}
	a.text(key, value)
}

// describe writes the call as it stands into another library's span. The owner
// sets the span's status and ends it. Before that it may write what it takes for
// the counts over ours, without thoughts or cached input, so that they stand
// under names of our own too. An error type cannot be taken back, so that a call
// that may go on has "".
func (c *Call) describe(failure string) {
	defer c.recorder.losses.contain()
	c.mu.Lock()
	r, usage := c.record, c.usage()
	r.Type, r.ErrorType = c.callType(), failure
	c.mu.Unlock()
	a := make(attributes, 0, 16)
	a.text(semconv.CallType, string(r.Type))
	a.response(&r)
	a.usage(&usage, c.recorder.conventions)
	a.count(semconv.UsageInput, usage.Input)
	a.count(semconv.UsageOutput, usage.Output)
	c.span.SetAttributes(a...)
}
