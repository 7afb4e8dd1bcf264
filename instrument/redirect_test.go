// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
)

// redirecting answers the first request with a redirect and others as Gemini
// does.
func redirecting(t *testing.T, status int) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("moved") {
			_, _ = io.WriteString(w, answer)
			return
		}
		http.Redirect(w, r, r.URL.Path+"?moved", status)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestTransport_Redirect(t *testing.T) {
	t.Parallel()
	post := func(ctx context.Context, t *testing.T, server *httptest.Server, client *http.Client) int {
		t.Helper()
		res, err := client.Do(newRequest(ctx, t, server.URL+"/v1/models/gemini-2.0-flash:generateContent"))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	instrumented := func(server *httptest.Server, m *telemetry) *http.Client {
		return &http.Client{Transport: instrument.NewTransport(server.Client().Transport, m.options()...)}
	}
	t.Run("IsOneCall", func(t *testing.T) {
		t.Parallel()
		for _, status := range []int{http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
			server, m := redirecting(t, status), newTelemetry(t)
			require.Equal(t, http.StatusOK, post(t.Context(), t, server, instrumented(server, m)))
			got := attributesOf(m.span(callSpan))
			require.Equal(t, "2", got["spanledger.call.attempts"])
			require.Equal(t, "120", got["gen_ai.usage.input_tokens"])
			require.Equal(t, "reported", got["spanledger.usage.status"])
			require.NotContains(t, got, "error.type")
			require.Len(t, m.spans.Started(), 1)
		}
	})
	t.Run("WithinAStartedCall", func(t *testing.T) {
		t.Parallel()
		server, m := redirecting(t, http.StatusTemporaryRedirect), newTelemetry(t)
		ctx, call := instrument.Start(t.Context(), instrument.CallStart{}, m.options()...)
		post(ctx, t, server, instrumented(server, m))
		call.End(instrument.CallResult{})
		require.Equal(t, "2", attributesOf(m.span("chat gemini-2.0-flash"))["spanledger.call.attempts"])
		require.Len(t, m.spans.Started(), 1)
	})
	t.Run("NotFollowedIsAFailure", func(t *testing.T) {
		t.Parallel()
		for name, ctx := range map[string]context.Context{
			"ContextEnds": t.Context(), "GarbageCollected": context.WithoutCancel(t.Context()),
		} {
			server, m := redirecting(t, http.StatusTemporaryRedirect), newTelemetry(t)
			client := instrumented(server, m)
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			ctx, cancel := context.WithCancel(ctx)
			if name == "GarbageCollected" {
				ctx = context.WithoutCancel(ctx)
			}
			require.Equal(t, http.StatusTemporaryRedirect, post(ctx, t, server, client))
			cancel()
			require.Eventually(t, func() bool {
				runtime.GC()
				return len(m.spans.Ended()) == 1
			}, 10*time.Second, time.Millisecond)
			require.Equal(t, "307", attributesOf(m.span(callSpan))["error.type"], name)
		}
	})
}

// TestTransport_RetryAfterRedirect has every attempt sent elsewhere first.
func TestTransport_RetryAfterRedirect(t *testing.T) {
	t.Parallel()
	m, served := newTelemetry(t), 0 // one request after the other
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Query().Get("there") == "" {
			http.Redirect(w, r, "/v1/models/gemini-2.0-flash:generateContent?there=1", http.StatusTemporaryRedirect)
			return
		}
		served++
		if served < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	var numbers []int
	policy := instrument.WithRetryPolicy(func(f instrument.FailedAttempt) bool {
		numbers = append(numbers, f.Number)
		return true
	})
	client := &http.Client{Transport: instrument.NewTransport(
		server.Client().Transport, append(m.options(), policy)...)}
	url := server.URL + "/elsewhere/v1/models/gemini-2.0-flash:generateContent"
	for range 3 {
		res, err := client.Do(newRequest(t.Context(), t, url))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	require.Equal(t, "6", attributesOf(m.span(callSpan))["spanledger.call.attempts"])
	require.Equal(t, []int{1, 2}, numbers, "a redirect is no attempt of its own")
}
