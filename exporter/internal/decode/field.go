// SPDX-License-Identifier: Apache-2.0

package decode

import "github.com/spanledger/spanledger/internal/semconv"

// field is something that is read from a span's attributes, whatever name it
// stands under.
type field uint8

const (
	fieldOperation field = iota
	fieldRequestType
	fieldOpenInferenceKind
	fieldTraceloopKind
	fieldAIOperation
	fieldAgentName

	fieldSubject
	fieldUser
	fieldUserTier
	fieldTenant
	fieldCallType

	fieldProvider
	fieldRequestModel
	fieldResponseModel
	fieldResponseID
	fieldServiceTier
	fieldFinishReasons
	fieldStream
	fieldAttempts
	fieldErrorType
	fieldFirstChunk
	fieldFirstChunkMillis

	fieldUsageStatus
	fieldLargestInput
	fieldInput
	fieldOutput
	fieldTotal
	fieldCacheRead
	fieldCacheWrite
	fieldReasoning
	fieldToolUse
	fieldTextInput
	fieldTextOutput
	fieldImageInput
	fieldImageOutput
	fieldAudioInput
	fieldAudioOutput
	fieldVideoInput
	fieldVideoOutput

	fieldAnalysisCalls
	fieldAnalysisInput
	fieldAnalysisOutput

	numFields
	// fieldNone is the field of a name that only the analysis id is read from.
	fieldNone = numFields
)

// fieldNames lists the names that each field is read from; where a span has
// several of them, the first in the list counts. They are ours, those of the GenAI
// conventions, current, then next, then previous, followed by those of
// OpenLLMetry (llm.usage, traceloop), OpenInference (llm.token_count) and the
// Vercel AI SDK (ai).
var fieldNames = [numFields][]string{
	fieldOperation:         {semconv.OperationName},
	fieldRequestType:       {"llm.request.type"},
	fieldOpenInferenceKind: {"openinference.span.kind"},
	fieldTraceloopKind:     {"traceloop.span.kind"},
	fieldAIOperation:       {"ai.operationId"},
	fieldAgentName:         {"gen_ai.agent.name"},

	fieldSubject:  {semconv.AnalysisSubject},
	fieldUser:     {semconv.UserID, "enduser.id", "langfuse.user.id"},
	fieldUserTier: {semconv.UserTier},
	fieldTenant:   {semconv.TenantID},
	fieldCallType: {semconv.CallType},

	fieldProvider: {semconv.ProviderName, "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider"},
	fieldRequestModel: {
		semconv.RequestModel, "llm.request.model_name", "llm.request.model", "llm.model_name",
		"embedding.model_name", "ai.model.id",
	},
	fieldResponseModel: {semconv.ResponseModel, "llm.response.model_name", "llm.response.model", "ai.response.model"},
	fieldResponseID:    {semconv.ResponseID, "ai.response.id"},
	fieldServiceTier: {
		semconv.ServiceTier, "openai.response.service_tier", "gen_ai.openai.response.service_tier",
		"anthropic.response.service_tier",
	},
	fieldFinishReasons: {
		semconv.ResponseFinishReasons, "ai.response.finishReason", "anthropic.message.stop_reason",
	},
	fieldStream:           {semconv.RequestStream, "llm.is_streaming"},
	fieldAttempts:         {semconv.CallAttempts},
	fieldErrorType:        {semconv.ErrorType},
	fieldFirstChunk:       {semconv.ResponseTimeToFirstChunk},
	fieldFirstChunkMillis: {"ai.response.msToFirstChunk"},

	fieldUsageStatus:  {semconv.UsageStatus},
	fieldLargestInput: {semconv.UsageLargestInput},
	fieldInput: {
		semconv.UsageInput, semconv.UsageInputTokens, "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
		"llm.token_count.prompt", "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens",
	},
	fieldOutput: {
		semconv.UsageOutput, semconv.UsageOutputTokens, "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
		"llm.token_count.completion", "ai.usage.outputTokens", "ai.usage.completionTokens",
	},
	fieldTotal: {
		semconv.UsageTotal, "gen_ai.usage.total_tokens", "llm.usage.total_tokens",
		"llm.token_count.total", "ai.usage.totalTokens",
	},
	fieldCacheRead: {
		semconv.UsageCacheReadTokens, "gen_ai.usage.cache_read_input_tokens",
		"llm.token_count.prompt_details.cache_read", "ai.usage.cachedInputTokens",
	},
	fieldCacheWrite: {
		semconv.UsageCacheWriteTokens, "gen_ai.usage.cache_write.input_tokens",
		"gen_ai.usage.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write",
	},
	fieldReasoning: {
		semconv.UsageReasoningTokens, "gen_ai.usage.reasoning_tokens",
		"llm.token_count.completion_details.reasoning", "ai.usage.reasoningTokens",
	},
	fieldToolUse:     {semconv.UsageToolUse},
	fieldTextInput:   {semconv.UsageTextInputTokens},
	fieldTextOutput:  {semconv.UsageTextOutputTokens},
	fieldImageInput:  {semconv.UsageImageInputTokens},
	fieldImageOutput: {semconv.UsageImageOutputTokens},
	fieldAudioInput:  {semconv.UsageAudioInputTokens, "llm.token_count.prompt_details.audio"},
	fieldAudioOutput: {semconv.UsageAudioOutputTokens, "llm.token_count.completion_details.audio"},
	fieldVideoInput:  {semconv.UsageVideoInputTokens},
	fieldVideoOutput: {semconv.UsageVideoOutputTokens},

	fieldAnalysisCalls:  {semconv.AnalysisCalls},
	fieldAnalysisInput:  {semconv.AnalysisInputTokens},
	fieldAnalysisOutput: {semconv.AnalysisOutputTokens},
}
