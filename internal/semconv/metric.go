// SPDX-License-Identifier: Apache-2.0

package semconv

// Metrics of the GenAI conventions, release 1.41.
const (
	MetricTokenUsage         = "gen_ai.client.token.usage"
	MetricOperationDuration  = "gen_ai.client.operation.duration"
	MetricTimeToFirstChunk   = "gen_ai.client.operation.time_to_first_chunk"
	MetricTimePerOutputChunk = "gen_ai.client.operation.time_per_output_chunk"

	TokenType = "gen_ai.token.type"
)

// Metrics of the GenAI conventions that follow that release, for those who ask
// for them. Input and output tokens are counted by modality; cache and
// reasoning tokens are parts of them, in counters of their own.
const (
	MetricInferenceInputTokens        = "gen_ai.client.inference.usage.input_tokens"
	MetricInferenceOutputTokens       = "gen_ai.client.inference.usage.output_tokens"
	MetricInferenceCacheReadTokens    = "gen_ai.client.inference.usage.cache_read.input_tokens"
	MetricInferenceCacheWriteTokens   = "gen_ai.client.inference.usage.cache_write.input_tokens"
	MetricInferenceReasoningTokens    = "gen_ai.client.inference.usage.reasoning.output_tokens"
	MetricInferenceInputSize          = "gen_ai.client.inference.operation.input_tokens"
	MetricInferenceOutputSize         = "gen_ai.client.inference.operation.output_tokens"
	MetricInferenceDuration           = "gen_ai.client.inference.duration"
	MetricInferenceTimeToFirstChunk   = "gen_ai.client.inference.time_to_first_chunk"
	MetricInferenceTimePerOutputChunk = "gen_ai.client.inference.time_per_output_chunk"
	MetricEmbeddingsDuration          = "gen_ai.client.embeddings.duration"
	MetricEmbeddingsInputSize         = "gen_ai.client.embeddings.operation.input_tokens"

	TokenModality = "gen_ai.token.modality"
)

// Our own counters, each tagged by analysis id and call type.
const (
	MetricTokens          = "spanledger.tokens"
	MetricCachedTokens    = "spanledger.cached_tokens"
	MetricReasoningTokens = "spanledger.reasoning_tokens"
	MetricCalls           = "spanledger.calls"
	MetricCost            = "spanledger.cost"
)

// The counter of telemetry that the instrumentation itself lost, by reason.
const (
	MetricLost = "spanledger.instrument.lost"
	LossReason = "spanledger.loss.reason"
)

// Reasons for which the ledger processor of otelsetup loses a span.
const (
	LossQueueFull    = "queue_full"
	LossRejected     = "rejected"
	LossShutdown     = "shutdown"
	LossSpillFull    = "spill_full"
	LossSpillCorrupt = "spill_corrupt"
)

// ScopePage is an attribute of the instrumentation scope: it numbers the
// further scopes that hold counters of analyses where one would hold too many.
const ScopePage = "spanledger.page"

// Units, in UCUM.
const (
	UnitToken   = "{token}"
	UnitCall    = "{call}"
	UnitSeconds = "s"
	UnitUSD     = "USD"
	UnitLoss    = "{loss}"
)

// DurationBounds are the histogram boundaries, in seconds, that the
// conventions ask for: 0.01·2^k for k from 0 to 13.
func DurationBounds() []float64 {
	return []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
}

// TokenBounds are the histogram boundaries, in tokens, that the conventions
// ask for: 4^k for k from 0 to 13.
func TokenBounds() []float64 {
	return []float64{
		1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
	}
}
