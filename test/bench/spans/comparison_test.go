// SPDX-License-Identifier: Apache-2.0

package spans_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/inmemory"
	"github.com/spanledger/spanledger/test/bench/spans"
)

func failing(context.Context) (consumer.Traces, func(context.Context) error, error) {
	return nil, nil, errors.New("no such way")
}

// TestMain_Table measures few batches and reads the table.
func TestMain_Table(t *testing.T) {
	var out strings.Builder
	another := spans.Way{Name: "another", Open: spans.Ours().Open}
	require.NoError(t, spans.Main(t.Context(), []string{"-rounds", "2", "-batches", "1"}, &out, another))
	require.Contains(t, out.String(), "spanledger: decode + fold")
	require.Contains(t, out.String(), "another")
	require.ErrorContains(t, spans.Main(t.Context(), []string{"-rounds", "many"}, &out), "invalid value")
	require.ErrorContains(t, spans.Main(t.Context(), nil, &out, spans.Way{Name: "x", Open: failing}), "x: no such way")
}

// TestBatches_AreCalls: what is measured is the work on calls, and each batch
// has most analyses in it once or twice.
func TestBatches_AreCalls(t *testing.T) {
	t.Parallel()
	folder := inmemory.New()
	for _, batch := range spans.Batches(4) {
		require.NoError(t, folder.ConsumeTraces(t.Context(), batch))
		require.Greater(t, folder.Groups(), spans.BatchSpans*9/10)
	}
	calls, _ := folder.Totals()
	require.EqualValues(t, 4*spans.BatchSpans, calls)
}

// BenchmarkDecodeAndFold is ours alone, for profiles.
func BenchmarkDecodeAndFold(b *testing.B) {
	batches := spans.Batches(16)
	folder := inmemory.New()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		require.NoError(b, folder.ConsumeTraces(b.Context(), next(batches, n)))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*spans.BatchSpans), "ns/span")
}

func next(batches []ptrace.Traces, n int) ptrace.Traces { return batches[n%len(batches)] }
