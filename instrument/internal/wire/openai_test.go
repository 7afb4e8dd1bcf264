// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// recognized is what a request says before its body is seen.
func recognized(t *testing.T, method, url string) (Request, bool) {
	t.Helper()
	x, ok := Recognize(httptest.NewRequest(method, url, http.NoBody))
	if !ok {
		return Request{}, false
	}
	return x.Request(), true
}

func TestOpenAI_Recognize(t *testing.T) {
	t.Parallel()
	const chat, text, embeddings = semconv.OperationChat, semconv.OperationTextCompletion, semconv.OperationEmbeddings
	const google = "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/"
	tests := []struct{ url, provider, operation, model string }{
		{"https://api.openai.com/v1/chat/completions", "openai", chat, ""},
		{"https://api.openai.com/v1/responses", "openai", chat, ""},
		{"https://api.openai.com/v1/responses?beta=true", "openai", chat, ""},
		{"https://api.openai.com/v1/responses/compact", "openai", chat, ""},
		{"https://api.openai.com/v1/embeddings", "openai", embeddings, ""},
		{"https://api.openai.com/v1/completions", "openai", text, ""},
		{"http://127.0.0.1:8080/chat/completions", "openai", chat, ""},
		{"http://127.0.0.1:8080/responses", "openai", chat, ""},
		{"http://gateway.corp/llm/v1/embeddings", "openai", embeddings, ""},
		{"https://generativelanguage.googleapis.com/v1beta/openai/chat/completions", "gcp.gemini", chat, ""},
		{"http://localhost/v1beta/openai/embeddings", "gcp.gemini", embeddings, ""},
		{google + "openapi/chat/completions", "gcp.vertex_ai", chat, ""},
		{google + "42/chat/completions", "gcp.vertex_ai", chat, ""},
		{
			"https://x.openai.azure.com/openai/deployments/d-1/chat/completions?api-version=1",
			"azure.ai.openai",
			chat,
			"d-1",
		},
		{"http://apim.corp/openai/deployments/d-1/embeddings", "azure.ai.openai", embeddings, "d-1"},
		{"https://x.openai.azure.com/openai/v1/responses", "azure.ai.openai", chat, ""},
		{"https://x.services.ai.azure.com/openai/v1/chat/completions", "azure.ai.openai", chat, ""},
		{"https://x.services.ai.azure.com/models/embeddings", "azure.ai.inference", embeddings, ""},
		{"https://models.github.ai/inference/chat/completions", "azure.ai.inference", chat, ""},
		{"https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1/chat/completions", "aws.bedrock", chat, ""},
		{"https://bedrock-mantle.us-east-1.api.aws/openai/v1/responses", "aws.bedrock", chat, ""},
		{"https://openrouter.ai/api/v1/chat/completions", "openrouter", chat, ""},
		{"https://api.groq.com/openai/v1/chat/completions", "groq", chat, ""},
		{"https://us-east-1.api.x.ai/v1/chat/completions", "x_ai", chat, ""},
		{"https://API.DeepSeek.com/beta/completions", "deepseek", text, ""},
		{"https://codestral.mistral.ai/v1/fim/completions", "mistral_ai", text, ""},
		{"https://api.perplexity.ai/chat/completions", "perplexity", chat, ""},
		{"https://api.cohere.ai/compatibility/v1/chat/completions", "cohere", chat, ""},
		{"https://us-south.ml.cloud.ibm.com/v1/chat/completions", "ibm.watsonx.ai", chat, ""},
		{"https://notapi.groq.com.evil.example/v1/chat/completions", "openai", chat, ""},
		{"https://xapi.groq.com/v1/chat/completions", "openai", chat, ""},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			t.Parallel()
			got, ok := recognized(t, http.MethodPost, tt.url)
			require.True(t, ok)
			require.Equal(t, tt.provider, got.Provider)
			require.Equal(t, tt.operation, got.Operation)
			require.Equal(t, tt.model, got.Model)
			require.False(t, got.Stream)
		})
	}
}

func TestOpenAI_NotACall(t *testing.T) {
	t.Parallel()
	tests := []struct{ method, path string }{
		{http.MethodGet, "/v1/chat/completions"},
		{http.MethodGet, "/v1/chat/completions/chatcmpl-1"},
		{http.MethodPost, "/v1/chat/completions/chatcmpl-1"},
		{http.MethodGet, "/v1/responses/resp_1"},
		{http.MethodDelete, "/v1/responses/resp_1"},
		{http.MethodPost, "/v1/responses/resp_1/cancel"},
		{http.MethodPost, "/v1/responses/input_tokens"},
		{http.MethodGet, "/v1/responses/resp_1/input_items"},
		{http.MethodPost, "/v1/forms/42/responses"},
		{http.MethodPost, "/v1/forms/42/responses/compact"},
		{http.MethodPost, "/api/embeddings"},
		{http.MethodPost, "/search/completions"},
		{http.MethodPost, "/v1/batches"},
		{http.MethodPost, "/v1/moderations"},
		{http.MethodPost, "/v1/threads/t/messages"},
		{http.MethodGet, "/v1/models"},
		{http.MethodPost, "/v1/files"},
	}
	for _, tt := range tests {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			t.Parallel()
			_, ok := recognized(t, tt.method, tt.path)
			require.False(t, ok)
		})
	}
}

func TestOpenAIRequest_Parameters(t *testing.T) {
	t.Parallel()
	want := Request{
		Provider:         semconv.ProviderOpenAI,
		Operation:        semconv.OperationChat,
		Model:            "ft:gpt-5-mini:corp::a1",
		Stream:           true,
		CallType:         semconv.CallTypeLLM,
		OutputType:       "json",
		Temperature:      new(0.5),
		TopP:             new(0.9),
		FrequencyPenalty: new(-0.1),
		PresencePenalty:  new(0.2),
		MaxTokens: new(
			int64(100),
		),
		Seed:          new(int64(7)),
		ChoiceCount:   new(int64(2)),
		StopSequences: []string{"END", "\n"},
	}
	body := `{"messages":[{"role":"user","content":"{\"model\":\"other\",\"seed\":8}"},{"role":"tool","content":[{"type":"text",
		"text":"model"}]}],"model":"ft:gpt-5-mini:corp::a1","temperature":0.5,"top_p":0.9,"frequency_penalty":-0.1,
		"presence_penalty":0.2,"max_completion_tokens":100,"n":2,"seed":7,"stop":["END","\n"],"stream":true,
		"stream_options":{"include_usage":true},"reasoning_effort":"high","metadata":{"model":"m","seed":"9"},
		"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","model":"x"}}}}`
	require.Equal(t, want, ask(t, chatPath, body, inOnePiece))
	for at := range len(body) {
		require.Equal(t, want, ask(t, chatPath, body, cutAt(at)))
	}
}

func TestOpenAIRequest_Bodies(t *testing.T) {
	t.Parallel()
	base := Request{Provider: "openai", Operation: "chat", Model: "m", CallType: semconv.CallTypeLLM}
	tests := []struct {
		name, path, body string
		want             func(r *Request)
	}{
		{"one stop", chatPath, `{"stop":"END","model":"m","max_tokens":9,"stream":false}`, func(r *Request) {
			r.StopSequences, r.MaxTokens = []string{"END"}, new(int64(9))
		}},
		{
			"audio",
			chatPath,
			`{"modalities":["text","audio"],"model":"m"}`,
			func(r *Request) { r.OutputType = "speech" },
		},
		{"an image", chatPath, `{"messages":[{"content":[{"type":"image_url"}]}],"model":"m"}`, func(r *Request) {
			r.CallType = semconv.CallTypeLLMWithImage
		}},
		{"images", responsesPath, `{"input":[{"content":[{"type":"input_image"}]},
			{"type":"function_call_output","output":[{"type":"input_image"}]}],"model":"m"}`, func(r *Request) {
			r.CallType = semconv.CallTypeLLMWithImages
		}},
		{"code", responsesPath, `{"tools":[{"type":"code_interpreter","container":{"type":"auto"}}],"model":"m",
			"max_output_tokens":9,"text":{"format":{"type":"json_object"}},"input":"x"}`, func(r *Request) {
			r.CallType, r.MaxTokens, r.OutputType = semconv.CallTypeLLMCodeExecution, new(int64(9)), "json"
		}},
		{"embeddings", "/v1/embeddings", `{"input":["image_url",[1]],"model":"m"}`, func(r *Request) {
			r.CallType, r.Operation = semconv.CallTypeEmbeddings, semconv.OperationEmbeddings
		}},
		{
			"the deployment is the model",
			"/openai/deployments/m/chat/completions",
			`{"model":"gpt-4o"}`,
			func(r *Request) {
				r.Provider = semconv.ProviderAzureOpenAI
			},
		},
		{"Gemini's model", "/v1beta/openai/chat/completions", `{"model":"models/m"}`, func(r *Request) {
			r.Provider = semconv.ProviderGemini
		}},
		{
			"Vertex's model", "/v1/projects/p/locations/l/endpoints/openapi/chat/completions", `{"model":"google/m"}`,
			func(r *Request) { r.Provider = semconv.ProviderVertexAI },
		},
		{
			"a model in a path",
			chatPath,
			`{"model":"accounts/a/models/m"}`,
			func(r *Request) { r.Model = "accounts/a/models/m" },
		},
		{"no model's name", chatPath, `{"model":"m","model":"tell me a story","stream":"true?"}`, func(*Request) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := base
			tt.want(&want)
			require.Equal(t, want, ask(t, tt.path, tt.body, inOnePiece))
			require.Equal(t, want, ask(t, tt.path, tt.body, inSingleBytes))
		})
	}
}

func TestOpenAI_Usage(t *testing.T) {
	t.Parallel()
	reported := func(input, output int64) analysis.Usage {
		return analysis.Usage{Status: analysis.StatusReported, Input: known(input), Output: known(output)}
	}
	tests := []struct {
		name, body string
		want       analysis.Usage
	}{
		{"zeros are counts", `{"usage":{"prompt_tokens":0,"completion_tokens":0}}`, reported(0, 0)},
		{"duplicate keys", `{"usage":{"prompt_tokens":1,"prompt_tokens":3,"completion_tokens":2}}`, reported(3, 2)},
		{"zeros take nothing away", `[{"usage":{"prompt_tokens":3,"completion_tokens":2}},
			{"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}]`, reported(3, 2)},
		{
			"the last is the truth",
			`[{"usage":{"prompt_tokens":9,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":9}}},
			{"usage":{"prompt_tokens":3,"completion_tokens":2}}]`,
			reported(3, 2),
		},
		{
			"a part adds what it has",
			`[{"usage":{"prompt_tokens":3}},{"usage":{"completion_tokens":2}}]`,
			reported(3, 2),
		},
		{"a part that lacks the output", `[{"usage":{"prompt_tokens":3,"completion_tokens":2}},
			{"usage":{"prompt_tokens":4}}]`, reported(4, 2)},
		{
			"a part leaves the modalities",
			`[{"usage":{"prompt_tokens":3,"prompt_tokens_details":{"audio_tokens":1}}},{"usage":{"completion_tokens":2,
			"completion_tokens_details":{"image_tokens":1}}},{"usage":{"completion_tokens":4}}]`,
			analysis.Usage{
				Status: analysis.StatusReported, Input: known(3), Output: known(4),
				InputBy: analysis.Modalities{Audio: known(1)}, OutputBy: analysis.Modalities{Image: known(1)},
			},
		},
		{
			"reasoning is no output on its own",
			`{"usage":{"completion_tokens_details":{"reasoning_tokens":5},"total_tokens":5}}`,
			analysis.Usage{Reasoning: known(5), ProviderTotal: known(5)},
		},
		{
			"a name of its own for what was cached",
			`{"usage":{"prompt_tokens":3,"completion_tokens":2,"cached_tokens":1}}`,
			analysis.Usage{Status: analysis.StatusReported, Input: known(3), Output: known(2), CacheRead: known(1)},
		},
		{
			"too large", `{"usage":{"prompt_tokens":1e30,"completion_tokens":2}}`,
			analysis.Usage{Status: analysis.StatusReported, Output: known(2)},
		},
		{"below zero", `{"usage":{"prompt_tokens":-1,"completion_tokens":-2}}`, analysis.Usage{}},
		{"empty", `{"usage":{}}`, analysis.Usage{}},
		{"no object", `{"usage":[{"prompt_tokens":1}]}`, analysis.Usage{}},
		{
			"deeper",
			`{"data":{"usage":{"prompt_tokens":1}},"choices":[{"message":{"usage":{"prompt_tokens":1}}}]}`,
			analysis.Usage{},
		},
		{
			"what tools used",
			`{"tool_usage":{"image_gen":{"input_tokens":1,"prompt_tokens":1}},"usage":null}`,
			analysis.Usage{},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := answerAt(t, "/v1/embeddings", tt.body).Usage
			require.Equal(t, tt.want, got)
		})
	}
}

func TestOpenAI_Failures(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, path, body, want string }{
		{"code", chatPath, `{"error":{"type":"requests","code":"rate_limit_exceeded"}}`, "rate_limit_exceeded"},
		{"type", chatPath, `{"error":{"code":null,"type":"server_error","message":"m"}}`, "server_error"},
		{"number", chatPath, `{"error":{"code":502,"message":"m"}}`, "502"},
		{"no code", chatPath, `{"error":{"code":0,"type":"server_error"}}`, "server_error"},
		{"below zero", chatPath, `{"error":{"code":-5}}`, semconv.ErrorTypeOther},
		{"a text", chatPath, `{"error":{"code":"key sk-1 is wrong","type":"sk-123"}}`, semconv.ErrorTypeOther},
		{"of a choice", chatPath, `{"choices":[{"error":{"code":429},"finish_reason":"error"}]}`, "429"},
		{"a bare text", chatPath, `{"error":"sk-1 is wrong"}`, semconv.ErrorTypeOther},
		{"a bare text of a choice", chatPath, `{"choices":[{"error":"overloaded"}]}`, semconv.ErrorTypeOther},
		{"a bare text, long", responsesPath, `{"error":"` + strings.Repeat("x", 200) + `"}`, semconv.ErrorTypeOther},
		{"no text", chatPath, `{"error":"","choices":[]}`, ""},
		{"no object", chatPath, `{"error":false,"choices":[]}`, ""},
		{"no error", chatPath, `{"error":null,"choices":[]}`, ""},
		{
			"event",
			responsesPath,
			"event: error\ndata: {\"code\":\"server_error\",\"type\":\"error\"}\n\n",
			"server_error",
		},
		{"bare event", responsesPath, "data: {\"type\":\"error\"}\n\n", semconv.ErrorTypeOther},
		{"status", responsesPath, `{"status":"failed","error":null}`, semconv.ErrorTypeOther},
		{
			"cut short is no failure",
			responsesPath,
			`{"status":"incomplete","incomplete_details":{"reason":"content_filter"}}`,
			"",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, answerAt(t, tt.path, tt.body).ErrorType)
		})
	}
}

func TestOpenAI_ServiceTier(t *testing.T) {
	t.Parallel()
	for told, want := range map[string]string{
		"default": "standard", "on_demand": "standard", "auto": "", "flex": "flex", "priority": "priority", "scale": "scale",
		"": "", "what you paid for": "",
	} {
		require.Equal(t, want, answerAt(t, chatPath, `{"service_tier":"`+told+`"}`).ServiceTier)
	}
	require.Equal(t, "flex", answerAt(t, chatPath, `[{"service_tier":"flex"},{"service_tier":"auto"}]`).ServiceTier)
	require.Equal(
		t,
		"flex",
		answerAt(t, responsesPath, `[{"service_tier":"flex"},{"service_tier":"auto"}]`).ServiceTier,
	)
	stream := "data: {\"type\":\"response.created\",\"response\":{\"service_tier\":\"flex\"}}\n\n" +
		"data: {\"type\":\"response.completed\",\"response\":{\"service_tier\":\"default\"}}\n\n"
	require.Equal(t, "standard", answerAt(t, responsesPath, stream).ServiceTier)
}
