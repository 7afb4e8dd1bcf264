// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// fakeClient is an OTLP client that keeps the names of spans.
type fakeClient struct {
	mu      sync.Mutex
	answer  func(ctx context.Context, names []string) error // nil takes all
	names   []string
	stopped bool
}

// Start implements otlptrace.Client.
func (*fakeClient) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *fakeClient) Stop(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	return nil
}

// UploadTraces implements otlptrace.Client.
func (c *fakeClient) UploadTraces(ctx context.Context, batch []*tracepb.ResourceSpans) error {
	var names []string
	for _, resource := range batch {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				names = append(names, span.GetName())
			}
		}
	}
	c.mu.Lock()
	answer := c.answer
	c.mu.Unlock()
	if answer != nil {
		if err := answer(ctx, names); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names = append(c.names, names...)
	return nil
}

// takeAll ends the trouble of the receiver.
func (c *fakeClient) takeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = nil
}

func (c *fakeClient) got() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.names)
}

// newSpilling starts a processor with a spill directory; the test shuts it
// down.
func newSpilling(t *testing.T, client *fakeClient, config otelsetup.LedgerConfig) *otelsetup.LedgerProcessor {
	t.Helper()
	exporter, err := otelsetup.NewSpillExporter(t.Context(), client)
	require.NoError(t, err)
	if config.MeterProvider == nil {
		config.MeterProvider = noop.NewMeterProvider()
	}
	p, err := otelsetup.NewLedgerProcessor(t.Context(), exporter, config)
	require.NoError(t, err)
	return p
}

func clientAway(context.Context, []string) error { return errAway }

// clientSilent answers when the upload is given up.
func clientSilent(ctx context.Context, _ []string) error {
	<-ctx.Done()
	return ctx.Err()
}
