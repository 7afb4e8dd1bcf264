// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/internal/wire"
)

func ExampleRecognize() {
	const address = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent"
	x, _ := wire.Recognize(httptest.NewRequest(http.MethodPost, address, http.NoBody))
	x.ResponseHeader(http.StatusOK, http.Header{})
	x.ResponseBody([]byte(`{"candidates":[{"finishReason":"STOP"}],"usageMeta`))
	x.ResponseBody([]byte(`data":{"promptTokenCount":1000,"candidatesTokenCount":100,"thoughtsTokenCount":500,` +
		`"totalTokenCount":1600}}`))

	asked, response := x.Request(), x.Response(wire.Whole)
	fmt.Println(asked.Provider, asked.Operation, asked.Model, asked.CallType)
	fmt.Println(response.Usage.Status, response.Usage.Input, response.Usage.Output, response.FinishReasons)
	// Output:
	// gcp.gemini generate_content gemini-2.5-flash call_llm
	// reported 1,000 600 [stop]
}

// Where the path does not name the model, the request's body does.
func ExampleExchange() {
	const address = "https://openrouter.ai/api/v1/chat/completions"
	x, _ := wire.Recognize(httptest.NewRequest(http.MethodPost, address, http.NoBody))
	before := x.Request()
	x.RequestBody([]byte(`{"messages":[{"role":"user","content":"Up?"}],"model":"openai/gpt-5-mini","stream":true}`))
	after := x.Request()
	fmt.Printf("%s %q %v\n", before.Provider, before.Model, before.Stream)
	fmt.Printf("%s %q %v\n", after.Provider, after.Model, after.Stream)

	x.ResponseHeader(http.StatusOK, http.Header{})
	x.ResponseBody([]byte(`data: {"choices":[{"index":0,"finish_reason":"stop"}]}` + "\n\n"))
	x.ResponseBody(
		[]byte(`data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":30,"cost":0.7}}` + "\n\n"),
	)
	fmt.Println(x.Complete(), x.Response(wire.Cut).Usage.Status)
	x.ResponseBody([]byte("data: [DONE]\n\n"))
	fmt.Println(x.Complete(), x.Response(wire.Cut).Usage.Status)
	// Output:
	// openrouter "" false
	// openrouter "openai/gpt-5-mini" true
	// false partial
	// true reported
}

func TestRecognize(t *testing.T) {
	t.Parallel()
	const vertex = "/v1beta1/projects/p/locations/l/"
	tests := []struct {
		path, provider, operation, model string
		stream                           bool
	}{
		{
			path:      "/v1beta/models/gemini-2.5-flash:generateContent",
			provider:  "gcp.gemini",
			operation: "generate_content",
			model:     "gemini-2.5-flash",
		},
		{
			path:      "/v1/models/m:generateContent?key=secret",
			provider:  "gcp.gemini",
			operation: "generate_content",
			model:     "m",
		},
		{
			path:      "/v1alpha/models/m:streamGenerateContent?alt=sse",
			provider:  "gcp.gemini",
			operation: "generate_content",
			model:     "m",
			stream:    true,
		},
		{path: "/models/m:generateContent", provider: "gcp.gemini", operation: "generate_content", model: "m"},
		{
			path:      "/gateway/google/v1beta/models/m:generateContent",
			provider:  "gcp.gemini",
			operation: "generate_content",
			model:     "m",
		},
		{path: "/v1beta/models/m%3AgenerateContent", provider: "gcp.gemini", operation: "generate_content", model: "m"},
		{
			path:      "/v1beta/tunedModels/mine-7:generateContent",
			provider:  "gcp.gemini",
			operation: "generate_content",
			model:     "tunedModels/mine-7",
		},
		{
			path:      "/v1beta/models/gemini-embedding-2:embedContent",
			provider:  "gcp.gemini",
			operation: "embeddings",
			model:     "gemini-embedding-2",
		},
		{
			path:      "/v1beta/models/gemini-embedding-2:batchEmbedContents",
			provider:  "gcp.gemini",
			operation: "embeddings",
			model:     "gemini-embedding-2",
		},
		{
			path:      vertex + "publishers/google/models/m:generateContent",
			provider:  "gcp.vertex_ai",
			operation: "generate_content",
			model:     "m",
		},
		{
			path:      vertex + "publishers/google/models/m@001:streamGenerateContent",
			provider:  "gcp.vertex_ai",
			operation: "generate_content",
			model:     "m@001",
			stream:    true,
		},
		{
			path:      vertex + "models/m:generateContent",
			provider:  "gcp.vertex_ai",
			operation: "generate_content",
			model:     "m",
		},
		{
			path:      vertex + "endpoints/42:generateContent",
			provider:  "gcp.vertex_ai",
			operation: "generate_content",
			model:     "endpoints/42",
		},
		{
			path:      "/v1beta1/publishers/google/models/m:generateContent",
			provider:  "gcp.vertex_ai",
			operation: "generate_content",
			model:     "m",
		},
		{
			path:      vertex + "publishers/google/models/text-embedding-005:predict",
			provider:  "gcp.vertex_ai",
			operation: "embeddings",
			model:     "text-embedding-005",
		},
		{
			path:      vertex + "publishers/google/models/gemini-embedding-2:embedContent",
			provider:  "gcp.vertex_ai",
			operation: "embeddings",
			model:     "gemini-embedding-2",
		},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			x, ok := wire.Recognize(httptest.NewRequest(http.MethodPost, tt.path, http.NoBody))
			require.True(t, ok)
			got := x.Request()
			require.Equal(t, tt.provider, got.Provider)
			require.Equal(t, tt.operation, got.Operation)
			require.Equal(t, tt.model, got.Model)
			require.Equal(t, tt.stream, got.Stream)
		})
	}
}

func TestRecognize_NotACall(t *testing.T) {
	t.Parallel()
	tests := []struct{ method, path string }{
		{http.MethodPost, "/v1beta/models/m:countTokens"},
		{http.MethodPost, "/v1beta1/projects/p/locations/l/publishers/google/models/m:computeTokens"},
		{http.MethodPost, "/v1beta/models/m:batchGenerateContent"},
		{http.MethodPost, "/v1beta/models/m:asyncBatchEmbedContent"},
		{http.MethodPost, "/v1beta/models/imagen-4.0:predict"},
		{http.MethodPost, "/v1beta/cachedContents"},
		{http.MethodPost, "/upload/v1beta/files"},
		{http.MethodPost, "/v1beta/models/:generateContent"},
		{http.MethodPost, "/v1beta/files/m:generateContent"},
		{http.MethodPost, "/v1beta/models/m"},
		{http.MethodPost, "/:generateContent"},
		{http.MethodPost, "/"},
		{http.MethodGet, "/v1beta/models/m:generateContent"},
		{http.MethodGet, "/v1beta/models"},
		{http.MethodGet, "/v1beta/operations/7"},
	}
	for _, tt := range tests {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			t.Parallel()
			_, ok := wire.Recognize(httptest.NewRequest(tt.method, tt.path, http.NoBody))
			require.False(t, ok)
		})
	}
}

// TestRecognize_ModelThatIsNone has a program put a text where a path names the
// model: it is a call, and the text goes nowhere.
func TestRecognize_ModelThatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"where does it go", "where\ndoes", "где", strings.Repeat("x", 200), "a?key=b"} {
		for _, path := range []string{
			"/v1beta/models/%s:generateContent",
			"/v1beta/tunedModels/%s:generateContent",
			"/openai/deployments/%s/chat/completions",
			"/v1/projects/p/locations/l/publishers/anthropic/models/%s:rawPredict",
			"/model/anthropic.%s/invoke",
		} {
			request := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: fmt.Sprintf(path, text)}}
			x, ok := wire.Recognize(request)
			require.True(t, ok, path)
			require.Empty(t, x.Request().Model, path)
		}
	}
}
