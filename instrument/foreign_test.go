// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument"
)

// other opens a span as another library does.
func (m *telemetry) other(ctx context.Context, operation string, kind trace.SpanKind) (context.Context, trace.Span) {
	//nolint:spancheck // the test ends it
	return m.tracers.Tracer("another library").Start(ctx, "another.call", trace.WithSpanKind(kind),
		trace.WithAttributes(attribute.String("gen_ai.operation.name", operation)))
}

func TestTransport_JoinsForeignSpan(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), t.Name(), instrument.WithUser("u-7"))
	above := trace.SpanContextFromContext(ctx)
	ctx, span := m.other(instrument.ContextWithCallType(ctx, "final_decision"), "chat", trace.SpanKindClient)
	transport := instrument.NewTransport(scripted(refusing(503), answering(answer)), m.options()...)
	exchange(ctx, t, transport, false)
	exchange(ctx, t, transport, true)

	s := analysis.Summary()
	require.EqualValues(t, 1, s.Calls)
	require.Zero(t, s.Failed)
	detail := s.Breakdowns[0].Details[0]
	require.EqualValues(t, span.SpanContext().SpanID(), detail.Key.Span)
	require.EqualValues(t, above.SpanID(), detail.Parent)
	require.Empty(t, m.spans.Ended(), "its owner ends it")
	span.End()
	analysis.End()

	ended := m.span("another.call")
	require.Equal(t, codes.Unset, ended.Status().Code)
	require.Len(t, m.spans.Started(), 2, "the analysis and this one")
	require.Equal(t, map[string]string{
		"gen_ai.operation.name":          "chat",
		"gen_ai.provider.name":           "gcp.gemini",
		"gen_ai.request.model":           "gemini-2.0-flash",
		"gen_ai.response.id":             "r1",
		"gen_ai.response.model":          "gemini-2.0-flash",
		"gen_ai.response.finish_reasons": `["stop"]`,
		"gen_ai.usage.input_tokens":      "120",
		"gen_ai.usage.output_tokens":     "40",
		"spanledger.usage.input_tokens":  "120",
		"spanledger.usage.output_tokens": "40",
		"spanledger.usage.total_tokens":  "160",
		"spanledger.usage.status":        "reported",
		"spanledger.call.type":           "final_decision",
		"spanledger.call.attempts":       "2",
		"spanledger.analysis.id":         t.Name(),
		"user.id":                        "u-7",
	}, attributesOf(ended))
}

// TestTransport_ForeignSpanHasItsOwnWords has an owner that says some of it
// itself, before the request and after the answer.
func TestTransport_ForeignSpanHasItsOwnWords(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, span := m.other(t.Context(), "generate_content", trace.SpanKindInternal)
	span.SetName("generate_content alias")
	span.SetAttributes(
		attribute.String("gen_ai.provider.name", "gcp.gen_ai"), attribute.String("gen_ai.request.model", "alias"),
	)
	exchange(ctx, t, instrument.NewTransport(answering(answer), m.options()...), true)
	span.SetAttributes(attribute.Int("gen_ai.usage.input_tokens", 1), attribute.Int("gen_ai.usage.output_tokens", 2))
	span.End()
	got := attributesOf(m.span("generate_content alias"))
	require.Equal(t, "gcp.gen_ai", got["gen_ai.provider.name"])
	require.Equal(t, "alias", got["gen_ai.request.model"])
	require.Equal(t, "1", got["gen_ai.usage.input_tokens"], "it is their span")
	require.Equal(t, "120", got["spanledger.usage.input_tokens"])
	require.Equal(t, "40", got["spanledger.usage.output_tokens"])
}

// TestTransport_JoinsForeignSpanOnce has further calls below the same span.
func TestTransport_JoinsForeignSpanOnce(t *testing.T) {
	t.Parallel()
	const calls = 20
	m := newTelemetry(t)
	ctx, span := m.other(t.Context(), "generate_content", trace.SpanKindClient)
	transport := instrument.NewTransport(answering(answer), m.options()...)
	var all sync.WaitGroup
	for range calls {
		all.Go(func() { exchange(ctx, t, transport, true) })
	}
	all.Wait()
	span.End()
	require.Len(t, m.spans.Started(), calls)
	require.Len(t, m.spans.Ended(), calls)
	require.Equal(t, "120", attributesOf(m.span("another.call"))["gen_ai.usage.input_tokens"])
	require.EqualValues(t, calls, m.points("spanledger.calls")[0].Value)
}

// TestTransport_ForeignSpanEndsFirst has its owner not wait for the answer: its
// counts are then a lower bound.
func TestTransport_ForeignSpanEndsFirst(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), t.Name())
	ctx, span := m.other(ctx, "chat", trace.SpanKindClient)
	transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		span.End()
		return answering(answer)(req)
	}), m.options()...)
	exchange(ctx, t, transport, true)
	analysis.End()
	require.EqualValues(t, 120, analysis.Summary().Input)
	got := attributesOf(m.span("another.call"))
	require.Equal(t, "partial", got["spanledger.usage.status"])
	require.Equal(t, t.Name(), got["spanledger.analysis.id"])
	require.Len(t, m.spans.Ended(), 2)
}

// TestTransport_ForeignSpanThatFailed leaves the status to its owner.
func TestTransport_ForeignSpanThatFailed(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, span := m.other(t.Context(), "chat", trace.SpanKindInternal)
	span.SetName("chat gpt")
	exchange(ctx, t, instrument.NewTransport(refusing(400), m.options()...), true)
	span.End()
	ended := m.span("chat gpt")
	require.Equal(t, "400", attributesOf(ended)["error.type"])
	require.Equal(t, codes.Unset, ended.Status().Code)
}

// TestTransport_LeavesOtherSpansAlone has spans that are no calls to a model.
func TestTransport_LeavesOtherSpansAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		operation string
		kind      trace.SpanKind
	}{
		"Agent": {"invoke_agent", trace.SpanKindClient}, "Tool": {"execute_tool", trace.SpanKindInternal},
		"HTTP": {"", trace.SpanKindClient}, "Server": {"", trace.SpanKindServer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, span := m.other(t.Context(), tt.operation, tt.kind)
			exchange(ctx, t, instrument.NewTransport(answering(answer), m.options()...), true)
			span.End()
			require.Equal(t, span.SpanContext().SpanID(), m.span(callSpan).Parent().SpanID())
			require.Len(t, m.span("another.call").Attributes(), 1)
		})
	}
}
