// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
)

// TestCollector_RepositoryConfiguration runs the configuration that users
// copy: the ledger is filled, traces go on to Jaeger, metrics to Prometheus.
func TestCollector_RepositoryConfiguration(t *testing.T) {
	t.Parallel()
	onEachLedger(t, func(t *testing.T, dsn string) {
		jaeger := newJaeger(t)
		c := startCollector(t, dsn, "SPANLEDGER_JAEGER_ENDPOINT="+jaeger.address)
		l := newLoad(3, 8)
		require.NoError(t, deliverAll(t.Context(), each(t, 1, c.grpc, c.http), l.shuffled(1, 20), func() {}))
		requireLedger(t, openSQL(t, dsn), l.books)

		eventually(t, "the spans in Jaeger", func() error {
			if got := jaeger.spans.Load(); got < int64(len(l.spans)) {
				return errors.New("some are missing")
			}
			return nil
		})
		sendMetric(t, c.http, "stock.analyses", 42)
		eventually(t, "the metric for Prometheus", func() error {
			page, err := get(t.Context(), "http://"+c.prometheus+"/metrics")
			if err == nil && !strings.Contains(string(page), "stock_analyses") {
				err = errors.New("the metric is not there")
			}
			return err
		})
		require.Zero(t, c.stop(t), c.report())
	})
}

// TestCollector_JaegerAway sends more than the queue to Jaeger holds while
// nobody is there: that keeps nothing from the ledger, and no client hears of
// it.
func TestCollector_JaegerAway(t *testing.T) {
	t.Parallel()
	dsn := newPostgres(t)
	c := newCollector(t, dsn)
	c.more = []string{
		"--set=exporters.otlp_grpc/jaeger.sending_queue.queue_size=1",
		"--set=exporters.otlp_grpc/jaeger.sending_queue.num_consumers=1",
		"--set=processors.batch/jaeger.timeout=1ms",
	}
	c.start(t)
	l := newLoad(13, 40)
	batches := l.shuffled(1, 1)
	var wait sync.WaitGroup
	senders := each(t, 4, c.grpc, c.http)
	errs := make([]error, len(senders))
	for n, send := range senders {
		wait.Go(func() {
			for i := n; i < len(batches) && errs[n] == nil; i += len(senders) {
				errs[n] = send(t.Context(), batches[i])
			}
		})
	}
	wait.Wait()
	require.NoError(t, errors.Join(errs...))
	requireLedger(t, openSQL(t, dsn), l.books)
	require.Contains(t, c.stderr.String(), "sending queue is full")
	require.Zero(t, c.stop(t), c.report())
}

// jaeger counts the spans that it gets over OTLP.
type jaeger struct {
	ptraceotlp.UnimplementedGRPCServer

	address string
	spans   atomic.Int64
}

func newJaeger(t *testing.T) *jaeger {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	j := &jaeger{address: listener.Addr().String()}
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, j)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return j
}

// Export implements ptraceotlp.GRPCServer.
func (j *jaeger) Export(_ context.Context, request ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	j.spans.Add(int64(request.Traces().SpanCount()))
	return ptraceotlp.NewExportResponse(), nil
}

func sendMetric(t *testing.T, address, name string, value int64) {
	t.Helper()
	metrics := pmetric.NewMetrics()
	metric := metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	metric.SetName(name)
	point := metric.SetEmptyGauge().DataPoints().AppendEmpty()
	point.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	point.SetIntValue(value)
	body, err := pmetricotlp.NewExportRequestFromMetrics(metrics).MarshalProto()
	require.NoError(t, err)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	_, err = post(t.Context(), &http.Client{Transport: transport},
		"http://"+address+"/v1/metrics", "application/x-protobuf", body)
	require.NoError(t, err)
}
