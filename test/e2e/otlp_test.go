// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
)

// sender sends spans once. It returns nil when the receiver has taken them.
type sender func(ctx context.Context, td ptrace.Traces) error

// overGRPC returns a sender to an OTLP receiver.
func overGRPC(t *testing.T, address string) sender {
	t.Helper()
	again := backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1, MaxDelay: 20 * time.Millisecond}
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: again, MinConnectTimeout: time.Second}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	client := ptraceotlp.NewGRPCClient(connection)
	return func(ctx context.Context, td ptrace.Traces) error {
		response, err := client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(td))
		if err != nil {
			return err
		}
		return refused(response)
	}
}

// overHTTP returns a sender to an OTLP receiver.
func overHTTP(t *testing.T, address string) sender {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	return func(ctx context.Context, td ptrace.Traces) error {
		body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
		if err != nil {
			return err
		}
		answer, err := post(ctx, client, "http://"+address+"/v1/traces", "application/x-protobuf", body)
		if err != nil {
			return err
		}
		response := ptraceotlp.NewExportResponse()
		if err := response.UnmarshalProto(answer); err != nil {
			return err
		}
		return refused(response)
	}
}

// each returns so many senders to each place: a receiver that answers only
// once spans are in the ledger is kept busy by several at once.
func each(t *testing.T, n int, grpcAddress, httpAddress string) []sender {
	t.Helper()
	var senders []sender
	for range n {
		senders = append(senders, overGRPC(t, grpcAddress), overHTTP(t, httpAddress))
	}
	return senders
}

// refused is an error where the receiver took only a part.
func refused(response ptraceotlp.ExportResponse) error {
	if n := response.PartialSuccess().RejectedSpans(); n > 0 {
		return fmt.Errorf("%d spans were rejected: %s", n, response.PartialSuccess().ErrorMessage())
	}
	return nil
}

func post(ctx context.Context, client *http.Client, url, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("POST %s: %s: %s", url, response.Status, answer)
	}
	return answer, err
}

// deliver sends until the receiver has taken the spans, as every OTLP client
// does. What it repeats may have been taken before.
func (send sender) deliver(ctx context.Context, td ptrace.Traces) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := send(ctx, td)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// deliverAll delivers the batches over all senders at once, each batch over
// the next that is free, and calls taken after each.
func deliverAll(ctx context.Context, senders []sender, batches []ptrace.Traces, taken func()) error {
	work := make(chan ptrace.Traces, len(batches))
	for _, batch := range batches {
		work <- batch
	}
	close(work)
	errs := make(chan error, len(senders))
	for _, send := range senders {
		go func() {
			for batch := range work {
				if err := send.deliver(ctx, batch); err != nil {
					errs <- err
					return
				}
				taken()
			}
			errs <- nil
		}()
	}
	var all []error
	for range senders {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}
