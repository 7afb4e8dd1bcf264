// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

func TestDecoder_Decode_Ignored(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]attrs{
		"NoAttributes":      nil,
		"HTTP":              {"http.request.method": "POST", semconv.ServerAddress: "api.openai.com"},
		"InvokeAgent":       chat(attrs{semconv.OperationName: "invoke_agent"}),
		"InvokeWorkflow":    chat(attrs{semconv.OperationName: "invoke_workflow"}),
		"CreateAgent":       chat(attrs{semconv.OperationName: "create_agent"}),
		"ExecuteTool":       chat(attrs{semconv.OperationName: "execute_tool"}),
		"OpenInferenceKind": chat(attrs{"openinference.span.kind": "CHAIN"}),
		"OpenInferenceAgent": {
			"openinference.span.kind": "AGENT", "llm.model_name": "gpt-5", "llm.token_count.prompt": 10,
		},
		"OpenInferenceTool": {"openinference.span.kind": "TOOL"},
		"TraceloopWorkflow": chat(attrs{"traceloop.span.kind": "workflow"}),
		"VercelOuter": {
			"ai.operationId": "ai.generateText", "ai.model.id": "gpt-5", "ai.model.provider": "openai.chat",
			"ai.usage.inputTokens": 10, "ai.usage.outputTokens": 5,
		},
		"OldAgent": {"gen_ai.agent.name": "a", semconv.RequestModel: "gpt-5", semconv.UsageInputTokens: 10},
		"AnthropicForGoCountingTokens": {
			semconv.ProviderName: "anthropic", semconv.RequestModel: "claude-opus-4-5",
			"http.route": "/v1/messages/count_tokens", "anthropic.message.count_tokens.input_tokens": 15,
		},
		"ProviderAlone":       {"gen_ai.system": "openai"},
		"UnknownWithoutCount": {semconv.OperationName: "retrieval", semconv.ProviderName: "openai"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, decode.Result{Spans: 1, Ignored: 1}, decode.New(defaults()).Decode(traces(t, a)))
		})
	}
}

// TestDecoder_Decode_ForeignNames reads calls as other instrumentations, and
// older conventions, write them.
func TestDecoder_Decode_ForeignNames(t *testing.T) {
	t.Parallel()
	known := analysis.Known
	type want struct {
		operation, provider, model string
		usage                      analysis.Usage
	}
	reported := analysis.StatusReported
	for _, tt := range []struct {
		name string
		span attrs
		want want
	}{
		{"ConventionsNext", attrs{
			semconv.OperationName: "chat", semconv.ProviderName: "anthropic", semconv.RequestModel: "claude-opus-4-5",
			semconv.UsageInputTokens: 10, "gen_ai.usage.cache_write.input_tokens": 4,
		}, want{"chat", "anthropic", "claude-opus-4-5", analysis.Usage{Status: reported, Input: known(10), CacheWrite: known(4)}}},
		// A span that another library opened and our transport wrote itself into.
		{"Joined", attrs{
			semconv.OperationName: "chat", semconv.ProviderName: "anthropic", semconv.RequestModel: "claude-opus-4-5",
			semconv.UsageInputTokens: 15, semconv.UsageOutputTokens: 7, semconv.UsageCacheReadTokens: 2,
			"gen_ai.usage.cache_write.input_tokens": 3, semconv.UsageCacheWriteTokens: 3,
			semconv.UsageStatus: semconv.StatusPartial, semconv.CallAttempts: 2,
		}, want{"chat", "anthropic", "claude-opus-4-5", analysis.Usage{
			Status: analysis.StatusPartial, Input: known(15), Output: known(7), CacheRead: known(2), CacheWrite: known(3),
		}}},
		{"ConventionsBefore", attrs{
			"gen_ai.system": "vertex_ai", semconv.RequestModel: "gemini-2.5-pro",
			"gen_ai.usage.prompt_tokens": 10, "gen_ai.usage.completion_tokens": 5,
		}, want{"", "gcp.vertex_ai", "gemini-2.5-pro", analysis.Usage{Status: reported, Input: known(10), Output: known(5)}}},
		{"CurrentBeforeOld", attrs{
			semconv.OperationName: "chat", semconv.ProviderName: "openai", "gen_ai.system": "gemini",
			semconv.UsageInputTokens: 10, "gen_ai.usage.prompt_tokens": 11,
			semconv.UsageCacheWriteTokens: 1, "gen_ai.usage.cache_write.input_tokens": 2,
		}, want{"chat", "openai", "", analysis.Usage{Status: reported, Input: known(10), CacheWrite: known(1)}}},
		{"ProviderAndModel", attrs{"gen_ai.system": "xai", semconv.RequestModel: "grok-4"}, want{"", "x_ai", "grok-4", analysis.Usage{}}},
		{
			"ProviderAndTokens",
			attrs{"gen_ai.system": "gemini", "gen_ai.usage.prompt_tokens": 10},
			want{"", "gcp.gemini", "", analysis.Usage{Status: reported, Input: known(10)}},
		},
		{"OpenLLMetry", attrs{
			"gen_ai.system": "OpenAI", "llm.request.type": "completion", semconv.RequestModel: "gpt-3.5-turbo-instruct",
			"gen_ai.usage.prompt_tokens": 10, "gen_ai.usage.completion_tokens": 5, "llm.usage.total_tokens": 15,
			"gen_ai.usage.cache_read_input_tokens": 3, "traceloop.workflow.name": "w",
		}, want{"text_completion", "openai", "gpt-3.5-turbo-instruct", analysis.Usage{
			Status: reported, Input: known(10), Output: known(5), ProviderTotal: known(15), CacheRead: known(3),
		}}},
		{"OpenInferenceLLM", attrs{
			"openinference.span.kind": "LLM", "llm.system": "vertexai", "llm.model_name": "gemini-2.5-pro",
			"llm.token_count.prompt": 10, "llm.token_count.completion": 5, "llm.token_count.total": 15,
			"llm.token_count.prompt_details.cache_read": 3, "llm.token_count.prompt_details.cache_write": 2,
			"llm.token_count.prompt_details.audio": 1, "llm.token_count.completion_details.reasoning": 4,
			"llm.token_count.completion_details.audio": 1,
		}, want{"chat", "gcp.vertex_ai", "gemini-2.5-pro", analysis.Usage{
			Status: reported, Input: known(10), Output: known(5), ProviderTotal: known(15),
			CacheRead: known(3), CacheWrite: known(2), Reasoning: known(4),
			InputBy: analysis.Modalities{Audio: known(1)}, OutputBy: analysis.Modalities{Audio: known(1)},
		}}},
		{
			"OpenInferenceEmbedding",
			attrs{"openinference.span.kind": "EMBEDDING", "embedding.model_name": "e-3"},
			want{"embeddings", "", "e-3", analysis.Usage{}},
		},
		{"VercelStep", attrs{
			"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "gemini-2.5-flash",
			"ai.model.provider": "google.generative-ai.chat", "ai.usage.promptTokens": 10, "ai.usage.completionTokens": 5,
		}, want{"chat", "gcp.gemini", "gemini-2.5-flash", analysis.Usage{Status: reported, Input: known(10), Output: known(5)}}},
		{"VercelStepNow", attrs{
			"ai.operationId": "ai.streamText.doStream", "ai.model.id": "m", "ai.model.provider": "acme.chat",
			"ai.usage.inputTokens": 10, "ai.usage.outputTokens": 5, "ai.usage.totalTokens": 15,
			"ai.usage.cachedInputTokens": 3, "ai.usage.reasoningTokens": 2,
		}, want{"chat", "acme", "m", analysis.Usage{
			Status: reported, Input: known(10), Output: known(5), ProviderTotal: known(15), CacheRead: known(3), Reasoning: known(2),
		}}},
		{
			"VercelEmbedding",
			attrs{"ai.operationId": "ai.embed.doEmbed", "ai.model.id": "e-3", "ai.usage.tokens": 7},
			want{"embeddings", "", "e-3", analysis.Usage{Status: reported, Input: known(7)}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, result := only(t, traces(t, tt.span))
			require.Equal(t, tt.want, want{call.Operation, call.Provider, call.Model(), call.Usage})
			require.Zero(t, result.Mended)
		})
	}
}

func TestDecoder_Decode_Provider(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"gcp.gemini": "gcp.gemini", "gcp.vertex_ai": "gcp.vertex_ai", "aws.bedrock": "aws.bedrock",
		"vertex_ai": "gcp.vertex_ai", "gemini": "gcp.gemini", "Gemini": "gcp.gemini", "xai": "x_ai",
		"OpenAI": "openai", "openai.responses": "openai", "anthropic.messages": "anthropic",
		"az.ai.openai": "azure.ai.openai", "My Own": "My Own",
	} {
		call, _ := only(t, traces(t, chat(attrs{semconv.ProviderName: value})))
		require.Equal(t, want, call.Provider)
	}
}

func TestDecoder_Decode_ForeignDetails(t *testing.T) {
	t.Parallel()
	call, result := only(t, traces(t, chat(attrs{
		"ai.response.msToFirstChunk": 12.5, "ai.response.finishReason": "stop", "ai.response.id": "r",
		"openai.response.service_tier": "default", "llm.is_streaming": true,
	})))
	require.Equal(t, "12.5ms", call.TimeToFirstChunk.String())
	require.Equal(t, []string{"stop"}, call.FinishReasons)
	require.Equal(t, "r", call.ResponseID)
	require.Equal(t, semconv.TierStandard, call.ServiceTier)
	require.True(t, call.Stream)
	require.Zero(t, result.Mended)
}
