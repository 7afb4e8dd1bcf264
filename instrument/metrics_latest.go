// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// latestMetrics are the gen_ai instruments of the conventions that follow
// release 1.41. Counters tell what was used, histograms how it is distributed
// over calls: those of tokens leave failed calls out.
type latestMetrics struct {
	duration, firstChunk, chunk metric.Float64Histogram // of inference
	inputSize, outputSize       metric.Int64Histogram
	input, output               metric.Int64Counter
	cacheRead, cacheWrite       metric.Int64Counter // parts of input
	reasoning                   metric.Int64Counter // a part of output
	embeddingsDuration          metric.Float64Histogram
	embeddingsInputSize         metric.Int64Histogram
	otherDuration               metric.Float64Histogram // of calls of other kinds
}

func newLatestMetrics(m instrumentMaker) *latestMetrics {
	return &latestMetrics{
		duration: m.seconds(semconv.MetricInferenceDuration,
			"Duration of calls, their whole stream included."),
		firstChunk: m.seconds(semconv.MetricInferenceTimeToFirstChunk,
			"Time from the request to the first piece of a stream."),
		chunk: m.seconds(semconv.MetricInferenceTimePerOutputChunk,
			"Time from one piece of a stream to the next."),
		inputSize:  m.sizes(semconv.MetricInferenceInputSize, "Input tokens of one call, those from a cache included."),
		outputSize: m.sizes(semconv.MetricInferenceOutputSize, "Output tokens of one call, those of thought included."),
		input:      m.tokens(semconv.MetricInferenceInputTokens, "Input tokens used, those from a cache included."),
		output:     m.tokens(semconv.MetricInferenceOutputTokens, "Output tokens used, those of thought included."),
		cacheRead:  m.tokens(semconv.MetricInferenceCacheReadTokens, "Input tokens that came from a cache."),
		cacheWrite: m.tokens(semconv.MetricInferenceCacheWriteTokens, "Input tokens that were written to a cache."),
		reasoning:  m.tokens(semconv.MetricInferenceReasoningTokens, "Output tokens spent on thought."),

		embeddingsDuration:  m.seconds(semconv.MetricEmbeddingsDuration, "Duration of calls for embeddings."),
		embeddingsInputSize: m.sizes(semconv.MetricEmbeddingsInputSize, "Input tokens of one call for embeddings."),
		otherDuration: m.seconds(semconv.MetricOperationDuration,
			"Duration of calls that are neither inference nor embeddings."),
	}
}

func (m *latestMetrics) enabled(ctx context.Context) bool {
	return m.duration.Enabled(ctx) || m.input.Enabled(ctx) || m.output.Enabled(ctx) ||
		m.inputSize.Enabled(ctx) || m.outputSize.Enabled(ctx) || m.firstChunk.Enabled(ctx)
}

func (m *latestMetrics) chunks() metric.Float64Histogram { return m.chunk }

func (m *latestMetrics) record(ctx context.Context, c *analysis.Call, options *callOptions) {
	switch c.Operation {
	case semconv.OperationEmbeddings:
		m.embeddingsDuration.Record(ctx, c.Duration().Seconds(), options.call...)
		recordSize(ctx, m.embeddingsInputSize, c.Usage.Input, c, options)
	case semconv.OperationCreateAgent, semconv.OperationInvokeAgent,
		semconv.OperationInvokeWorkflow, semconv.OperationExecuteTool:
		m.otherDuration.Record(ctx, c.Duration().Seconds(), options.call...)
	default:
		m.recordInference(ctx, c, options)
	}
}

func (m *latestMetrics) recordInference(ctx context.Context, c *analysis.Call, options *callOptions) {
	m.duration.Record(ctx, c.Duration().Seconds(), options.call...)
	if c.TimeToFirstChunk > 0 {
		m.firstChunk.Record(ctx, c.TimeToFirstChunk.Seconds(), options.call...)
	}
	u := &c.Usage
	recordSize(ctx, m.inputSize, u.Input, c, options)
	recordSize(ctx, m.outputSize, u.Output, c, options)
	input, output := splitModalities(u.Input, u.InputBy), splitModalities(u.Output, u.OutputBy)
	input.add(ctx, m.input, options)
	output.add(ctx, m.output, options)
	input.addPart(ctx, m.cacheRead, u.CacheRead, options)
	input.addPart(ctx, m.cacheWrite, u.CacheWrite, options)
	output.addPart(ctx, m.reasoning, u.Reasoning, options)
}

// recordSize adds the tokens of a call that worked to a histogram.
func recordSize(ctx context.Context, to metric.Int64Histogram, tokens Count, c *analysis.Call, options *callOptions) {
	if n, known := tokens.Value(); known && c.Succeeded() {
		to.Record(ctx, n, options.call...)
	}
}

func (*latestMetrics) options(labels callLabels) *callOptions {
	options := &callOptions{call: recordWith(labels.attributes())}
	labels.errorType = "" // tokens are used, whatever comes of it
	a := labels.attributes()
	for i := range modalities {
		options.modality[i] = []metric.AddOption{attributeSet(a, attribute.String(semconv.TokenModality, i.String()))}
	}
	return options
}
