// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// TestConventions_FromEnvironment reads the list once, when the first client
// is instrumented.
func TestConventions_FromEnvironment(t *testing.T) {
	for list, latest := range map[string]bool{
		"":                                     false,
		"http":                                 false,
		"gen_ai_latest_experimental":           true,
		"http/dup, gen_ai_latest_experimental": true,
		"gen_ai_latest_experimental_not":       false,
	} {
		t.Run(list, func(t *testing.T) {
			t.Setenv("OTEL_SEMCONV_STABILITY_OPT_IN", list)
			m := newTelemetry(t)
			useCache(t, m)
			require.Equal(t, latest, m.collect()[semconv.MetricInferenceDuration].Data != nil)
			require.Equal(t, !latest, m.collect()[semconv.MetricOperationDuration].Data != nil)
			t.Setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "")
			useCache(t, m)
			require.Equal(t, !latest, m.collect()[semconv.MetricOperationDuration].Data != nil, "it stays")
		})
	}
}

// useCache makes a call that wrote to a cache.
func useCache(t *testing.T, m *telemetry, more ...instrument.Option) {
	t.Helper()
	_, call := instrument.Start(t.Context(), instrument.CallStart{Provider: "anthropic", Model: "m"},
		append(m.options(), more...)...)
	call.End(instrument.CallResult{Usage: instrument.Usage{
		Input: instrument.Known(10), CacheWrite: instrument.Known(8), Output: instrument.Known(2),
	}})
}

// TestConventions_Option goes before the environment, and decides the span's
// name of the tokens written to a cache. The counters of analyses do not
// depend on it: two generations on one provider share them.
func TestConventions_Option(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	useCache(t, m, instrument.WithConventions(instrument.ConventionsReleased))
	useCache(t, m, instrument.WithConventions(instrument.ConventionsLatest))
	ended := m.spans.Ended()
	require.Equal(t, "8", attributesOf(ended[0])["gen_ai.usage.cache_creation.input_tokens"])
	require.NotContains(t, attributesOf(ended[0]), "gen_ai.usage.cache_write.input_tokens")
	require.Equal(t, "8", attributesOf(ended[1])["gen_ai.usage.cache_write.input_tokens"])
	require.NotContains(t, attributesOf(ended[1]), "gen_ai.usage.cache_creation.input_tokens")
	require.EqualValues(t, 24, m.tokens()[""])
}

func TestConventions_Latest(t *testing.T) {
	t.Parallel()
	known := instrument.Known
	for name, c := range map[string]struct {
		start  instrument.CallStart
		result instrument.CallResult
		want   map[string]int64 // sums by metric and modality
	}{
		"TextOnly": {
			result: instrument.CallResult{Usage: instrument.Usage{
				Input: known(100), InputBy: instrument.Modalities{Text: known(100)}, CacheRead: known(60),
				Output: known(40), Reasoning: known(30),
			}},
			want: map[string]int64{
				"gen_ai.client.inference.usage.input_tokens text":               100,
				"gen_ai.client.inference.usage.cache_read.input_tokens text":    60,
				"gen_ai.client.inference.usage.output_tokens unknown":           40,
				"gen_ai.client.inference.usage.reasoning.output_tokens unknown": 30,
				"gen_ai.client.inference.operation.input_tokens":                100,
				"gen_ai.client.inference.operation.output_tokens":               40,
			},
		},
		"PartsAndARest": {
			result: instrument.CallResult{Usage: instrument.Usage{
				Input: known(100), CacheWrite: known(7), Output: known(5),
				InputBy: instrument.Modalities{
					Text: known(10), Image: known(20), Audio: known(30), Video: known(15),
				},
				OutputBy: instrument.Modalities{Image: known(5)},
			}},
			want: map[string]int64{
				"gen_ai.client.inference.usage.input_tokens text":                10,
				"gen_ai.client.inference.usage.input_tokens image":               20,
				"gen_ai.client.inference.usage.input_tokens audio":               30,
				"gen_ai.client.inference.usage.input_tokens video":               15,
				"gen_ai.client.inference.usage.input_tokens unknown":             25,
				"gen_ai.client.inference.usage.cache_write.input_tokens unknown": 7,
				"gen_ai.client.inference.usage.output_tokens image":              5,
				"gen_ai.client.inference.operation.input_tokens":                 100,
				"gen_ai.client.inference.operation.output_tokens":                5,
			},
		},
		"PartsExceedTheWhole": {
			result: instrument.CallResult{Usage: instrument.Usage{
				Input: known(10), InputBy: instrument.Modalities{Text: known(8), Image: known(8)}, Output: known(0),
			}},
			want: map[string]int64{
				"gen_ai.client.inference.usage.input_tokens text":     8,
				"gen_ai.client.inference.usage.input_tokens image":    2,
				"gen_ai.client.inference.usage.output_tokens unknown": 0,
				"gen_ai.client.inference.operation.input_tokens":      10,
				"gen_ai.client.inference.operation.output_tokens":     0,
			},
		},
		"FailedWithUsage": {
			result: instrument.CallResult{ErrorType: "stream_cut", Usage: instrument.Usage{Input: known(9)}},
			want: map[string]int64{
				"gen_ai.client.inference.usage.input_tokens unknown":  9,
				"gen_ai.client.inference.usage.output_tokens unknown": 0,
			},
		},
		"Embeddings": {
			start:  instrument.CallStart{Operation: "embeddings"},
			result: instrument.CallResult{Usage: instrument.Usage{Input: known(9)}},
			want:   map[string]int64{"gen_ai.client.embeddings.operation.input_tokens": 9},
		},
		"Agent": {
			start:  instrument.CallStart{Operation: "invoke_agent"},
			result: instrument.CallResult{Usage: instrument.Usage{Input: known(9)}},
			want:   map[string]int64{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			_, call := instrument.Start(t.Context(), c.start,
				append(m.options(), instrument.WithConventions(instrument.ConventionsLatest))...)
			call.End(c.result)
			require.Equal(t, c.want, m.genAITokens())
			duration := map[string]string{
				"": "gen_ai.client.inference.duration", "embeddings": "gen_ai.client.embeddings.duration",
				"invoke_agent": "gen_ai.client.operation.duration",
			}[c.start.Operation]
			got := m.histogram(duration)
			require.EqualValues(t, 1, got.Count)
			require.Equal(t, semconv.DurationBounds(), got.Bounds)
			require.Equal(t, c.result.ErrorType, valueOf(got.Attributes, semconv.ErrorType))
		})
	}
}

// genAITokens returns the sums of the gen_ai metrics of tokens, by name and
// modality, whose units and attributes it checks.
func (m *telemetry) genAITokens() map[string]int64 {
	m.t.Helper()
	sums := map[string]int64{}
	add := func(found metricdata.Metrics, set attribute.Set, n int64) {
		require.Equal(m.t, "{token}", found.Unit)
		require.False(m.t, set.HasValue(semconv.ErrorType))
		require.True(m.t, set.HasValue(semconv.OperationName) && set.HasValue(semconv.ProviderName))
		name := found.Name
		if modality := valueOf(set, semconv.TokenModality); modality != "" {
			name += " " + modality
		}
		sums[name] += n
	}
	for name, found := range m.collect() {
		if len(name) < 6 || name[:6] != "gen_ai" {
			continue
		}
		switch data := found.Data.(type) {
		case metricdata.Sum[int64]:
			require.True(m.t, data.IsMonotonic)
			for _, p := range data.DataPoints {
				require.True(m.t, p.Attributes.HasValue(semconv.TokenModality), name)
				add(found, p.Attributes, p.Value)
			}
		case metricdata.Histogram[int64]:
			for _, p := range data.DataPoints {
				require.False(m.t, p.Attributes.HasValue(semconv.TokenModality), "percentiles do not add up")
				require.Equal(m.t, semconv.TokenBounds(), p.Bounds)
				add(found, p.Attributes, p.Sum)
			}
		}
	}
	return sums
}
