// SPDX-License-Identifier: Apache-2.0

package semconv

// Values of gen_ai.operation.name.
const (
	OperationGenerateContent = "generate_content"
	OperationChat            = "chat"
	OperationTextCompletion  = "text_completion"
	OperationEmbeddings      = "embeddings"
	OperationInvokeAgent     = "invoke_agent"
	OperationInvokeWorkflow  = "invoke_workflow"
	OperationCreateAgent     = "create_agent"
	OperationExecuteTool     = "execute_tool"
)

// Values of gen_ai.provider.name that our own code names.
const (
	ProviderGemini    = "gcp.gemini"
	ProviderVertexAI  = "gcp.vertex_ai"
	ProviderGoogle    = "gcp.gen_ai"
	ProviderOpenAI    = "openai"
	ProviderAnthropic = "anthropic"

	ProviderAzureOpenAI    = "azure.ai.openai"
	ProviderAzureInference = "azure.ai.inference"
	ProviderBedrock        = "aws.bedrock"
	ProviderCohere         = "cohere"
	ProviderDeepSeek       = "deepseek"
	ProviderGroq           = "groq"
	ProviderMistral        = "mistral_ai"
	ProviderPerplexity     = "perplexity"
	ProviderWatsonx        = "ibm.watsonx.ai"
	ProviderXAI            = "x_ai"
	// ProviderOpenRouter is no name of the conventions, which allow others.
	ProviderOpenRouter = "openrouter"
)

// Values of spanledger.usage.status.
const (
	StatusReported  = "reported"
	StatusPartial   = "partial"
	StatusEstimated = "estimated"
	StatusUnknown   = "unknown"
)

// Values of spanledger.call.outcome.
const (
	OutcomeOK    = "ok"
	OutcomeError = "error"
)

// Values of gen_ai.token.type.
const (
	TokenTypeInput  = "input"
	TokenTypeOutput = "output"
)

// Values of gen_ai.token.modality; video is our own.
const (
	ModalityText    = "text"
	ModalityImage   = "image"
	ModalityAudio   = "audio"
	ModalityVideo   = "video"
	ModalityUnknown = "unknown"
)

// OptInLatest is a value of OTEL_SEMCONV_STABILITY_OPT_IN, which is a list
// with commas between.
const OptInLatest = "gen_ai_latest_experimental"

// AnalysisIDOther stands in spanledger.analysis.id for analyses whose counters
// nobody collected in time.
const AnalysisIDOther = "_OTHER"

// Values of spanledger.service.tier.
const (
	TierStandard    = "standard"
	TierFlex        = "flex"
	TierBatch       = "batch"
	TierPriority    = "priority"
	TierProvisioned = "provisioned"
)

// Values of spanledger.call.type that are inferred from the request when the
// application names none.
const (
	CallTypeLLM              = "call_llm"
	CallTypeLLMCodeExecution = "call_llm_with_code_execution"
	CallTypeLLMWithImage     = "call_llm_with_image"
	CallTypeLLMWithImages    = "call_llm_with_images"
	CallTypeEmbeddings       = "embeddings"
)

// Values of error.type beside HTTP status codes ("429") and the provider's
// own error codes. An error's text is never a value: it may hold a prompt, an
// answer or a key.
const (
	ErrorTypeTimeout         = "timeout"
	ErrorTypeCanceled        = "canceled"
	ErrorTypeConnection      = "connection_error"
	ErrorTypeInvalidResponse = "invalid_response"
	ErrorTypeStreamCut       = "stream_cut"
	ErrorTypePromptBlocked   = "prompt_blocked"
	ErrorTypePanic           = "panic"
	ErrorTypeOther           = "_OTHER"
)

// FinishReasonError stands in gen_ai.response.finish_reasons where a finish
// reason should have come and did not.
const FinishReasonError = "error"
