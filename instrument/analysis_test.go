// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument"
)

func TestStartAnalysis_Span(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), m.options()...)
	ctx, root := m.tracers.Tracer("test").Start(t.Context(), "request")
	ctx, analysis := m.start(ctx, t.Name(), instrument.WithSubject("RELIANCE"), instrument.WithUser("u-7"),
		instrument.WithUserTier("pro"), instrument.WithTenant("acme"))
	ask(ctx, t, transport)
	ask(ctx, t, transport)
	analysis.End()
	analysis.End()
	root.End()

	span := m.span("analysis")
	require.Equal(t, trace.SpanKindInternal, span.SpanKind())
	require.Equal(t, root.SpanContext().SpanID(), span.Parent().SpanID())
	require.Equal(t, map[string]string{
		"spanledger.analysis.id": t.Name(), "spanledger.analysis.subject": "RELIANCE",
		"user.id": "u-7", "spanledger.user.tier": "pro", "spanledger.tenant.id": "acme",
		"spanledger.analysis.calls": "2", "spanledger.analysis.input_tokens": "240",
		"spanledger.analysis.output_tokens": "80",
	}, attributesOf(span))
	for _, s := range m.spans.Ended() {
		if s.Name() == callSpan {
			require.Equal(t, span.SpanContext().SpanID(), s.Parent().SpanID())
			require.Equal(t, "acme", attributesOf(s)["spanledger.tenant.id"])
		}
	}
}

func TestStartAnalysis_GeneratedIDsSortByTime(t *testing.T) {
	t.Parallel()
	ids := make([]string, 100)
	for i := range ids {
		_, analysis := instrument.StartAnalysis(t.Context(), "")
		ids[i] = analysis.ID()
		analysis.End()
	}
	require.Len(t, slices.Compact(slices.Clone(ids)), 100)
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, ids[0])
	require.LessOrEqual(t, ids[0][:13], ids[99][:13], "the first 48 bits are the time")
}

func TestStartAnalysis_Join(t *testing.T) {
	t.Parallel()

	t.Run("SharesEverything", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		transport := instrument.NewTransport(answering(answer), m.options()...)
		_, first := m.start(t.Context(), t.Name(), instrument.WithSubject("RELIANCE"))
		ctx, second := m.start(t.Context(), t.Name(), instrument.WithSubject("INFY"), instrument.WithUser("u-7"))
		first.End()
		ask(ctx, t, transport)
		require.EqualValues(t, 1, first.Summary().Calls)
		require.Equal(t, instrument.Open, second.Summary().Completeness)
		require.Empty(t, filter(m, "analysis"), "another handle is still open")
		second.End()
		require.Equal(t, instrument.Complete, first.Summary().Completeness)
		got := attributesOf(m.span("analysis"))
		require.Equal(t, "RELIANCE", got["spanledger.analysis.subject"], "the first start decides")
		require.Equal(t, "u-7", got["user.id"], "a join adds what was not known")
		require.Equal(t, m.span("analysis").SpanContext().SpanID(), m.span(callSpan).Parent().SpanID())
	})
	t.Run("KeepsTheSpanOfItsContext", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		_, first := m.start(t.Context(), t.Name())
		defer first.End()
		own, root := m.tracers.Tracer("test").Start(t.Context(), "worker")
		defer root.End()
		joined, second := m.start(own, t.Name())
		defer second.End()
		require.Equal(t, root.SpanContext(), trace.SpanContextFromContext(joined))
	})
	t.Run("StartsAnewAfterTheLastEnd", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		transport := instrument.NewTransport(answering(answer), m.options()...)
		for range 2 {
			ctx, analysis := m.start(t.Context(), t.Name())
			ask(ctx, t, transport)
			analysis.End()
			require.EqualValues(t, 1, analysis.Summary().Calls)
		}
		require.Len(t, filter(m, "analysis"), 2)
		require.EqualValues(t, 2*160, m.tokens()[t.Name()], "the counters go on")
	})
}

func TestAnalysis_Summary(t *testing.T) {
	t.Parallel()

	t.Run("IsASnapshot", func(t *testing.T) {
		t.Parallel()
		transport := instrument.NewTransport(answering(answer))
		ctx, analysis := instrument.StartAnalysis(t.Context(), "")
		defer analysis.End()
		ask(ctx, t, transport)
		before := analysis.Summary()
		text := before.String()
		ask(ctx, t, transport)
		after := analysis.Summary()
		require.EqualValues(t, 1, before.Calls)
		require.EqualValues(t, 2, after.Calls)
		require.Equal(t, text, before.String())
		after.Breakdowns[0].Details[0].FinishReasons[0] = "changed"
		require.Equal(t, "stop", analysis.Summary().Breakdowns[0].Details[0].FinishReasons[0])
	})
	t.Run("LimitsDetails", func(t *testing.T) {
		t.Parallel()
		transport := instrument.NewTransport(answering(answer))
		ctx, analysis := instrument.StartAnalysis(t.Context(), "", instrument.WithCallDetails(2))
		defer analysis.End()
		for range 5 {
			ask(ctx, t, transport)
		}
		s := analysis.Summary()
		require.EqualValues(t, 5, s.Calls)
		require.Len(t, s.Breakdowns[0].Details, 2)
		require.EqualValues(t, 3, s.OmittedCalls)
		require.EqualValues(t, 600, s.Input)
	})
	t.Run("PricesCalls", func(t *testing.T) {
		t.Parallel()
		ctx, analysis := instrument.StartAnalysis(t.Context(), "")
		defer analysis.End()
		ask(ctx, t, instrument.NewTransport(answering(answer)))
		summary := analysis.Summary()
		cost, ok := summary.CostUSD()
		require.True(t, ok)
		require.Equal(t, "0.000028", cost.String(), "120 at $0.10 and 40 at $0.40 a million")
	})
	t.Run("JSON", func(t *testing.T) {
		t.Parallel()
		ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name(), instrument.WithSubject("RELIANCE"))
		ask(instrument.ContextWithCallType(ctx, "indicator_summary"), t, instrument.NewTransport(answering(answer)))
		analysis.End()
		raw, err := json.Marshal(analysis.Summary())
		require.NoError(t, err)
		var got map[string]any
		require.NoError(t, json.Unmarshal(raw, &got))
		require.Equal(t, t.Name(), got["analysis_id"])
		require.InDelta(t, 160, got["total_tokens"], 0)
		require.Equal(t, "complete", got["completeness"])
		require.Contains(t, got["usage_breakdown"], "indicator_summary")
	})
}

func TestAnalysis_CallsAfterEndStillCount(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), m.options()...)
	ctx, analysis := m.start(t.Context(), t.Name())
	analysis.End()
	ask(ctx, t, transport)
	require.EqualValues(t, 1, analysis.Summary().Calls)
	require.EqualValues(t, 160, m.tokens()[t.Name()])
	require.Equal(t, t.Name(), attributesOf(m.span(callSpan))["spanledger.analysis.id"])
}

func TestAnalysis_Nil(t *testing.T) {
	t.Parallel()
	analysis := instrument.AnalysisFromContext(t.Context())
	require.Nil(t, analysis)
	analysis.End()
	require.Empty(t, analysis.ID())
	require.Equal(t, instrument.Summary{}, analysis.Summary())
}

func TestAnalysis_ManyAtOnce(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), m.options()...)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			ctx, analysis := m.start(t.Context(), "")
			defer analysis.End()
			var calls sync.WaitGroup
			for range i {
				calls.Go(func() { ask(ctx, t, transport) })
			}
			calls.Wait()
			_ = analysis.Summary()
		})
	}
	all.Wait()
}

func filter(m *telemetry, name string) (found []string) {
	for _, s := range m.spans.Ended() {
		if s.Name() == name {
			found = append(found, name)
		}
	}
	return found
}
