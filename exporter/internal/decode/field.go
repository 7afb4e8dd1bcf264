// SPDX-License-Identifier: Apache-2.0

package decode

import "github.com/spanledger/spanledger/internal/semconv"

// field is something that is read from a span's attributes, whatever name it
// stands under.
type field uint8

const (
	fieldOperation field = iota
	fieldRequestType
	fieldAIOperation
	fieldAgentName
	fieldTraceloopKind
	fieldOpenInferenceKind
	fieldLangfuseType
	fieldMLflowType
	fieldLangSmithKind

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
	fieldFirstChunkTime
	fieldLevel

	fieldUsageStatus
	fieldLargestInput
	fieldUsageDocument
	fieldInputDetails
	fieldOutputDetails
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
// conventions, current, then next, then previous, followed by those of other
// instrumentations: OpenLLMetry (llm.usage, traceloop), OpenInference
// (llm.token_count), the Vercel AI SDK (ai), Langfuse, MLflow, LangSmith and
// variants of gen_ai that Pydantic AI, Sentry and others write.
var fieldNames = [numFields][]string{
	fieldOperation:         {semconv.OperationName},
	fieldRequestType:       {"llm.request.type"},
	fieldAIOperation:       {"ai.operationId"},
	fieldAgentName:         {"gen_ai.agent.name", "agent.name", "agent_name"},
	fieldTraceloopKind:     {"traceloop.span.kind"},
	fieldOpenInferenceKind: {"openinference.span.kind"},
	fieldLangfuseType:      {"langfuse.observation.type"},
	fieldMLflowType:        {"mlflow.spanType"},
	fieldLangSmithKind:     {"langsmith.span.kind"},

	fieldSubject: {semconv.AnalysisSubject},
	fieldUser: {
		semconv.UserID, "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id",
		"ai.telemetry.metadata.userId", "langsmith.metadata.user_id", "gen_ai.user", "llm.user",
	},
	fieldUserTier: {semconv.UserTier},
	fieldTenant:   {semconv.TenantID},
	fieldCallType: {semconv.CallType},

	fieldProvider: {
		semconv.ProviderName, "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider", "mlflow.llm.provider",
	},
	fieldRequestModel: {
		semconv.RequestModel, "llm.request.model_name", "llm.request.model", "llm.model_name",
		"embedding.model_name", "ai.model.id", "langfuse.observation.model.name", "mlflow.llm.model",
	},
	fieldResponseModel: {semconv.ResponseModel, "llm.response.model_name", "llm.response.model", "ai.response.model"},
	fieldResponseID:    {semconv.ResponseID, "ai.response.id"},
	fieldServiceTier: {
		semconv.ServiceTier, "openai.response.service_tier", "gen_ai.openai.response.service_tier",
		"anthropic.response.service_tier", "gen_ai.response.service_tier",
	},
	fieldFinishReasons: {
		semconv.ResponseFinishReasons, "gen_ai.response.finish_reason", "gen_ai.response.stop_reason",
		"llm.response.finish_reason", "llm.response.stop_reason", "llm.finish_reason", "ai.response.finishReason",
		"anthropic.message.stop_reason",
	},
	fieldStream: {
		semconv.RequestStream,
		"gen_ai.is_streaming",
		"llm.is_streaming",
		"gen_ai.response.streaming",
	},
	fieldAttempts:         {semconv.CallAttempts},
	fieldErrorType:        {semconv.ErrorType},
	fieldFirstChunk:       {semconv.ResponseTimeToFirstChunk, "gen_ai.client.operation.time_to_first_chunk"},
	fieldFirstChunkMillis: {"ai.response.msToFirstChunk"},
	fieldFirstChunkTime:   {"langfuse.observation.completion_start_time"},
	fieldLevel:            {"langfuse.observation.level"},

	fieldUsageStatus:   {semconv.UsageStatus},
	fieldLargestInput:  {semconv.UsageLargestInput},
	fieldUsageDocument: {"langfuse.observation.usage_details", "mlflow.chat.tokenUsage", "langsmith.usage_metadata"},
	fieldInputDetails:  {"gen_ai.usage.input_token_details"},
	fieldOutputDetails: {"gen_ai.usage.output_token_details"},
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
		semconv.UsageCacheReadTokens, "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_read_tokens",
		"gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens",
		"gen_ai.usage.input_tokens.cached", "llm.usage.cache_read_input_tokens",
		"llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input",
		"ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens",
	},
	fieldCacheWrite: {
		semconv.UsageCacheWriteTokens, semconv.LatestUsageCacheWriteTokens,
		"gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_tokens",
		"gen_ai.usage.details.cache_write_tokens", "gen_ai.usage.details.cache_creation_input_tokens",
		"gen_ai.usage.input_tokens.cache_write", "llm.usage.cache_creation_input_tokens",
		"llm.token_count.prompt_details.cache_write", "ai.usage.inputTokenDetails.cacheWriteTokens",
	},
	fieldReasoning: {
		semconv.UsageReasoningTokens, "gen_ai.usage.reasoning_tokens", "gen_ai.usage.details.reasoning_tokens",
		"gen_ai.usage.output_tokens.reasoning", "llm.usage.reasoning_tokens",
		"llm.token_count.completion_details.reasoning", "ai.usage.outputTokenDetails.reasoningTokens",
		"ai.usage.reasoningTokens",
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
