// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// benchText is so many bytes of what a model writes, as JSON has it.
func benchText(size int) string {
	line := `The moving average crosses the \"upper\" band; volume confirms it.\n`
	return strings.Repeat(line, size/len(line)+1)
}

// benchStreams are streams of 20 chunks and what comes around them.
func benchStreams() []struct{ name, path, body string } {
	const chat = `{"id":"chatcmpl-C4Hq5a6K3RaPMymUv70btQNYv6SvY","object":"chat.completion.chunk","created":1755137921,` +
		`"model":"gpt-5-nano-2025-08-07","service_tier":"default","choices":`
	const response = `{"id":"resp_00a60507bf41","object":"response","model":"gpt-5-2025-08-07","service_tier":"default",`
	text := benchText(500)
	repeat := func(event string) string { return strings.Repeat(event, 20) }
	return []struct{ name, path, body string }{
		{
			"chat",
			chatPath,
			repeat(
				"data: "+chat+`[{"index":0,"delta":{"content":"`+text+`"},"finish_reason":null}],"usage":null}`+"\n\n",
			) +
				"data: " + chat + `[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}` + "\n\n" +
				"data: " + chat + `[],"usage":{"prompt_tokens":12,"completion_tokens":100,"total_tokens":112,` +
				`"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":100}}}` +
				"\n\ndata: [DONE]\n\n",
		},
		{
			"responses",
			responsesPath,
			`data: {"type":"response.created","response":` + response + `"status":"in_progress"}}` + "\n\n" +
				repeat(`data: {"type":"response.output_text.delta","item_id":"msg_1","delta":"`+text+`"}`+"\n\n") +
				`data: {"type":"response.completed","response":` + response + `"status":"completed","usage":{"input_tokens":9463,` +
				`"input_tokens_details":{"cached_tokens":8320},"output_tokens":582,"total_tokens":10045}}}` + "\n\n",
		},
		{
			"anthropic",
			anthropicPath,
			`data: {"type":"message_start","message":{"model":"claude-sonnet-5","id":"msg_011CdD8kd2","usage":` +
				`{"input_tokens":1128,"output_tokens":2,"service_tier":"standard"}}}` + "\n\n" +
				repeat(
					`data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"`+text+`"}}`+"\n\n",
				) +
				`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":2411,"output_tokens":145}}` +
				"\n\ndata: {\"type\":\"message_stop\"}\n\n",
		},
		{"interactions", interactionsPath, `data: {"event_type":"interaction.created","interaction":{"id":"v1_abc",` +
			`"model":"gemini-3-flash-preview","status":"in_progress"}}` + "\n\n" +
			repeat(
				`data: {"event_type":"step.delta","index":0,"delta":{"type":"text","text":"`+text+`"},"metadata":{"total_usage":`+
					`{"total_input_tokens":10,"total_output_tokens":2,"total_tokens":12}}}`+"\n\n",
			) +
			`data: {"event_type":"interaction.completed","interaction":{"id":"v1_abc","status":"completed","usage":` +
			`{"total_input_tokens":10,"total_output_tokens":40,"total_tokens":50}}}` + "\n\ndata: [DONE]\n\n"},
	}
}

// benchAnswers are the same dialects' answers in one document of 64 KB.
func benchAnswers() []struct{ name, path, body string } {
	text := benchText(64 << 10)
	return []struct{ name, path, body string }{
		{
			"chat",
			chatPath,
			`{"id":"chatcmpl-1","model":"gpt-5","choices":[{"message":{"content":"` + text + `"},"finish_reason":"stop"}],` +
				`"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`,
		},
		{
			"responses",
			responsesPath,
			`{"id":"resp_1","model":"gpt-5","status":"completed","output":[{"content":[{"text":"` + text + `"}]}],` +
				`"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}`,
		},
		{
			"anthropic",
			anthropicPath,
			`{"id":"msg_1","model":"claude-sonnet-5","type":"message","content":[{"text":"` + text + `"}],` +
				`"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}`,
		},
		{"interactions", interactionsPath, `{"id":"v1_abc","model":"gemini-3-flash-preview","status":"completed",` +
			`"steps":[{"content":[{"text":"` + text + `"}]}],"usage":{"total_input_tokens":1,"total_output_tokens":2,"total_tokens":3}}`},
	}
}

// BenchmarkDialects is what a call in each further dialect pays for being read.
func BenchmarkDialects(b *testing.B) {
	for form, bodies := range map[string][]struct{ name, path, body string }{
		"stream of 20 chunks": benchStreams(), "unary 64 KB": benchAnswers(),
	} {
		for _, tt := range bodies {
			b.Run(tt.name+" "+form, func(b *testing.B) {
				req := httptest.NewRequest(http.MethodPost, tt.path, http.NoBody)
				body := []byte(tt.body)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					x, _ := Recognize(req)
					scan(x, body)
				}
			})
		}
	}
}

// TestDialects_Allocations holds what TestExchange_Allocations does. It is not
// parallel: AllocsPerRun counts the whole process.
func TestDialects_Allocations(t *testing.T) {
	for _, tt := range append(benchStreams(), benchAnswers()...) {
		req := httptest.NewRequest(http.MethodPost, tt.path, http.NoBody)
		body := []byte(tt.body)
		x, _ := Recognize(req)
		x.ResponseHeader(http.StatusOK, nil)
		x.ResponseBody(body)
		require.True(t, x.Response(Cut).Usage.Output.IsKnown(), tt.name)
		x.Free()
		allocs := testing.AllocsPerRun(100, func() {
			x, _ := Recognize(req)
			scan(x, body)
		})
		require.LessOrEqual(t, allocs, 3.0+racy, tt.name)
	}
}

// TestDialects_Depth holds that every path fits into a scanner's frames.
func TestDialects_Depth(t *testing.T) {
	t.Parallel()
	for name, root := range map[string]*node{
		"OpenAI request": openaiRequestPaths, "chat": openaiChatPaths, "responses": openaiResponsesPaths,
		"Anthropic request": anthropicRequestPaths, "Anthropic": anthropicPaths,
		"Interactions request": interactionsRequestPaths, "Interactions": interactionsPaths,
	} {
		require.LessOrEqual(t, depth(root), maxFrames, name)
	}
}
