// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestExchange_Free holds that an exchange knows nothing of the one whose
// memory it has, wherever that one stopped.
func TestExchange_Free(t *testing.T) {
	t.Parallel()
	for _, tt := range append(benchStreams(), benchAnswers()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequest(http.MethodPost, tt.path, http.NoBody)
			want, requested := readWhole(t, req, tt.body)
			for cut := 1; cut < len(tt.body); cut += len(tt.body)/50 + 1 {
				x, ok := Recognize(req)
				require.True(t, ok)
				x.RequestBody([]byte(`{"model":"another","stream":true,"temperature":1,"stop":["a`))
				x.ResponseHeader(http.StatusTeapot, http.Header{"Content-Encoding": nil, geminiTierHeader: {"flex"}})
				x.ResponseBody([]byte(tt.body[:cut]))
				x.Free()
				got, asked := readWhole(t, req, tt.body)
				require.Equal(t, want, got)
				require.Equal(t, requested, asked)
			}
		})
	}
}

func readWhole(t *testing.T, req *http.Request, body string) (Response, Request) {
	t.Helper()
	x, ok := Recognize(req)
	require.True(t, ok)
	defer x.Free()
	x.ResponseHeader(http.StatusOK, nil)
	x.ResponseBody([]byte(body))
	return x.Response(Whole), x.Request()
}
