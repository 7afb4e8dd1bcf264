// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
)

// TestDecoder_Decode_Languages has the spans that instrumentations of other
// languages and frameworks write, with the three attributes that an application
// may add, as docs/other-languages.md shows.
func TestDecoder_Decode_Languages(t *testing.T) {
	t.Parallel()
	known, reported := analysis.Known, analysis.StatusReported
	for _, tt := range []struct {
		name             string
		span             attrs
		provider, model  string
		usage            analysis.Usage
		errorType, first string // the first finish reason
		tier             string
	}{
		{
			name: "PythonGoogleGenAI", span: attrs{
				"code.function.name":    "google.genai.Models.generate_content",
				"gen_ai.operation.name": "generate_content", "gen_ai.system": "gemini",
				"gen_ai.request.model": "gemini-2.5-flash", "gen_ai.request.temperature": 0.2,
				"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 55,
				"gen_ai.response.finish_reasons": []any{"stop"},
			},
			provider: "gcp.gemini", model: "gemini-2.5-flash", first: "stop",
			usage: analysis.Usage{Status: reported, Input: known(120), Output: known(55)},
		},
		{
			name: "PythonOpenAI", span: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
				"gen_ai.request.model": "gpt-4o-mini", "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
				"gen_ai.response.id": "chatcmpl-1", "gen_ai.response.finish_reasons": []any{"stop"},
				"gen_ai.usage.input_tokens": 24, "gen_ai.usage.output_tokens": 12,
				"gen_ai.openai.response.service_tier": "default",
				"server.address":                      "api.openai.com", "server.port": 443,
			},
			provider: "openai", model: "gpt-4o-mini-2024-07-18", first: "stop",
			usage: analysis.Usage{Status: reported, Input: known(24), Output: known(12)},
		},
		{
			name: "PythonOpenAIThatFailed", span: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.system": "openai",
				"gen_ai.request.model": "gpt-4o-mini", "error.type": "RateLimitError",
			},
			provider: "openai", model: "gpt-4o-mini", errorType: "RateLimitError",
		},
		{
			name: "JavaScriptOpenAI", span: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.system": "openai",
				"gen_ai.request.model": "gpt-4o-mini", "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
				"gen_ai.response.id": "chatcmpl-2", "gen_ai.response.finish_reasons": []any{"tool_calls"},
				"gen_ai.usage.input_tokens": 75, "gen_ai.usage.output_tokens": 51,
			},
			provider: "openai", model: "gpt-4o-mini-2024-07-18", first: "tool_calls",
			usage: analysis.Usage{Status: reported, Input: known(75), Output: known(51)},
		},
		{ // ADK writes its own counts over ours, without the thoughts
			name: "ADKForGoJoined", span: attrs{
				"gcp.vertex.agent.event_id": "e", "gcp.vertex.agent.invocation_id": "i",
				"gen_ai.operation.name": "generate_content", "gen_ai.provider.name": "gcp.gemini",
				"gen_ai.request.model": "gemini-2.5-flash", "gen_ai.response.model": "gemini-2.5-flash",
				"gen_ai.response.finish_reasons": []any{"STOP"},
				"gen_ai.usage.input_tokens":      135, "gen_ai.usage.output_tokens": 13,
				"gen_ai.usage.reasoning.output_tokens": 67, "spanledger.usage.status": "reported",
				"spanledger.usage.input_tokens": 135, "spanledger.usage.output_tokens": 80,
				"spanledger.usage.total_tokens": 215, "spanledger.call.attempts": 1,
			},
			provider: "gcp.gemini", model: "gemini-2.5-flash", first: "STOP",
			usage: analysis.Usage{
				Status: reported, Input: known(135), Output: known(80), Reasoning: known(67), ProviderTotal: known(215),
			},
		},
		{ // without our transport; its input includes what came from the cache and went there
			name: "AnthropicForGoAlone", span: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "http.route": "/v1/messages",
				"gen_ai.request.model": "claude-opus-4-5", "gen_ai.response.model": "claude-opus-4-5-20251101",
				"gen_ai.response.id": "msg_1", "gen_ai.request.stream": true, "http.response.status_code": 200,
				"gen_ai.usage.input_tokens": 15, "gen_ai.usage.cache_read.input_tokens": 2,
				"gen_ai.usage.cache_write.input_tokens": 3, "gen_ai.usage.output_tokens": 7,
				"gen_ai.usage.reasoning.output_tokens": 4, "anthropic.response.service_tier": "batch",
				"anthropic.message.stop_reason": "end_turn",
			},
			provider: "anthropic", model: "claude-opus-4-5-20251101", first: "end_turn", tier: "batch",
			usage: analysis.Usage{
				Status: reported, Input: known(15), CacheRead: known(2), CacheWrite: known(3), Output: known(7), Reasoning: known(4),
			},
		},
		{
			name: "ADKForGoAlone", span: attrs{
				"gcp.vertex.agent.event_id": "e", "gcp.vertex.agent.invocation_id": "i",
				"gen_ai.operation.name": "generate_content", "gen_ai.request.model": "gemini-2.5-flash",
				"gen_ai.response.finish_reasons": []any{"STOP"},
				"gen_ai.usage.input_tokens":      135, "gen_ai.usage.output_tokens": 13,
			},
			model: "gemini-2.5-flash", first: "STOP",
			usage: analysis.Usage{Status: reported, Input: known(135), Output: known(13)},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			span := attrs{"spanledger.analysis.id": "job-7", "spanledger.call.type": "trend", "user.id": "u-7"}
			maps.Copy(span, tt.span)
			call, result := only(t, traces(t, span))
			require.Equal(t, "job-7", call.AnalysisID)
			require.EqualValues(t, "trend", call.Type)
			require.Equal(t, "u-7", call.Attribution.UserID)
			require.Equal(t, tt.provider, call.Provider)
			require.Equal(t, tt.model, call.Model())
			require.Equal(t, tt.usage, call.Usage)
			require.Equal(t, tt.errorType, call.ErrorType)
			if tt.tier != "" {
				require.Equal(t, tt.tier, call.ServiceTier)
			}
			if tt.first != "" {
				require.Equal(t, []string{tt.first}, call.FinishReasons)
			}
			require.Zero(t, result.Mended)
			require.Zero(t, result.Dropped)
		})
	}
}

// TestDecoder_Decode_AgentTree has the spans of one run of an agent: what is
// above the calls, and beside them, adds nothing.
func TestDecoder_Decode_AgentTree(t *testing.T) {
	t.Parallel()
	named := attrs{"spanledger.analysis.id": "job-7"}
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	for i, a := range []attrs{
		{
			"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "trader", "gen_ai.system": "gemini",
			"gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 100, // the sums of its calls
		},
		{"gen_ai.operation.name": "generate_content", "gen_ai.usage.input_tokens": 135, "gen_ai.usage.output_tokens": 80},
		{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "last_price"},
		{"gen_ai.operation.name": "generate_content", "gen_ai.usage.input_tokens": 165, "gen_ai.usage.output_tokens": 20},
	} {
		maps.Copy(a, named)
		addSpan(t, rs, a, func(s ptrace.Span) { s.SetSpanID(spanID(i + 1)) })
	}
	result := decode.New(defaults()).Decode(td)
	require.Len(t, result.Calls, 2)
	require.Equal(t, 2, result.Ignored)
	var input, output int64
	for i := range result.Calls {
		input += result.Calls[i].Usage.Input.OrZero()
		output += result.Calls[i].Usage.Output.OrZero()
	}
	require.EqualValues(t, 300, input)
	require.EqualValues(t, 100, output)
}
