// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

func TestAnthropic_Recognize(t *testing.T) {
	t.Parallel()
	const vertex = "/v1/projects/p/locations/l/publishers/anthropic/models/"
	tests := []struct {
		url, provider, model string
		stream               bool
	}{
		{"https://api.anthropic.com/v1/messages", "anthropic", "", false},
		{"https://api.anthropic.com/v1/messages?beta=true", "anthropic", "", false},
		{"http://127.0.0.1:8080/gateway/v1/messages", "anthropic", "", false},
		{"https://api.deepseek.com/anthropic/v1/messages", "deepseek", "", false},
		{"https://bedrock-mantle.us-east-1.api.aws/anthropic/v1/messages", "aws.bedrock", "", false},
		{"https://x.services.ai.azure.com/anthropic/v1/messages", "azure.ai.inference", "", false},
		{vertex + "claude-opus-4-1@20250805:rawPredict", "gcp.vertex_ai", "claude-opus-4-1@20250805", false},
		{vertex + "claude-opus-4-1:streamRawPredict", "gcp.vertex_ai", "claude-opus-4-1", true},
		{
			"/model/us.anthropic.claude-opus-4-1-v1%3A0/invoke",
			"aws.bedrock",
			"us.anthropic.claude-opus-4-1-v1:0",
			false,
		},
		{"/model/anthropic.claude-v2:1/invoke-with-response-stream", "aws.bedrock", "anthropic.claude-v2:1", true},
		{
			"/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.anthropic.claude/invoke",
			"aws.bedrock", "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude", false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			t.Parallel()
			got, ok := recognized(t, http.MethodPost, tt.url)
			require.True(t, ok)
			require.Equal(t, Request{
				Provider: tt.provider, Operation: semconv.OperationChat, Model: tt.model, Stream: tt.stream,
				CallType: semconv.CallTypeLLM,
			}, got)
		})
	}
}

func TestAnthropic_NotACall(t *testing.T) {
	t.Parallel()
	tests := []struct{ method, path string }{
		{http.MethodGet, "/v1/messages"},
		{http.MethodPost, "/v1/messages/count_tokens"},
		{http.MethodPost, "/v1/messages/batches"},
		{http.MethodGet, "/v1/messages/batches/b/results"},
		{http.MethodPost, "/v1/threads/t/messages"},
		{http.MethodPost, "/messages"},
		{http.MethodPost, "/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict"},
		{http.MethodPost, "/v1/projects/p/locations/l/publishers/anthropic/models/:rawPredict"},
		{http.MethodPost, "/v1/projects/p/locations/l/publishers/mistralai/models/mistral-ocr:rawPredict"},
		{http.MethodPost, "/model/amazon.titan-embed-text-v2%3A0/invoke"},
		{http.MethodPost, "/model/anthropic.claude/count-tokens"},
		{http.MethodPost, "/functions/anthropic.claude/invoke"},
	}
	for _, tt := range tests {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			t.Parallel()
			_, ok := recognized(t, tt.method, tt.path)
			require.False(t, ok)
		})
	}
}

func TestAnthropicRequest_Parameters(t *testing.T) {
	t.Parallel()
	want := Request{
		Provider: semconv.ProviderAnthropic, Operation: semconv.OperationChat, Model: "claude-sonnet-4-5", Stream: true,
		CallType: semconv.CallTypeLLMWithImages, OutputType: "json", Temperature: new(0.5), TopP: new(0.9),
		TopK: new(int64(40)), MaxTokens: new(int64(1024)), StopSequences: []string{"END"},
	}
	body := `{"max_tokens":1024,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"aW1hZ2U="}},
		{"type":"text","text":"\"max_tokens\":1"},{"type":"tool_result","content":[{"type":"image"},{"type":"text"}]}]},
		{"role":"assistant","content":"image"}],"model":"claude-sonnet-4-5","stop_sequences":["END"],"stream":true,
		"system":[{"type":"text","text":"x"}],"temperature":0.5,"top_p":0.9,"top_k":40,"thinking":{"budget_tokens":5},
		"output_config":{"format":{"type":"json_schema"}},"tools":[{"name":"advisor","type":"advisor_20260301","max_tokens":7}]}`
	for at := range len(body) {
		require.Equal(t, want, ask(t, anthropicPath, body, cutAt(at)))
	}
	code := ask(t, anthropicPath, `{"tools":[{"type":"code_execution_20250825","name":"code_execution"}]}`, inOnePiece)
	require.Equal(t, analysis.CallType(semconv.CallTypeLLMCodeExecution), code.CallType)
}

// TestAnthropic_Usage folds usage objects of a stream.
func TestAnthropic_Usage(t *testing.T) {
	t.Parallel()
	const start = `{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":5,
		"cache_creation_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0},"output_tokens":4}}}`
	tests := []struct {
		name, delta                string
		input, read, write, output int64
	}{
		{"nothing", `{}`, 15, 5, 0, 4},
		{"zeros", `{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}`, 15, 5, 0, 4},
		{"only output", `{"output_tokens":9}`, 15, 5, 0, 9},
		{"output falls", `{"output_tokens":3}`, 15, 5, 0, 3},
		{"input rises", `{"input_tokens":20,"output_tokens":9}`, 25, 5, 0, 9},
		{"cache written", `{"cache_creation_input_tokens":7,"output_tokens":9}`, 22, 5, 7, 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stream := "[" + start + `,{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":` + tt.delta + "}]"
			require.Equal(t, analysis.Usage{
				Status: analysis.StatusReported, Input: known(tt.input), CacheRead: known(tt.read),
				CacheWrite: known(tt.write), Output: known(tt.output),
			}, answerAt(t, anthropicPath, stream).Usage)
		})
	}
	only := answerAt(t, anthropicPath, `{"usage":{"cache_read_input_tokens":5}}`).Usage
	require.Equal(t, analysis.Usage{CacheRead: known(5)}, only, "what came from a cache is not all of the input")
}

func TestAnthropic_FinishReasons(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"type":"message","stop_reason":"pause_turn"}`:                                  {"pause_turn"},
		`{"type":"message","stop_reason":null}`:                                          {"error"},
		`[{"type":"message_start","message":{}},{"delta":{"stop_reason":"max_tokens"}}]`: {"max_tokens"},
		`[{"type":"message_start","message":{}},{"type":"ping"}]`:                        {"error"},
		`{"type":"error","error":{"type":"api_error"}}`:                                  nil,
	} {
		require.Equal(t, want, answerAt(t, anthropicPath, body).FinishReasons, body)
	}
}

// TestAnthropic_Ended holds that the last event ends a stream, whatever comes
// after it.
func TestAnthropic_Ended(t *testing.T) {
	t.Parallel()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, anthropicPath, http.NoBody))
	require.True(t, ok)
	x.ResponseHeader(http.StatusOK, nil)
	for _, tt := range []struct {
		kind string
		want bool
	}{{"message_start", false}, {"ping", false}, {"message_stop", true}, {"ping", true}} {
		x.ResponseBody([]byte("data: {\"type\":\"" + tt.kind + "\"}\n\n"))
		require.Equal(t, tt.want, x.Complete(), tt.kind)
	}
}

func TestAnthropic_Failures(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"type":"error","error":{"type":"overloaded_error","message":"m"}}`: "overloaded_error",
		`{"type":"error","message":"sk-1 is wrong"}`:                         semconv.ErrorTypeOther,
		`{"error":"sk-1 is wrong"}`:                                          semconv.ErrorTypeOther,
		`{"type":"message","stop_reason":"refusal"}`:                         "",
	} {
		require.Equal(t, want, answerAt(t, anthropicPath, body).ErrorType, body)
	}
}
