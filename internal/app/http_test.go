// SPDX-License-Identifier: Apache-2.0

package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoopback(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:8318", "127.9.9.9:0", "localhost:8318", "[::1]:8318"} {
		require.NoError(t, loopback(address), address)
	}
	for _, address := range []string{"0.0.0.0:8318", ":8318", "192.0.2.1:8318", "[::]:8318", "example.org:80", "8318", ""} {
		require.ErrorContains(t, loopback(address), "127.0.0.1:8318", address)
	}
}

func TestSameHost(t *testing.T) {
	t.Parallel()
	handler := sameHost(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{
		"127.0.0.1:8318":   http.StatusOK,
		"localhost":        http.StatusOK,
		"[::1]:8318":       http.StatusOK,
		"example.org":      http.StatusMisdirectedRequest,
		"example.org:8318": http.StatusMisdirectedRequest,
		"192.0.2.1:8318":   http.StatusMisdirectedRequest,
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			request.Host = host
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			require.Equal(t, want, recorder.Code)
		})
	}
}
