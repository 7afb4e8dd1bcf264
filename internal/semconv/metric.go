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
