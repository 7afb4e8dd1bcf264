// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// counters is one reading of the metrics. A counter has a part in each scope
// that shows some of its points.
type counters map[string][]metricdata.Aggregation

func readCounters(t *testing.T, reader *metric.ManualReader) counters {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	c := counters{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			c[m.Name] = append(c[m.Name], m.Data)
		}
	}
	return c
}

// bill adds up the spanledger counters of one analysis. They do not tell
// calls without usage, partial ones and tool use.
func (c counters) bill(t *testing.T, analysisID string) bill {
	t.Helper()
	b := bill{}
	c.each(t, "spanledger.calls", analysisID, func(callType string, a attribute.Set, n int64) {
		f := figures{Calls: n}
		if text(a, "spanledger.call.outcome") == "error" {
			f.Failed = n
		}
		b.add(callType, f)
	})
	c.each(t, "spanledger.tokens", analysisID, func(callType string, a attribute.Set, n int64) {
		switch text(a, "gen_ai.token.type") {
		case "input":
			b.add(callType, figures{Input: n})
		case "output":
			b.add(callType, figures{Output: n})
		}
	})
	c.each(t, "spanledger.cached_tokens", analysisID, func(callType string, _ attribute.Set, n int64) {
		b.add(callType, figures{CacheRead: n})
	})
	c.each(t, "spanledger.reasoning_tokens", analysisID, func(callType string, _ attribute.Set, n int64) {
		b.add(callType, figures{Reasoning: n})
	})
	return b
}

func (c counters) each(t *testing.T, name, analysisID string, do func(string, attribute.Set, int64)) {
	t.Helper()
	require.Contains(t, c, name)
	for _, part := range c[name] {
		sum, ok := part.(metricdata.Sum[int64])
		require.True(t, ok && sum.IsMonotonic, "%s is no counter", name)
		for _, point := range sum.DataPoints {
			if text(point.Attributes, "spanledger.analysis.id") == analysisID {
				do(text(point.Attributes, "spanledger.call.type"), point.Attributes, point.Value)
			}
		}
	}
}

// usage returns the sums of gen_ai.client.token.usage, which knows neither
// analyses nor call types.
func (c counters) usage(t *testing.T) (input, output int64) {
	t.Helper()
	require.Len(t, c["gen_ai.client.token.usage"], 1, "parts")
	histogram, ok := c["gen_ai.client.token.usage"][0].(metricdata.Histogram[int64])
	require.True(t, ok)
	for _, point := range histogram.DataPoints {
		switch text(point.Attributes, "gen_ai.token.type") {
		case "input":
			input += point.Sum
		case "output":
			output += point.Sum
		}
	}
	return input, output
}

func text(a attribute.Set, key attribute.Key) string {
	value, _ := a.Value(key)
	return value.AsString()
}
