// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// switchedTracers has spans that do nothing until it is switched on, as the
// global provider has before an SDK is set up.
type switchedTracers struct {
	trace.TracerProvider
	on *atomic.Bool
}

func (s switchedTracers) Tracer(name string, opts ...trace.TracerOption) trace.Tracer {
	return switchedTracer{s.TracerProvider.Tracer(name, opts...), s.on}
}

type switchedTracer struct {
	trace.Tracer
	on *atomic.Bool
}

func (s switchedTracer) Start(
	ctx context.Context, name string, opts ...trace.SpanStartOption,
) (context.Context, trace.Span) {
	if s.on.Load() {
		return s.Tracer.Start(ctx, name, opts...) //nolint:spancheck // it is the caller's to end
	}
	return tracenoop.Tracer{}.Start(ctx, name, opts...)
}

// sent is a base that keeps the requests that it is given.
type sent struct {
	base     http.RoundTripper
	requests []*http.Request
}

func (s *sent) RoundTrip(req *http.Request) (*http.Response, error) {
	s.requests = append(s.requests, req)
	return s.base.RoundTrip(req)
}

func silentProviders() map[string][]instrument.Option {
	meters := instrument.WithMeterProvider(metricnoop.NewMeterProvider())
	return map[string][]instrument.Option{
		"NoSDK": {instrument.WithTracerProvider(tracenoop.NewTracerProvider()), meters},
		"NoSDKYet": {
			instrument.WithTracerProvider(switchedTracers{tracenoop.NewTracerProvider(), new(atomic.Bool)}), meters,
		},
	}
}

// TestTransport_Unseen holds what a transport does where nobody records calls.
func TestTransport_Unseen(t *testing.T) {
	t.Parallel()
	for name, options := range silentProviders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := &sent{base: answering(answer)}
			transport := instrument.NewTransport(base, options...)
			req := newRequest(t.Context(), t, generateURL)
			res, err := transport.RoundTrip(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Same(t, req, base.requests[0])

			t.Run("Analysis", func(t *testing.T) {
				ctx, analysis := instrument.StartAnalysis(t.Context(), "", options[0].(instrument.AnalysisOption))
				defer analysis.End()
				ask(ctx, t, transport)
				require.EqualValues(t, 1, analysis.Summary().Calls)
			})
			t.Run("Call", func(t *testing.T) {
				ctx, analysis := instrument.StartAnalysis(t.Context(), "", options[0].(instrument.AnalysisOption))
				defer analysis.End()
				ctx, call := instrument.Start(ctx, instrument.CallStart{}, options...)
				ask(instrument.ContextWithAnalysis(ctx, nil), t, transport)
				call.End(instrument.CallResult{})
				require.EqualValues(t, 160, analysis.Summary().Input+analysis.Summary().Output)
			})
			t.Run("ForeignSpan", func(t *testing.T) {
				m := newTelemetry(t)
				ctx, span := m.tracers.Tracer("theirs").Start(t.Context(), "chat", trace.WithAttributes(
					attribute.String(semconv.OperationName, semconv.OperationChat)))
				ask(ctx, t, transport)
				span.End()
				require.Equal(t, "reported", attributesOf(m.span("chat"))[semconv.UsageStatus])
			})
			t.Run("MeasuredBelow", func(t *testing.T) {
				m := newTelemetry(t)
				inner := instrument.NewTransport(answering(answer), m.options()...)
				outer := instrument.NewTransport(&sent{base: inner}, options...)
				ask(t.Context(), t, outer)
				m.span(callSpan)
			})
		})
	}
}

// TestTransport_UnseenBaggage holds that providers get none of our members even
// where nobody records.
func TestTransport_UnseenBaggage(t *testing.T) {
	t.Parallel()
	for name, options := range silentProviders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := &sent{base: answering(answer)}
			transport := instrument.NewTransport(base, options...)
			member, err := baggage.NewMember(string(instrument.BaggageUserID), "u-7")
			require.NoError(t, err)
			bag, err := baggage.New(member)
			require.NoError(t, err)
			ask(baggage.ContextWithBaggage(t.Context(), bag), t, transport)
			require.Zero(t, baggage.FromContext(base.requests[0].Context()).Len())

			req := newRequest(t.Context(), t, generateURL)
			req.Header.Set("Baggage", "user.id=u-7,theirs=1")
			res, err := transport.RoundTrip(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, []string{"theirs=1"}, base.requests[1].Header.Values("Baggage"))
		})
	}
}

// TestTransport_SeenAgain holds that calls are recorded from when an SDK is set
// up, and that one which waited until it was taken away leaves the body whole.
func TestTransport_SeenAgain(t *testing.T) {
	t.Parallel()
	m, on := newTelemetry(t), new(atomic.Bool)
	stopped := `{"candidates":[{"continuationToken":"go-on","content":{}}],"usageMetadata":{"promptTokenCount":1}}`
	var bodies []string
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		bodies = append(bodies, string(body))
		return respond(http.StatusOK, io.NopCloser(strings.NewReader(stopped))), err
	})
	transport := instrument.NewTransport(base, instrument.WithTracerProvider(switchedTracers{m.tracers, on}),
		instrument.WithMeterProvider(metricnoop.NewMeterProvider()))
	for _, recorded := range []bool{false, true, false} {
		on.Store(recorded)
		res, err := transport.RoundTrip(newRequest(t.Context(), t, generateURL))
		require.NoError(t, err)
		_, err = io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	require.Equal(t, []string{question, question, question}, bodies)
	require.Len(t, m.spans.Started(), 1)
}
