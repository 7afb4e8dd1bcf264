// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
)

// TestTransport_RetriesWhileAllElseHappens has many calls tried again while
// waiting calls are flushed, contexts end between attempts, and analyses end:
// each request is an attempt of exactly one call, and each call ends once. It
// ends the calls of other tests, so that it runs alone.
func TestTransport_RetriesWhileAllElseHappens(t *testing.T) { //nolint:paralleltest // see above
	const workers, tries = 1_000, 4
	m := newTelemetry(t)
	var requests atomic.Int64
	transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		requests.Add(1)
		if req.Header.Get("Try") == strconv.Itoa(tries-1) {
			return answering(answer)(req)
		}
		return refusing(http.StatusServiceUnavailable)(req)
	}), m.options()...)

	stop := make(chan struct{})
	var flushing, all sync.WaitGroup
	flushing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				instrument.Flush()
			}
		}
	})
	for i := range workers {
		all.Go(func() {
			ctx, analysis := m.start(t.Context(), t.Name()+strconv.Itoa(i%10))
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			for try := range tries {
				if i%7 == 0 && try == 2 {
					cancel()
				}
				if i%5 == 0 && try == 1 {
					analysis.End()
				}
				exchange(ctx, t, transport, try == tries-1, "Try", strconv.Itoa(try))
			}
			analysis.End()
		})
	}
	all.Wait()
	close(stop)
	flushing.Wait()
	instrument.Flush()

	attempts := 0
	calls := map[string]bool{}
	for _, s := range m.spans.Ended() {
		if s.Name() != callSpan {
			continue
		}
		id := s.SpanContext().SpanID().String()
		require.False(t, calls[id], "it ended twice")
		calls[id] = true
		n, err := strconv.Atoi(attributesOf(s)["spanledger.call.attempts"])
		require.NoError(t, err)
		attempts += n
	}
	require.EqualValues(t, requests.Load(), attempts)
	require.Len(t, m.spans.Ended(), len(m.spans.Started()), "all have ended")
	var counted int64
	for _, p := range m.points("spanledger.calls") {
		counted += p.Value
	}
	require.EqualValues(t, len(calls), counted)
}

// TestTransport_KeepsConnections has refused answers, with a body and without,
// closed unread: their connections are used again as often as without us.
func TestTransport_KeepsConnections(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"Empty": "", "Short": "no"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusServiceUnavailable)
				_, _ = w.Write([]byte(body))
			}))
			t.Cleanup(server.Close)
			reused := func(transport http.RoundTripper) (n int) {
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
					GotConn: func(c httptrace.GotConnInfo) {
						if c.Reused {
							n++
						}
					},
				})
				url := server.URL + "/v1/models/gemini-2.0-flash:generateContent"
				for range 5 {
					finish(t, transport, newRequest(ctx, t, url), false)
				}
				return n
			}
			bare, base := &http.Transport{}, &http.Transport{}
			t.Cleanup(bare.CloseIdleConnections)
			t.Cleanup(base.CloseIdleConnections)
			require.Equal(t, reused(bare), reused(instrument.NewTransport(base, newTelemetry(t).options()...)))
		})
	}
}
