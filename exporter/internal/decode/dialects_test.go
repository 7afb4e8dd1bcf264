// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// TestDecoder_Decode_Dialects has the spans of calls as libraries write them
// that do not follow the conventions, or not in all.
func TestDecoder_Decode_Dialects(t *testing.T) {
	t.Parallel()
	known, reported := analysis.Known, analysis.StatusReported
	for _, tt := range []struct {
		name                       string
		span                       attrs
		operation, provider, model string
		usage                      analysis.Usage
		mended                     [decode.NumMends]int
	}{
		{
			name: "LangfusePythonOpenAI", span: attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-5",
				"langfuse.observation.usage_details": `{"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
					"prompt_tokens_details": {"cached_tokens": 40, "audio_tokens": 3, "other": null},
					"completion_tokens_details": {"reasoning_tokens": 20, "audio_tokens": 1}}`,
				"langfuse.observation.cost_details": `{"total": 0.1}`, "user.id": "u", "session.id": "s",
			},
			operation: "chat", model: "gpt-5", usage: analysis.Usage{
				Status: reported, Input: known(100), Output: known(50), ProviderTotal: known(150), CacheRead: known(40),
				Reasoning: known(20), InputBy: analysis.Modalities{Audio: known(3)}, OutputBy: analysis.Modalities{Audio: known(1)},
			},
		},
		{ // which has taken the parts out
			name: "LangfuseJavaScriptOpenAI", span: attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-5",
				"langfuse.observation.usage_details": `{"input":57,"output":30,"total":150,"input_cached_tokens":40,"input_audio_tokens":3,` +
					`"output_reasoning_tokens":20,"output_accepted_prediction_tokens":0}`,
			},
			operation: "chat", model: "gpt-5", usage: analysis.Usage{
				Status: reported, Input: known(100), Output: known(50), ProviderTotal: known(150), CacheRead: known(40),
				Reasoning: known(20), InputBy: analysis.Modalities{Audio: known(3)},
			},
		},
		{
			name: "LangfuseWithoutTotal", span: attrs{
				"langfuse.observation.type": "generation", "gen_ai.request.model": "claude-opus-4-5",
				"langfuse.observation.usage_details": `{"input":60,"output":30,"cache_read_input_tokens":40,` +
					`"input_cache_creation_5m":2,"input_cache_creation_1h":3}`,
			},
			operation: "chat", model: "claude-opus-4-5", usage: analysis.Usage{
				Status: reported, Input: known(105), Output: known(30), CacheRead: known(40), CacheWrite: known(5),
			},
		},
		{
			name: "LangfuseThoughtsBesideOutput", span: attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gemini-2.5-pro",
				"langfuse.observation.usage_details": `{"prompt_token_count":60,"candidates_token_count":30,"thoughts_token_count":12,` +
					`"cached_content_token_count":50,"total_token_count":102}`,
			},
			operation: "chat", model: "gemini-2.5-pro", usage: analysis.Usage{
				Status: reported, Input: known(60), Output: known(42), ProviderTotal: known(102), CacheRead: known(50), Reasoning: known(12),
			},
		},
		{
			name: "LangfuseEmbedding", span: attrs{
				"langfuse.observation.type": "embedding", "langfuse.observation.model.name": "e-3",
				"langfuse.observation.usage_details": `{"input":7.0}`,
			},
			operation: "embeddings", model: "e-3", usage: analysis.Usage{Status: reported, Input: known(7)},
			mended: mended(decode.MendRetyped),
		},
		{ // before version 3.4
			name: "LangfuseUpdatedSpan", span: attrs{
				"langfuse.observation.type": "span", "langfuse.observation.model.name": "gpt-5",
				"langfuse.observation.usage_details": `{"input":"7","output":2}`,
			},
			model: "gpt-5", usage: analysis.Usage{Status: reported, Input: known(7), Output: known(2)},
			mended: mended(decode.MendRetyped),
		},
		{ // the counts of the conventions are read alone
			name: "LangfuseBesideConventions", span: attrs{
				"langfuse.observation.type": "generation", "gen_ai.operation.name": "something", "gen_ai.usage.input_tokens": 9,
				"langfuse.observation.usage_details": `{"input":7,"output":2}`,
			},
			operation: "chat", usage: analysis.Usage{Status: reported, Input: known(9)},
		},
		{
			name: "MLflow", span: attrs{
				"mlflow.spanType": `"CHAT_MODEL"`, "mlflow.llm.model": `"gpt-5"`, "mlflow.llm.provider": `"openai"`,
				"mlflow.chat.tokenUsage": `{"input_tokens": 60, "output_tokens": 30, "total_tokens": 90, "cache_read_input_tokens": 40}`,
			},
			operation: "chat", provider: "openai", model: "gpt-5", usage: analysis.Usage{
				Status: reported, Input: known(60), Output: known(30), ProviderTotal: known(90), CacheRead: known(40),
			},
		},
		{
			name: "MLflowAsMap", span: attrs{
				"mlflow.spanType": "LLM", "mlflow.chat.tokenUsage": map[string]any{
					"input_tokens": 60, "output_tokens": 30, "input_token_details": map[string]any{"cache_read": 40, "audio": 1},
					"others": map[string]any{"cache_read": 1},
				},
			},
			operation: "chat", usage: analysis.Usage{
				Status: reported, Input: known(60), Output: known(30), CacheRead: known(40), InputBy: analysis.Modalities{Audio: known(1)},
			},
		},
		{
			name: "LangSmith", span: attrs{
				"langsmith.span.kind": "llm", "gen_ai.operation.name": "chat", "gen_ai.system": "anthropic",
				"gen_ai.request.model": "claude-opus-4-5", "gen_ai.usage.input_tokens": 60, "gen_ai.usage.output_tokens": 30,
				"gen_ai.usage.total_tokens": 90, "gen_ai.usage.input_token_details": `{"cache_read":40,"cache_creation":2}`,
				"gen_ai.usage.output_token_details": `{"reasoning":4,"audio":1}`,
			},
			operation: "chat", provider: "anthropic", model: "claude-opus-4-5", usage: analysis.Usage{
				Status: reported, Input: known(60), Output: known(30), ProviderTotal: known(90), CacheRead: known(40),
				CacheWrite: known(2), Reasoning: known(4), OutputBy: analysis.Modalities{Audio: known(1)},
			},
		},
		{
			name: "LangSmithVoice", span: attrs{
				"langsmith.span.kind": "llm", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-realtime",
				"langsmith.usage_metadata": `{"input_tokens":60,"output_tokens":30,"total_tokens":90,` +
					`"input_token_details":{"cache_read":40,"audio":50},"output_token_details":{"reasoning":4}}`,
			},
			operation: "chat", provider: "openai", model: "gpt-realtime", usage: analysis.Usage{
				Status: reported, Input: known(60), Output: known(30), ProviderTotal: known(90), CacheRead: known(40),
				Reasoning: known(4), InputBy: analysis.Modalities{Audio: known(50)},
			},
		},
		{
			name: "SemanticKernel", span: attrs{
				"gen_ai.operation.name": "chat.streaming_completions", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5",
				"gen_ai.usage.prompt_tokens": 60, "gen_ai.usage.completion_tokens": 30, "gen_ai.response.finish_reason": "FinishReason.STOP",
			},
			operation: "chat", provider: "openai", model: "gpt-5",
			usage: analysis.Usage{Status: reported, Input: known(60), Output: known(30)},
		},
		{ // Micrometer writes text only
			name: "SpringAI", span: attrs{
				"gen_ai.operation.name": "embedding", "gen_ai.system": "vertex_ai", "gen_ai.request.model": "e-3",
				"gen_ai.usage.input_tokens": "60", "gen_ai.usage.total_tokens": "60",
			},
			operation: "embeddings", provider: "gcp.vertex_ai", model: "e-3", mended: mended(decode.MendRetyped),
			usage: analysis.Usage{Status: reported, Input: known(60), ProviderTotal: known(60)},
		},
		{
			name: "LiteLLM", span: attrs{
				"llm.request.type": "chat", "gen_ai.system": "azure_ai", "gen_ai.request.model": "mistral-large",
				"llm.is_streaming": "False", "gen_ai.usage.total_tokens": 90, "gen_ai.usage.input_tokens": 60,
				"gen_ai.usage.output_tokens": 30, "gen_ai.cost.total_cost": 0.1,
			},
			operation: "chat", provider: "azure.ai.inference", model: "mistral-large", mended: mended(decode.MendRetyped),
			usage: analysis.Usage{Status: reported, Input: known(60), Output: known(30), ProviderTotal: known(90)},
		},
		{
			name: "ADKForPython", span: attrs{
				"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2.5-flash",
				"gcp.vertex.agent.llm_request": "never read", "gen_ai.usage.input_tokens": 60, "gen_ai.usage.output_tokens": 30,
			},
			provider: "gcp.gen_ai", model: "gemini-2.5-flash",
			usage: analysis.Usage{Status: reported, Input: known(60), Output: known(30)},
		},
		{
			name: "PydanticAI", span: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.agent.name": "a", "gen_ai.provider.name": "google", "gen_ai.request.model": "m",
				"gen_ai.usage.input_tokens": 60, "gen_ai.usage.output_tokens": 30, "operation.cost": 0.1,
				"gen_ai.usage.details.cache_read_tokens": 40, "gen_ai.usage.details.cache_write_tokens": 1,
				"gen_ai.usage.details.reasoning_tokens": 4,
			},
			operation: "chat", provider: "gcp.gen_ai", model: "m", usage: analysis.Usage{
				Status: reported, Input: known(60), Output: known(30), CacheRead: known(40), CacheWrite: known(1), Reasoning: known(4),
			},
		},
		{
			name: "VercelSix", span: attrs{
				"ai.operationId": "ai.generateObject.doGenerate", "ai.model.id": "claude-opus-4-5", "ai.model.provider": "amazon-bedrock",
				"gen_ai.system": "amazon-bedrock", "gen_ai.request.model": "claude-opus-4-5",
				"gen_ai.usage.input_tokens": 60, "gen_ai.usage.output_tokens": 30, "ai.usage.inputTokens": 60, "ai.usage.outputTokens": 30,
				"ai.usage.inputTokenDetails.noCacheTokens": 10, "ai.usage.inputTokenDetails.cacheReadTokens": 40,
				"ai.usage.inputTokenDetails.cacheWriteTokens": 10, "ai.usage.outputTokenDetails.reasoningTokens": 4,
			},
			operation: "chat", provider: "aws.bedrock", model: "claude-opus-4-5", usage: analysis.Usage{
				Status: reported, Input: known(60), Output: known(30), CacheRead: known(40), CacheWrite: known(10), Reasoning: known(4),
			},
		},
		{
			name: "OpenInferenceOfOld", span: attrs{
				"openinference.span.kind": "LLM", "llm.provider": "xai", "llm.model_name": "grok-4",
				"llm.token_count.prompt": 60, "llm.token_count.prompt_details.cache_input": 40, "llm.cost.total": 0.1,
			},
			operation: "chat", provider: "x_ai", model: "grok-4",
			usage: analysis.Usage{Status: reported, Input: known(60), CacheRead: known(40)},
		},
		{
			name: "Sentry", span: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 60,
				"gen_ai.usage.input_tokens.cached": 40, "gen_ai.usage.output_tokens": 30, "gen_ai.usage.output_tokens.reasoning": 4,
			},
			operation: "chat", model: "m", usage: analysis.Usage{
				Status: reported, Input: known(60), Output: known(30), CacheRead: known(40), Reasoning: known(4),
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, result := only(t, traces(t, tt.span))
			require.Equal(t, tt.operation, call.Operation)
			require.Equal(t, tt.provider, call.Provider)
			require.Equal(t, tt.model, call.Model())
			require.Equal(t, tt.usage, call.Usage)
			require.Equal(t, tt.mended, result.Mended)
		})
	}
}

// TestDecoder_Decode_DialectsIgnored has spans that stand around calls, with
// all that a call has.
func TestDecoder_Decode_DialectsIgnored(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]attrs{
		"LangfuseAgent":     {"langfuse.observation.type": "agent"},
		"LangfuseChain":     {"langfuse.observation.type": "chain"},
		"LangfuseSpan":      {"langfuse.observation.type": "span"},
		"LangfuseTool":      {"langfuse.observation.type": "tool"},
		"LangfuseEvent":     {"langfuse.observation.type": "event"},
		"LangfuseRetriever": {"langfuse.observation.type": "retriever"},
		"LangfuseEvaluator": {"langfuse.observation.type": "evaluator"},
		"LangfuseGuardrail": {"langfuse.observation.type": "guardrail"},
		"MLflowAgent":       {"mlflow.spanType": `"AGENT"`, "mlflow.chat.tokenUsage": `{"input_tokens": 60}`},
		"LangSmithChain":    {"langsmith.span.kind": "chain"},
		"LangSmithTool":     {"langsmith.span.kind": "tool"},
		"Traceloop":         {"traceloop.span.kind": "task"},
		"VercelRoot":        {"ai.operationId": "ai.embedMany"},
		"VercelRerank":      {"ai.operationId": "ai.rerank.doRerank"},
		"VercelTool":        {"ai.operationId": "ai.toolCall"},
		"VercelSevenStep":   {"gen_ai.operation.name": "agent_step", "ai.usage.outputTokenDetails.reasoningTokens": 4},
		"SpringChatClient":  {"gen_ai.operation.name": "framework"},
		"OpenLLMetryRerank": {"llm.request.type": "rerank", "gen_ai.operation.name": nil},
		"PydanticAgent":     {"gen_ai.operation.name": "invoke_agent", "gen_ai.aggregated_usage.input_tokens": 60},
		"PydanticAgentOfOld": {
			"agent_name": "a", "model_name": "m", "gen_ai.operation.name": nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, decode.Result{Spans: 1, Ignored: 1}, decode.New(defaults()).Decode(traces(t, chat(a))))
		})
	}
	t.Run("LiteLLMRaw", func(t *testing.T) {
		t.Parallel()
		raw := attrs{"llm.openai.model": "gpt-5", "llm.openai.messages": "[]", "llm.openai.usage": "{}"}
		require.Equal(t, decode.Result{Spans: 1, Ignored: 1}, decode.New(defaults()).Decode(traces(t, raw)))
	})
}

func TestDecoder_Decode_DialectDetails(t *testing.T) {
	t.Parallel()
	t.Run("Langfuse", func(t *testing.T) {
		t.Parallel()
		call, result := only(t, traces(t, attrs{
			"langfuse.observation.type":  "generation",
			"langfuse.observation.level": "ERROR",
			"langfuse.observation.completion_start_time": `"` + start.Add(250*time.Millisecond).
				Format(time.RFC3339Nano) +
				`"`,
		}))
		require.Equal(t, 250*time.Millisecond, call.TimeToFirstChunk)
		require.Equal(t, semconv.ErrorTypeOther, call.ErrorType)
		require.Zero(t, result.Mended)
	})
	for at, want := range map[string]decode.Mend{
		"soon":                             decode.MendWrongType,
		start.Add(-1).Format(time.RFC3339): decode.MendTime,
		start.AddDate(1, 0, 0).Format("2006-01-02T15:04:05Z07:00"): decode.MendTime,
	} {
		call, result := only(t, traces(t, chat(attrs{"langfuse.observation.completion_start_time": at})))
		require.Zero(t, call.TimeToFirstChunk)
		require.Equal(t, mended(want), result.Mended)
	}
	for text, want := range map[string][]string{
		`["STOP", "length"]`: {"STOP", "length"},
		"[\n  \"stop\"\n]":   {"stop"},
		`[]`:                 nil,
		`["a" "b"]`:          {`["a" "b"]`},
		`["a", 1]`:           {`["a", 1]`},
		`["a"] b`:            {`["a"] b`},
		`["a`:                {`["a`},
		`stop`:               {"stop"},
	} {
		call, _ := only(t, traces(t, chat(attrs{semconv.ResponseFinishReasons: text})))
		require.Equal(t, want, call.FinishReasons)
	}
}

// TestDecoder_Decode_UsageDocument has documents that are hostile or broken:
// what cannot be read is unknown, and mended.
func TestDecoder_Decode_UsageDocument(t *testing.T) {
	t.Parallel()
	known := analysis.Known
	for _, tt := range []struct {
		name, text    string
		input, output analysis.Count
		mended        [decode.NumMends]int
	}{
		{"Empty", `{}`, analysis.Count{}, analysis.Count{}, mended()},
		{"Spaces", "\t{ \"input\" :\r\n 7 , \"output\" : 2 } ", known(7), known(2), mended()},
		{
			"OtherMembers", `{"a":[1,{"input":9},"]"],"b":{"c":{"output":9}},"d":true,"input":7,"e":"\"}","output":null}`,
			known(7),
			analysis.Count{},
			mended(),
		},
		{"OnlyParts", `{"cache_read_input_tokens":7}`, known(7), analysis.Count{}, mended()},
		{"PartBeyondWhole", `{"prompt_tokens":7,"cached_tokens":9,"total_tokens":7}`, known(16), analysis.Count{}, mended()},
		{
			"PartsOfOutputAlone", `{"input_tokens":7,"cached_tokens":3,"output_tokens":5,"reasoning_tokens":4,"total_tokens":16}`,
			known(7), known(9), mended(),
		},
		{
			"PartsOfInputAlone", `{"input_tokens":7,"cached_tokens":3,"output_tokens":5,"reasoning_tokens":4,"total_tokens":15}`,
			known(10), known(5), mended(),
		},
		{"Negative", `{"input":-7,"output":2}`, analysis.Count{}, known(2), mended(decode.MendCount)},
		{"Fraction", `{"input":7.5,"output":2}`, analysis.Count{}, known(2), mended(decode.MendWrongType)},
		{"Huge", `{"input":1e300,"output":99999999999999999999}`, analysis.Count{}, analysis.Count{}, mended(decode.MendCount)},
		{"SumTooLarge", `{"input":1000000000000,"input_cached_tokens":1000000000000}`, analysis.Count{}, analysis.Count{}, mended(decode.MendCount)},
		{"Words", `{"input":"many"}`, analysis.Count{}, analysis.Count{}, mended(decode.MendRetyped, decode.MendWrongType)},
		{"NoObject", `[7]`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"CutKey", `{"inp`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"CutEscape", `{"inp\`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"CutValue", `{"input":`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"CutNumber", `{"input":7`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"CutList", `{"a":[{"input":7}`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"CutText", `{"a":["b`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"CutDetails", `{"input_token_details":{"cache_read":7`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"Behind", `{"input":7} 8`, analysis.Count{}, analysis.Count{}, mended(decode.MendWrongType)},
		{"TooLong", `{"input":7` + strings.Repeat(" ", decode.MaxDocumentBytes) + `}`, analysis.Count{}, analysis.Count{}, mended(decode.MendLength)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, result := only(t, traces(t, attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.usage_details": tt.text,
			}))
			require.Equal(t, tt.input, call.Usage.Input)
			require.Equal(t, tt.output, call.Usage.Output)
			require.Equal(t, tt.mended, result.Mended)
		})
	}
	call, result := only(t, traces(t, attrs{"langfuse.observation.type": "generation", "mlflow.chat.tokenUsage": 7}))
	require.Equal(t, analysis.Usage{}, call.Usage)
	require.Equal(t, mended(decode.MendWrongType), result.Mended)
}

// TestDecoder_Decode_LeftOut has counts of instrumentations that do not count
// cached tokens, or thoughts, within the whole as the conventions do.
func TestDecoder_Decode_LeftOut(t *testing.T) {
	t.Parallel()
	const total, reasoning = "gen_ai.usage.total_tokens", "gen_ai.usage.reasoning_tokens"
	const read, write = "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_creation_input_tokens"
	left := mended(decode.MendWhole)
	for _, tt := range []struct { // input is 10 and output 5
		name          string
		changes       attrs
		input, output int64
		mended        [decode.NumMends]int
	}{
		{"Within", attrs{read: 6, write: 4, reasoning: 5}, 10, 5, mended()},
		{"WithinByTotal", attrs{read: 6, reasoning: 2, total: 15}, 10, 5, mended()},
		{"TotalOfSomethingElse", attrs{read: 6, reasoning: 2, total: 99}, 10, 5, mended()},
		{"MoreCachedThanAll", attrs{read: 8, write: 3}, 21, 5, left},
		{"MoreThoughtThanAll", attrs{reasoning: 6}, 10, 11, left},
		{"InputByTotal", attrs{read: 6, reasoning: 2, total: 21}, 16, 5, left},
		{"OutputByTotal", attrs{read: 6, reasoning: 2, total: 17}, 10, 7, left},
		{"BothByTotal", attrs{read: 6, reasoning: 2, total: 23}, 16, 7, left},
		{"OurStatus", attrs{read: 11, semconv.UsageStatus: semconv.StatusReported}, 10, 5, mended()},
		{"NoPart", attrs{read: 0, reasoning: 0, total: 15}, 10, 5, mended()},
		{"TooMuch", attrs{read: decode.MaxCount}, 0, 5, mended(decode.MendWhole, decode.MendCount)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			call, result := only(t, traces(t, chat(tt.changes)))
			require.Equal(t, tt.input, call.Usage.Input.OrZero())
			require.Equal(t, tt.output, call.Usage.Output.OrZero())
			require.Equal(t, tt.mended, result.Mended)
		})
	}
	ours := traces(t, chat(attrs{read: 11}))
	ours.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName(semconv.Scope)
	call, _ := only(t, ours)
	require.Equal(t, analysis.Known(10), call.Usage.Input, "ours is not put right")
}

// TestDecoder_Decode_Leaf: only our own instrumentation makes sure that no
// other of its spans stands for the same call.
func TestDecoder_Decode_Leaf(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]bool{
		semconv.Scope: true, semconv.Scope + "/otelsetup": false, "ai": false, "": false,
	} {
		td := traces(t, chat(nil))
		td.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName(scope)
		call, _ := only(t, td)
		require.Equal(t, want, call.Leaf, scope)
	}
}

// TestDecoder_Release: memory that is used again shows nothing of the batch
// before.
func TestDecoder_Release(t *testing.T) {
	t.Parallel()
	decoder := decode.New(defaults())
	sparse := traces(
		t,
		attrs{"gen_ai.system": "openai", "gen_ai.request.model": "m"},
		func(s ptrace.Span) { s.SetParentSpanID([8]byte{}) },
	)
	want := decoder.Decode(sparse)
	kept := decoder.Decode(callTraces(100))
	reasons := kept.Calls[99].FinishReasons
	decoder.Release(&kept)
	require.Nil(t, kept.Calls)
	for range 3 {
		got := decoder.Decode(sparse)
		require.Equal(t, want, got)
		decoder.Release(&got)
	}
	require.Equal(t, []string{"stop"}, reasons)
	decoder.Release(&decode.Result{})
}
