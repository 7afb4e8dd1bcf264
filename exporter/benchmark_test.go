// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
	"github.com/spanledger/spanledger/internal/ledger"
)

// memoryFold adds batches up without keeping them.
type memoryFold struct{}

func (memoryFold) Fold(_ context.Context, b *ledger.Batch) (ledger.Outcome, error) {
	analysis.FoldGroups(b.Calls)
	return ledger.Outcome{Folded: len(b.Calls)}, nil
}

// BenchmarkIngester_Consume is the exporter's own work on a batch as large as
// the queue makes them: all but the database.
func BenchmarkIngester_Consume(b *testing.B) {
	set := testSettings()
	metrics, err := newTelemetry(set)
	require.NoError(b, err)
	i := &ingester{
		decoder: decode.New(decode.Options{AnalysisID: testConfig(nil).AnalysisID.From}),
		prices:  cost.Default(), store: memoryFold{}, metrics: metrics, logger: zap.NewNop(), health: newHealth(nil),
	}
	td := callTraces(defaultBatchMin)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, i.consume(b.Context(), td))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*td.SpanCount()), "ns/span")
}
