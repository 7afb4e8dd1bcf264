// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

func TestGeminiResponse_Continuation(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("abc/", 100)
	for name, tt := range map[string]struct{ body, want string }{
		"None":         {`{"candidates":[{"finishReason":"CONTINUATION"}]}`, ""},
		"NoReason":     {`{"candidates":[{"continuationToken":"t1"}]}`, "t1"},
		"Unspecified":  {`{"candidates":[{"continuationToken":"t1","finishReason":"FINISH_REASON_UNSPECIFIED"}]}`, "t1"},
		"Continuation": {`{"candidates":[{"finishReason":"CONTINUATION","continuationToken":"t1"}]}`, "t1"},
		"Stopped":      {`{"candidates":[{"continuationToken":"t1","finishReason":"STOP"}]}`, ""},
		"StoppedLater": {`[{"candidates":[{"continuationToken":"t1"}]},{"candidates":[{"finishReason":"STOP"}]}]`, ""},
		"Latest":       {`[{"candidates":[{"continuationToken":"t1"}]},{"candidates":[{"continuationToken":"t2"}]}]`, "t2"},
		"Long":         {`{"candidates":[{"continuationToken":"` + long + `"}]}`, long[:128]},
		"Escaped":      {`{"candidates":[{"continuationToken":"a\/b"}]}`, "a/b"},
		"Others":       {`{"candidates":[{},{"continuationToken":"t1"}]}`, ""},
		"InText":       {`{"candidates":[{"content":{"parts":[{"text":"\"continuationToken\":\"t1\""}]}}]}`, ""},
		"Blocked":      {`{"promptFeedback":{"blockReason":"SAFETY"},"candidates":[{"continuationToken":"t1"}]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, answer(t, tt.body).Continuation)
			x, ok := Recognize(httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody))
			require.True(t, ok)
			x.ResponseHeader(http.StatusOK, nil)
			for i := range len(tt.body) {
				x.ResponseBody([]byte(tt.body[i : i+1]))
			}
			require.Equal(t, tt.want, x.Response(Whole).Continuation, "byte by byte")
		})
	}
}

// TestGeminiResponse_ContinuationStatus trusts a stream that stopped where it
// says that it goes on.
func TestGeminiResponse_ContinuationStatus(t *testing.T) {
	t.Parallel()
	const event = `data: {"candidates":[{"continuationToken":"t1"}],"usageMetadata":{"promptTokenCount":3}}` + "\n\n"
	require.Equal(t, analysis.StatusReported, answer(t, event).Usage.Status)
	require.Equal(t, analysis.StatusPartial, answerTo(t, http.StatusOK, nil, event, Cut).Usage.Status)
}
