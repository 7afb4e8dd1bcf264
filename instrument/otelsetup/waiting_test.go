// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// refusing is a provider that has too much to do.
type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody, Header: http.Header{}}, nil
}

// TestProviders_WaitingCalls has calls wait for a retry when the process ends.
func TestProviders_WaitingCalls(t *testing.T) { //nolint:paralleltest // a flush ends the calls of others, too
	for name, end := range map[string]func(*otelsetup.Providers, context.Context) error{
		"Flush":    (*otelsetup.Providers).ForceFlush,
		"Shutdown": (*otelsetup.Providers).Shutdown,
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver()
			endpoint, _ := r.serve(t, otelsetup.ProtocolHTTPProtobuf, "")
			p := newProviders(t, otelsetup.Config{Endpoint: endpoint, Protocol: otelsetup.ProtocolHTTPProtobuf})
			transport := instrument.NewTransport(refusing{},
				instrument.WithTracerProvider(p.Tracer), instrument.WithMeterProvider(p.Meter))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
				"http://localhost/v1beta/models/m:generateContent", http.NoBody)
			require.NoError(t, err)
			res, err := transport.RoundTrip(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Empty(t, r.names())
			require.NoError(t, end(p, t.Context()))
			require.Equal(t, map[string]int{"generate_content m": 1}, r.names())
			require.NoError(t, p.Shutdown(t.Context()))
		})
	}
}
