// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// eachProtocol runs a test over both protocols of OTLP.
func eachProtocol(t *testing.T, test func(t *testing.T, protocol string)) {
	t.Helper()
	for _, protocol := range []string{otelsetup.ProtocolGRPC, otelsetup.ProtocolHTTPProtobuf} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			test(t, protocol)
		})
	}
}

// newProviders starts providers; the test shuts them down.
func newProviders(t *testing.T, config otelsetup.Config) *otelsetup.Providers {
	t.Helper()
	providers, err := otelsetup.New(t.Context(), config)
	require.NoError(t, err)
	return providers
}

// analyze makes the spans of one analysis: a request of the service, the
// analysis with two calls, and a query.
func analyze(ctx context.Context, tracers trace.TracerProvider) {
	tracer := tracers.Tracer("test")
	ctx, request := tracer.Start(ctx, "request")
	defer request.End()
	ctx, analysis := tracer.Start(ctx, "analysis",
		trace.WithAttributes(attribute.String("spanledger.analysis.id", "a-1")))
	defer analysis.End()
	for range 2 {
		callCtx, call := tracer.Start(ctx, "call", trace.WithAttributes(llmAttributes...))
		_, query := tracer.Start(callCtx, "query")
		query.End()
		call.End()
	}
}

func TestProviders_Sampling(t *testing.T) {
	t.Parallel()
	const analyses = 1000
	eachProtocol(t, func(t *testing.T, protocol string) {
		t.Helper()
		r := newReceiver()
		endpoint, _ := r.serve(t, protocol, "")
		providers := newProviders(t, otelsetup.Config{
			Endpoint: endpoint, Protocol: protocol,
			Sampler: sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.01)),
		})
		for range analyses {
			analyze(t.Context(), providers.Tracer)
		}
		require.NoError(t, providers.Shutdown(t.Context()))

		names := r.names()
		require.Equal(t, analyses, names["analysis"])
		require.Equal(t, 2*analyses, names["call"])
		require.Less(t, names["request"], analyses/10)
		require.Equal(t, 2*names["request"], names["query"])
		sampled := 0
		for _, span := range r.spans {
			if span.GetName() == "analysis" && span.GetFlags()&1 == 1 {
				sampled++
			}
		}
		require.Equal(t, names["request"], sampled)
		for _, times := range r.deliveries() {
			require.Equal(t, 1, times)
		}
	})
}

func TestProviders_CollectorAwayAndBack(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		t.Helper()
		first, second := newReceiver(), newReceiver()
		endpoint, stop := first.serve(t, protocol, "")
		providers := newProviders(t, otelsetup.Config{
			Endpoint: endpoint, Protocol: protocol,
			Sampler: sdktrace.NeverSample(),
			Ledger:  otelsetup.LedgerConfig{BatchSize: 7, Interval: 10 * time.Millisecond},
		})
		var wg sync.WaitGroup
		work := func() {
			for range 100 {
				analyze(t.Context(), providers.Tracer)
			}
		}
		wg.Go(work)
		require.Eventually(t, func() bool { return len(first.names()) > 0 }, waitFor, tick)
		stop()
		wg.Go(work)
		wg.Wait()
		second.serve(t, protocol, endpoint[len("http://"):])
		require.NoError(t, providers.Shutdown(t.Context()))

		seen := first.deliveries()
		for id, n := range second.deliveries() {
			seen[id] += n
		}
		require.Len(t, seen, 600)
	})
}

func TestProviders_CollectorNeverThere(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		t.Helper()
		providers := newProviders(t, otelsetup.Config{Endpoint: "http://127.0.0.1:1", Protocol: protocol})
		analyze(t.Context(), providers.Tracer)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		require.ErrorContains(t, providers.Shutdown(ctx), "3 ledger spans could not be delivered before the shutdown")
		require.Less(t, time.Since(start), 5*time.Second)
		require.NoError(t, providers.Shutdown(t.Context()))
	})
}

// TestProviders_Answers pins what the exporters make of a receiver's answers.
func TestProviders_Answers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer func(spans int) *answer
		lost   bool
		kept   int
	}{
		{"Refused", func(int) *answer {
			return &answer{code: codes.InvalidArgument, status: http.StatusBadRequest}
		}, true, 0},
		{"TooLarge", func(spans int) *answer {
			if spans == 1 {
				return nil
			}
			return &answer{
				code: codes.ResourceExhausted, status: http.StatusRequestEntityTooLarge,
				message: "grpc: received message larger than max (5 vs. 4)",
			}
		}, false, 3},
		{"PartlyRejected", func(int) *answer { return &answer{message: "(no room)\nfor some", rejected: 2} }, true, 0},
		{"Warned", func(int) *answer { return &answer{message: "take care"} }, false, 0},
		{"NotAdmittedAtFirst", atFirst(&answer{code: codes.Unauthenticated, status: http.StatusUnauthorized}), false, 3},
		{"NotFoundAtFirst", atFirst(&answer{code: codes.Unimplemented, status: http.StatusNotFound}), false, 3},
		{"BusyAtFirst", atFirst(&answer{code: codes.Unavailable, status: http.StatusServiceUnavailable}), false, 3},
		{"ThrottledAtFirst", atFirst(&answer{code: codes.ResourceExhausted, status: http.StatusTooManyRequests}), false, 3},
		{"BrokenAtFirst", atFirst(&answer{code: codes.Internal, status: http.StatusInternalServerError}), false, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eachProtocol(t, func(t *testing.T, protocol string) {
				t.Helper()
				r := newReceiver()
				r.answer = tt.answer
				endpoint, _ := r.serve(t, protocol, "")
				providers := newProviders(t, otelsetup.Config{
					Endpoint: endpoint, Protocol: protocol, Sampler: sdktrace.NeverSample(),
				})
				analyze(t.Context(), providers.Tracer)
				require.NoError(t, providers.Shutdown(t.Context()))
				require.Len(t, r.deliveries(), tt.kept)
				require.Equal(t, tt.lost, r.metrics["spanledger.instrument.lost"] != nil)
			})
		})
	}
}

// atFirst answers the first request of each receiver only.
func atFirst(first *answer) func(int) *answer {
	var mu sync.Mutex
	asked := 0
	return func(int) *answer {
		mu.Lock()
		defer mu.Unlock()
		asked++
		if asked <= 2 { // one for each protocol
			return first
		}
		return nil
	}
}

func TestProviders_ShutdownWithoutTime(t *testing.T) {
	t.Parallel()
	providers := newProviders(t, otelsetup.Config{Endpoint: "http://127.0.0.1:1"})
	analyze(t.Context(), providers.Tracer)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := providers.Shutdown(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "3 ledger spans could not be delivered")
}

func TestProviders_ForceFlush(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		t.Helper()
		r := newReceiver()
		endpoint, _ := r.serve(t, protocol, "")
		providers := newProviders(t, otelsetup.Config{Endpoint: endpoint, Protocol: protocol})
		counter, err := providers.Meter.Meter("test").Int64Counter("done")
		require.NoError(t, err)
		counter.Add(t.Context(), 1)
		analyze(t.Context(), providers.Tracer)
		require.NoError(t, providers.ForceFlush(t.Context()))
		require.Equal(t, map[string]int{"request": 1, "analysis": 1, "call": 2, "query": 2}, r.names())
		require.Contains(t, r.metrics, "done")
		require.NoError(t, providers.Shutdown(t.Context()))
	})
}

// TestProviders_Cardinality has more analyses alive than the SDK's default
// limit of series.
func TestProviders_Cardinality(t *testing.T) {
	t.Parallel()
	const alive = 5000
	r := newReceiver()
	endpoint, _ := r.serve(t, otelsetup.ProtocolHTTPProtobuf, "")
	providers := newProviders(t, otelsetup.Config{Endpoint: endpoint})
	meter := providers.Meter.Meter("test")
	_, err := meter.Int64ObservableCounter("spanledger.tokens",
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			for i := range alive {
				o.Observe(1, metric.WithAttributes(attribute.String("spanledger.analysis.id", strconv.Itoa(i))))
			}
			return nil
		}))
	require.NoError(t, err)
	other, err := meter.Int64Counter("other")
	require.NoError(t, err)
	for i := range alive {
		other.Add(t.Context(), 1, metric.WithAttributes(attribute.Int("i", i)))
	}
	require.NoError(t, providers.Shutdown(t.Context()))
	require.Len(t, r.metrics["spanledger.tokens"].GetSum().GetDataPoints(), alive)
	require.Len(t, r.metrics["other"].GetSum().GetDataPoints(), 2000)
}

func TestProviders_Resource(t *testing.T) {
	t.Parallel()
	r := newReceiver()
	endpoint, _ := r.serve(t, otelsetup.ProtocolHTTPProtobuf, "")
	providers := newProviders(t, otelsetup.Config{
		ServiceName: "stock-api", ServiceVersion: "1.2.3", Endpoint: endpoint + "/",
		Attributes: []attribute.KeyValue{attribute.String("deployment.environment.name", "test")},
	})
	analyze(t.Context(), providers.Tracer)
	require.NoError(t, providers.Shutdown(t.Context()))
	require.Equal(t, "stock-api", r.resource["service.name"])
	require.Equal(t, "1.2.3", r.resource["service.version"])
	require.Equal(t, "test", r.resource["deployment.environment.name"])
	require.Equal(t, "opentelemetry", r.resource["telemetry.sdk.name"])
	const uuid = `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`
	require.Regexp(t, uuid, r.resource["service.instance.id"])
	require.NotContains(t, r.resource, "process.command_args")
	require.Contains(t, r.paths, "/v1/traces")
}

func TestProviders_ServiceWithoutName(t *testing.T) {
	t.Parallel()
	r := newReceiver()
	endpoint, _ := r.serve(t, otelsetup.ProtocolHTTPProtobuf, "")
	providers := newProviders(t, otelsetup.Config{Endpoint: endpoint})
	analyze(t.Context(), providers.Tracer)
	require.NoError(t, providers.Shutdown(t.Context()))
	require.Contains(t, r.resource["service.name"], "unknown_service")
}

func TestNew_ConfigErrors(t *testing.T) {
	t.Parallel()
	_, err := otelsetup.New(t.Context(), otelsetup.Config{Endpoint: "localhost:4317", Protocol: "http/json"})
	require.EqualError(t, err, `otelsetup: Config.Endpoint: does not start with http:// or https://; `+
		`write it like http://localhost:4318 or https://otlp.example.com`+"\n"+
		`otelsetup: Config.Protocol: have "http/json"; set it to grpc or http/protobuf`)
}
