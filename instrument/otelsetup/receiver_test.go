// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	metricsrpc "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracerpc "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// receiver is an OTLP receiver in this process.
type receiver struct {
	tracerpc.UnimplementedTraceServiceServer

	// answer, where it is set, answers trace exports of n spans; nil keeps
	// them.
	answer func(spans int) *answer

	mu       sync.Mutex
	resource map[string]string
	headers  map[string]string
	spans    []*tracepb.Span
	metrics  map[string]*metricspb.Metric
	paths    map[string]int
	requests int
}

// answer is what a receiver says instead of taking spans.
type answer struct {
	code     codes.Code
	status   int
	message  string
	rejected int64
}

func newReceiver() *receiver {
	return &receiver{
		resource: map[string]string{}, headers: map[string]string{},
		metrics: map[string]*metricspb.Metric{}, paths: map[string]int{},
	}
}

// serve starts the receiver for a protocol on an address, "" for any, and
// returns its base URL and how to stop it.
func (r *receiver) serve(t *testing.T, protocol, address string) (endpoint string, stop func()) {
	t.Helper()
	if address == "" {
		address = "127.0.0.1:0"
	}
	var listener net.Listener
	require.Eventually(t, func() bool {
		var err error
		listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		return err == nil
	}, waitFor, tick)
	endpoint = "http://" + listener.Addr().String()
	if protocol == otelsetup.ProtocolGRPC {
		return endpoint, r.serveGRPC(t, listener)
	}
	server := httptest.NewUnstartedServer(r)
	require.NoError(t, server.Listener.Close())
	server.Listener = listener
	server.Start()
	stop = sync.OnceFunc(func() {
		server.CloseClientConnections()
		server.Close()
	})
	t.Cleanup(stop)
	return endpoint, stop
}

func (r *receiver) serveGRPC(t *testing.T, listener net.Listener) (stop func()) {
	t.Helper()
	server := grpc.NewServer()
	tracerpc.RegisterTraceServiceServer(server, r)
	metricsrpc.RegisterMetricsServiceServer(server, metricsService{receiver: r})
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(listener) })
	stop = sync.OnceFunc(func() {
		server.Stop()
		wg.Wait()
	})
	t.Cleanup(stop)
	return stop
}

// Export implements the trace service.
func (r *receiver) Export(
	ctx context.Context, request *tracerpc.ExportTraceServiceRequest,
) (*tracerpc.ExportTraceServiceResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	for key, values := range md {
		r.header(key, values[0])
	}
	refusal := r.takeSpans(request)
	switch {
	case refusal == nil:
		return &tracerpc.ExportTraceServiceResponse{}, nil
	case refusal.code != codes.OK:
		return nil, status.Error(refusal.code, refusal.message)
	}
	return refusal.partial(), nil
}

func (a *answer) partial() *tracerpc.ExportTraceServiceResponse {
	return &tracerpc.ExportTraceServiceResponse{PartialSuccess: &tracerpc.ExportTracePartialSuccess{
		RejectedSpans: a.rejected, ErrorMessage: a.message,
	}}
}

type metricsService struct {
	metricsrpc.UnimplementedMetricsServiceServer
	receiver *receiver
}

// Export implements the metrics service.
func (s metricsService) Export(
	_ context.Context, request *metricsrpc.ExportMetricsServiceRequest,
) (*metricsrpc.ExportMetricsServiceResponse, error) {
	s.receiver.takeMetrics(request)
	return &metricsrpc.ExportMetricsServiceResponse{}, nil
}

// ServeHTTP takes OTLP over HTTP.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(w, "body", http.StatusBadRequest)
		return
	}
	for key, values := range request.Header {
		r.header(key, values[0])
	}
	r.mu.Lock()
	r.paths[request.URL.Path]++
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-protobuf")
	if request.URL.Path == "/v1/metrics" {
		var metrics metricsrpc.ExportMetricsServiceRequest
		if proto.Unmarshal(body, &metrics) == nil {
			r.takeMetrics(&metrics)
		}
		return
	}
	var spans tracerpc.ExportTraceServiceRequest
	if proto.Unmarshal(body, &spans) != nil {
		http.Error(w, "not protobuf", http.StatusBadRequest)
		return
	}
	refusal := r.takeSpans(&spans)
	switch {
	case refusal == nil:
	case refusal.status != 0:
		http.Error(w, refusal.message, refusal.status)
	default:
		if out, err := proto.Marshal(refusal.partial()); err == nil {
			_, _ = w.Write(out)
		}
	}
}

func (r *receiver) header(key, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.headers[http.CanonicalHeaderKey(key)] = value
}

// takeSpans keeps the spans, or says why not.
func (r *receiver) takeSpans(request *tracerpc.ExportTraceServiceRequest) *answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	var spans []*tracepb.Span
	for _, resource := range request.GetResourceSpans() {
		for _, attribute := range resource.GetResource().GetAttributes() {
			r.resource[attribute.GetKey()] = attribute.GetValue().GetStringValue()
		}
		for _, scope := range resource.GetScopeSpans() {
			spans = append(spans, scope.GetSpans()...)
		}
	}
	if r.answer != nil {
		if refusal := r.answer(len(spans)); refusal != nil {
			return refusal
		}
	}
	r.spans = append(r.spans, spans...)
	return nil
}

func (r *receiver) takeMetrics(request *metricsrpc.ExportMetricsServiceRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range request.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			for _, metric := range scope.GetMetrics() {
				r.metrics[metric.GetName()] = metric
			}
		}
	}
}

// names returns how often each span arrived, by name.
func (r *receiver) names() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := map[string]int{}
	for _, span := range r.spans {
		names[span.GetName()]++
	}
	return names
}

// deliveries returns how often each single span arrived.
func (r *receiver) deliveries() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := map[string]int{}
	for _, span := range r.spans {
		ids[string(span.GetTraceId())+string(span.GetSpanId())]++
	}
	return ids
}
