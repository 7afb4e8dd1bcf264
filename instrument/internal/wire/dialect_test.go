// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

// TestExchange_TwoSides reads both bodies at the same time, as full duplex
// HTTP has it; the race detector watches.
func TestExchange_TwoSides(t *testing.T) {
	t.Parallel()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody))
	require.True(t, ok)
	var (
		sides    sync.WaitGroup
		asked    Request
		response Response
	)
	sides.Go(func() {
		for _, piece := range inSingleBytes(`{"generationConfig":{"seed":7}}`) {
			x.RequestBody([]byte(piece))
			asked = x.Request()
		}
	})
	sides.Go(func() {
		x.ResponseHeader(http.StatusOK, nil)
		for _, piece := range inSingleBytes(document) {
			x.ResponseBody([]byte(piece))
			response = x.Response(Cut)
		}
	})
	sides.Wait()
	require.Equal(t, new(int64(7)), asked.Seed)
	require.Equal(t, analysis.StatusReported, response.Usage.Status)
}

// TestExchange_Snapshots holds that what was answered once does not change
// when more is read.
func TestExchange_Snapshots(t *testing.T) {
	t.Parallel()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody))
	require.True(t, ok)
	x.RequestBody([]byte(`{"generationConfig":{"seed":7,"stopSequences":["a"`))
	before := x.Request()
	x.RequestBody([]byte(`,"b"],"seed":8}}`))
	require.Equal(t, []string{"a"}, before.StopSequences)
	require.Equal(t, new(int64(7)), before.Seed)
	require.Equal(t, []string{"a", "b"}, x.Request().StopSequences)
	require.Equal(t, new(int64(8)), x.Request().Seed)
}
