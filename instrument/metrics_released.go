// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// releasedMetrics are the gen_ai instruments of release 1.41.
type releasedMetrics struct {
	tokens                      metric.Int64Histogram
	duration, firstChunk, chunk metric.Float64Histogram
}

func newReleasedMetrics(m instrumentMaker) *releasedMetrics {
	return &releasedMetrics{
		tokens: m.sizes(semconv.MetricTokenUsage, "Number of input and output tokens used."),
		duration: m.seconds(semconv.MetricOperationDuration,
			"Duration of calls, their whole stream included."),
		firstChunk: m.seconds(semconv.MetricTimeToFirstChunk,
			"Time from the request to the first piece of a stream."),
		chunk: m.seconds(semconv.MetricTimePerOutputChunk,
			"Time from one piece of a stream to the next."),
	}
}

func (m *releasedMetrics) enabled(ctx context.Context) bool {
	return m.duration.Enabled(ctx) || m.tokens.Enabled(ctx) || m.firstChunk.Enabled(ctx)
}

func (m *releasedMetrics) chunks() metric.Float64Histogram { return m.chunk }

func (m *releasedMetrics) record(ctx context.Context, c *analysis.Call, options *callOptions) {
	m.duration.Record(ctx, c.Duration().Seconds(), options.call...)
	if n, known := c.Usage.Input.Value(); known {
		m.tokens.Record(ctx, n, options.input...)
	}
	if n, known := c.Usage.Output.Value(); known {
		m.tokens.Record(ctx, n, options.output...)
	}
	if c.TimeToFirstChunk > 0 {
		m.firstChunk.Record(ctx, c.TimeToFirstChunk.Seconds(), options.call...)
	}
}

func (*releasedMetrics) options(labels callLabels) *callOptions {
	a := labels.attributes()
	return &callOptions{
		call:   recordWith(a),
		input:  recordWith(a, attribute.String(semconv.TokenType, semconv.TokenTypeInput)),
		output: recordWith(a, attribute.String(semconv.TokenType, semconv.TokenTypeOutput)),
	}
}

// silent is the instruments of a meter provider that has none to give.
type silent struct{}

func (silent) enabled(context.Context) bool                         { return false }
func (silent) record(context.Context, *analysis.Call, *callOptions) {}
func (silent) chunks() metric.Float64Histogram                      { return noop.Float64Histogram{} }
func (silent) options(callLabels) *callOptions                      { return &callOptions{} }
