// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// answer reads a body that came with status 200 to its end.
func answer(tb testing.TB, body string) Response {
	tb.Helper()
	return answerTo(tb, http.StatusOK, nil, body, Whole)
}

func answerTo(tb testing.TB, status int, header http.Header, body string, end End) Response {
	tb.Helper()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody))
	require.True(tb, ok)
	x.ResponseHeader(status, header)
	x.ResponseBody([]byte(body))
	return x.Response(end)
}

func TestGeminiResponse_FinishReasons(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       []string
	}{
		{"named", `{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}`, []string{"malformed_function_call"}},
		{
			"numbered",
			`{"candidates":[{"finishReason":1},{"finishReason":2},{"finishReason":12}]}`,
			[]string{"stop", "max_tokens", "unexpected_tool_call"},
		},
		{"a number without a name", `{"candidates":[{"finishReason":99}]}`, []string{"99"}},
		{
			"unspecified",
			`{"candidates":[{"finishReason":"FINISH_REASON_UNSPECIFIED"},{"finishReason":0},{}]}`,
			[]string{"error", "error", "error"},
		},
		{"a text is no reason", `{"candidates":[{"finishReason":"the user's secret"}]}`, []string{"error"}},
		{
			"by index",
			"data: {\"candidates\":[{\"index\":1,\"finishReason\":\"STOP\"}]}\n\ndata: {\"candidates\":[{\"finishReason\":\"SAFETY\",\"index\":0}]}\n\n",
			[]string{"safety", "stop"},
		},
		{
			"the last chunk's",
			`[{"candidates":[{"index":0}]},{"candidates":[{"finishReason":"STOP"}]},{"candidates":[{}]}]`,
			[]string{"stop"},
		},
		{"one lacks", `[{"candidates":[{"finishReason":"STOP"},{}]}]`, []string{"stop", "error"}},
		{
			"out of bounds",
			`{"candidates":[{"index":-1,"finishReason":"STOP"},{"index":1e9,"finishReason":"STOP"}]}`,
			nil,
		},
		{"none", `{"candidates":[]}`, nil},
		{"cut in a candidate", `[{"candidates":[{"content":{"parts":[{"text":"sec`, []string{"error"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, answer(t, tt.body).FinishReasons)
		})
	}
}

func TestGeminiResponse_ErrorType(t *testing.T) {
	t.Parallel()
	const good = "data: {\"usageMetadata\":{\"promptTokenCount\":5}}\n\n"
	tests := []struct {
		name   string
		status int
		body   string
		want   string
		usage  analysis.UsageStatus
	}{
		{"none", 200, `{"usageMetadata":{"promptTokenCount":5}}`, "", analysis.StatusReported},
		{"status", 429, `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}`, "429", analysis.StatusUnknown},
		{"status, no JSON", 503, `<html>`, "503", analysis.StatusUnknown},
		{
			"error in a stream",
			200,
			good + "data: {\"error\":{\"code\":503,\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}\n\n",
			"unavailable",
			analysis.StatusPartial,
		},
		{
			"bare error in a stream",
			200,
			good + "{\"error\":{\"code\":503,\"message\":\"m\"}}\n\n",
			"503",
			analysis.StatusPartial,
		},
		{
			"status before code",
			200,
			`[{"error":{"status":"UNAVAILABLE","code":503}}]`,
			"unavailable",
			analysis.StatusUnknown,
		},
		{"error without a name", 200, `{"error":{"message":"m"}}`, semconv.ErrorTypeOther, analysis.StatusUnknown},
		{
			"a text is no status",
			200,
			`{"error":{"status":"your key AIza is bad","code":"AIzaSyC0ffee"}}`,
			semconv.ErrorTypeOther,
			analysis.StatusUnknown,
		},
		{
			"a key is no status",
			200,
			`{"error":{"status":"AIzaSyC0ffee"}}`,
			semconv.ErrorTypeOther,
			analysis.StatusUnknown,
		},
		{
			"a code spelt as a fraction",
			200,
			`{"error":{"code":429.0}}`,
			"429",
			analysis.StatusUnknown,
		},
		{
			"a code spelt with an exponent",
			200,
			`{"error":{"code":"5.03e2","message":"m"}}`,
			"503",
			analysis.StatusUnknown,
		},
		{"a code of no status", 200, `{"error":{"code":0}}`, semconv.ErrorTypeOther, analysis.StatusUnknown},
		{"no error", 200, `{"error":null}`, "", analysis.StatusUnknown},
		{
			"blocked",
			200,
			`{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5}}`,
			"prompt_blocked",
			analysis.StatusReported,
		},
		{"blocked by number", 200, `[{"promptFeedback":{"blockReason":1}}]`, "prompt_blocked", analysis.StatusUnknown},
		{
			"not blocked",
			200,
			`{"promptFeedback":{"blockReason":"BLOCK_REASON_UNSPECIFIED"}}`,
			"",
			analysis.StatusUnknown,
		},
		{"empty body", 200, ``, semconv.ErrorTypeInvalidResponse, analysis.StatusUnknown},
		{
			"HTML",
			200,
			`<html>{"usageMetadata":{"promptTokenCount":5}}`,
			semconv.ErrorTypeInvalidResponse,
			analysis.StatusUnknown,
		},
		{
			"half a document",
			200,
			`{"usageMetadata":{"promptTokenCount":5}`,
			semconv.ErrorTypeInvalidResponse,
			analysis.StatusPartial,
		},
		{
			"half an event",
			200,
			good + `data: {"candidates":[`,
			semconv.ErrorTypeInvalidResponse,
			analysis.StatusPartial,
		},
		{
			"an event that is no JSON",
			200,
			"data: oops\n\n" + good,
			semconv.ErrorTypeInvalidResponse,
			analysis.StatusPartial,
		},
		{
			"garbage behind",
			200,
			`{"usageMetadata":{"promptTokenCount":5}}x`,
			semconv.ErrorTypeInvalidResponse,
			analysis.StatusPartial,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := answerTo(t, tt.status, nil, tt.body, Whole)
			require.Equal(t, tt.want, got.ErrorType)
			require.Equal(t, tt.usage, got.Usage.Status)
		})
	}
}

func TestGeminiResponse_Tier(t *testing.T) {
	t.Parallel()
	tests := []struct{ header, usage, want string }{
		{"", ``, ""},
		{"flex", ``, "flex"},
		{"Standard", `"serviceTier":"flex"`, "standard"},
		{"", `"serviceTier":"standard"`, "standard"},
		{"", `"serviceTier":"unspecified"`, ""},
		{"no such thing!", `"trafficType":"ON_DEMAND"`, "standard"},
		{"unspecified", `"serviceTier":"flex"`, "flex"},
		{"SERVICE_TIER_UNSPECIFIED", ``, ""},
		{"", `"trafficType":"ON_DEMAND_PRIORITY"`, "priority"},
		{"", `"trafficType":"ON_DEMAND_FLEX"`, "flex"},
		{"", `"trafficType":"PROVISIONED_THROUGHPUT"`, "provisioned"},
		{"", `"trafficType":"TRAFFIC_TYPE_UNSPECIFIED"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.header+tt.usage, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			header.Set("X-Gemini-Service-Tier", tt.header)
			got := answerTo(t, http.StatusOK, header, `{"usageMetadata":{`+tt.usage+`}}`, Whole)
			require.Equal(t, tt.want, got.ServiceTier)
		})
	}
}

func TestGeminiResponse_Names(t *testing.T) {
	t.Parallel()
	tests := []struct{ model, id, wantModel, wantID string }{
		{"gemini-2.5-flash", "a_B-9=", "gemini-2.5-flash", "a_B-9="},
		{"models/gemini-2.5-flash", "x", "gemini-2.5-flash", "x"},
		{"publishers/google/models/gemini-2.5-flash@001", "x", "gemini-2.5-flash@001", "x"},
		{"tunedModels/mine", "x", "tunedModels/mine", "x"},
		{"a sentence", "an answer", "", ""},
		{strings.Repeat("x", 1000), strings.Repeat("x", 1000), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.wantModel, func(t *testing.T) {
			t.Parallel()
			got := answer(t, fmt.Sprintf(`{"modelVersion":%q,"responseId":%q}`, tt.model, tt.id))
			require.Equal(t, tt.wantModel, got.Model)
			require.Equal(t, tt.wantID, got.ID)
		})
	}
}
