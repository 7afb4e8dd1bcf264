// SPDX-License-Identifier: Apache-2.0

package semconv

// Attributes of one Call, as the GenAI conventions name them.
const (
	OperationName = "gen_ai.operation.name"
	ProviderName  = "gen_ai.provider.name"

	RequestModel            = "gen_ai.request.model"
	RequestStream           = "gen_ai.request.stream"
	RequestTemperature      = "gen_ai.request.temperature"
	RequestTopP             = "gen_ai.request.top_p"
	RequestTopK             = "gen_ai.request.top_k"
	RequestMaxTokens        = "gen_ai.request.max_tokens"
	RequestSeed             = "gen_ai.request.seed"
	RequestChoiceCount      = "gen_ai.request.choice.count"
	RequestStopSequences    = "gen_ai.request.stop_sequences"
	RequestFrequencyPenalty = "gen_ai.request.frequency_penalty"
	RequestPresencePenalty  = "gen_ai.request.presence_penalty"
	OutputType              = "gen_ai.output.type"
	ConversationID          = "gen_ai.conversation.id"

	ResponseID               = "gen_ai.response.id"
	ResponseModel            = "gen_ai.response.model"
	ResponseFinishReasons    = "gen_ai.response.finish_reasons"
	ResponseTimeToFirstChunk = "gen_ai.response.time_to_first_chunk"

	ServerAddress = "server.address"
	ServerPort    = "server.port"
	ErrorType     = "error.type"
	UserID        = "user.id"
)

// Token counts of one Call. Input includes what was read from and written to
// the cache; output includes reasoning; modalities are parts of either.
const (
	UsageInputTokens      = "gen_ai.usage.input_tokens"
	UsageOutputTokens     = "gen_ai.usage.output_tokens"
	UsageCacheReadTokens  = "gen_ai.usage.cache_read.input_tokens"
	UsageCacheWriteTokens = "gen_ai.usage.cache_creation.input_tokens"
	UsageReasoningTokens  = "gen_ai.usage.reasoning.output_tokens"

	UsageTextInputTokens   = "gen_ai.usage.text.input_tokens"
	UsageTextOutputTokens  = "gen_ai.usage.text.output_tokens"
	UsageImageInputTokens  = "gen_ai.usage.image.input_tokens"
	UsageImageOutputTokens = "gen_ai.usage.image.output_tokens"
	UsageAudioInputTokens  = "gen_ai.usage.audio.input_tokens"
	UsageAudioOutputTokens = "gen_ai.usage.audio.output_tokens"
	UsageVideoInputTokens  = "gen_ai.usage.video.input_tokens"
	UsageVideoOutputTokens = "gen_ai.usage.video.output_tokens"

	// LatestUsageCacheWriteTokens is what the conventions that follow release
	// 1.41 call UsageCacheWriteTokens.
	LatestUsageCacheWriteTokens = "gen_ai.usage.cache_write.input_tokens"
)

// Our own attributes of one Call.
const (
	AnalysisID      = "spanledger.analysis.id"
	AnalysisSubject = "spanledger.analysis.subject"
	UserTier        = "spanledger.user.tier"
	TenantID        = "spanledger.tenant.id"
	CallType        = "spanledger.call.type"
	CallAttempts    = "spanledger.call.attempts"
	CallOutcome     = "spanledger.call.outcome"
	UsageStatus     = "spanledger.usage.status"
	UsageTotal      = "spanledger.usage.total_tokens"
	UsageToolUse    = "spanledger.usage.tool_use.input_tokens"
	// UsageLargestInput is the input of the largest of several requests.
	UsageLargestInput = "spanledger.usage.largest_request.input_tokens"
	ServiceTier       = "spanledger.service.tier"

	// In another library's span, which may write its own counts over those of
	// the conventions.
	UsageInput  = "spanledger.usage.input_tokens"
	UsageOutput = "spanledger.usage.output_tokens"
)

// What was said in one Call, as JSON in the form of the conventions: only where
// the application asks for it. ContentCut lists those that are not whole.
const (
	SystemInstructions = "gen_ai.system_instructions"
	InputMessages      = "gen_ai.input.messages"
	OutputMessages     = "gen_ai.output.messages"
	ToolDefinitions    = "gen_ai.tool.definitions"
	ContentCut         = "spanledger.content.cut"
)

// The analysis span and what only it carries: what the process saw, so that
// a reader can tell a complete analysis from one that lost a span.
const (
	AnalysisSpanName     = "analysis"
	AnalysisCalls        = "spanledger.analysis.calls"
	AnalysisInputTokens  = "spanledger.analysis.input_tokens"
	AnalysisOutputTokens = "spanledger.analysis.output_tokens"
)
