// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/internal/semconv"
)

// floor records calls with one span each and the same points as ours.
type floor struct {
	tracer                      trace.Tracer
	duration, firstChunk, chunk metric.Float64Histogram
	tokens                      metric.Int64Histogram
	start                       []attribute.KeyValue
	call, input, output         []metric.RecordOption
}

func newFloor(with Providers) (Recorder, error) {
	meter := with.Metrics.Meter("floor")
	seconds := metric.WithExplicitBucketBoundaries(semconv.DurationBounds()...)
	f := &floor{tracer: with.Traces.Tracer("floor")}
	var errs [4]error
	f.duration, errs[0] = meter.Float64Histogram(semconv.MetricOperationDuration, seconds)
	f.firstChunk, errs[1] = meter.Float64Histogram(semconv.MetricTimeToFirstChunk, seconds)
	f.chunk, errs[2] = meter.Float64Histogram(semconv.MetricTimePerOutputChunk, seconds)
	f.tokens, errs[3] = meter.Int64Histogram(semconv.MetricTokenUsage,
		metric.WithExplicitBucketBoundaries(semconv.TokenBounds()...))
	common := []attribute.KeyValue{
		attribute.String(semconv.OperationName, semconv.OperationGenerateContent),
		attribute.String(semconv.ProviderName, semconv.ProviderGemini),
		attribute.String(semconv.RequestModel, model),
		attribute.String(semconv.ServerAddress, "generativelanguage.googleapis.com"),
		attribute.Int(semconv.ServerPort, 443),
	}
	f.start = append(append(f.start, common...),
		attribute.String(semconv.AnalysisID, analysisID),
		attribute.String(semconv.CallType, callType),
		attribute.String(semconv.AnalysisSubject, subject),
	)
	common = append(common, attribute.String(semconv.ResponseModel, model))
	set := func(more ...attribute.KeyValue) []metric.RecordOption {
		all := append(append([]attribute.KeyValue{}, common...), more...)
		return []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(all...))}
	}
	f.call = set()
	f.input = set(attribute.String(semconv.TokenType, semconv.TokenTypeInput))
	f.output = set(attribute.String(semconv.TokenType, semconv.TokenTypeOutput))
	return f, errors.Join(errs[:]...)
}

// Begin implements [Recorder].
func (f *floor) Begin(ctx context.Context) (context.Context, Recording) {
	c := &floorCall{floor: f, begun: time.Now()}
	c.ctx, c.span = f.tracer.Start(ctx, semconv.OperationGenerateContent+" "+model, //nolint:spancheck // End ends it
		trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(c.begun), trace.WithAttributes(f.start...))
	return c.ctx, c
}

// floorCall is one call.
type floorCall struct {
	*floor
	ctx        context.Context
	span       trace.Span
	begun      time.Time
	last       time.Time
	firstChunk time.Duration
}

// Chunk implements [Recording].
func (c *floorCall) Chunk() {
	now := time.Now()
	if c.last.IsZero() {
		c.firstChunk = now.Sub(c.begun)
	} else {
		c.chunk.Record(c.ctx, now.Sub(c.last).Seconds(), c.call...)
	}
	c.last = now
}

// End implements [Recording].
func (c *floorCall) End(last *genai.GenerateContentResponse) {
	now := time.Now()
	input := int64(last.UsageMetadata.PromptTokenCount)
	output := int64(last.UsageMetadata.CandidatesTokenCount) + int64(last.UsageMetadata.ThoughtsTokenCount)
	attributes := append(make([]attribute.KeyValue, 0, 16),
		attribute.String(semconv.ResponseID, last.ResponseID),
		attribute.String(semconv.ResponseModel, last.ModelVersion),
		attribute.StringSlice(semconv.ResponseFinishReasons, []string{"stop"}),
		attribute.Int(semconv.CallAttempts, 1),
		attribute.String(semconv.UsageStatus, "reported"),
		attribute.Int64(semconv.UsageInputTokens, input),
		attribute.Int64(semconv.UsageOutputTokens, output),
		attribute.Int64(semconv.UsageReasoningTokens, int64(last.UsageMetadata.ThoughtsTokenCount)),
		attribute.Int64(semconv.UsageTotal, int64(last.UsageMetadata.TotalTokenCount)),
		attribute.Int64(semconv.UsageTextInputTokens, input),
	)
	if c.firstChunk > 0 {
		attributes = append(attributes, attribute.Bool(semconv.RequestStream, true),
			attribute.Float64(semconv.ResponseTimeToFirstChunk, c.firstChunk.Seconds()))
		c.floor.firstChunk.Record(c.ctx, c.firstChunk.Seconds(), c.call...)
	}
	c.span.SetAttributes(attributes...)
	c.duration.Record(c.ctx, now.Sub(c.begun).Seconds(), c.call...)
	c.tokens.Record(c.ctx, input, c.input...)
	c.tokens.Record(c.ctx, output, c.output...)
	c.span.End(trace.WithTimestamp(now))
}
