// SPDX-License-Identifier: Apache-2.0

// Package inmemory does with spans what the exporter does before its ledger
// sees them, and nothing else: it reads the calls and adds them up. It is for
// benchmarks that stand outside of the exporter, next to other components.
package inmemory

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// Folder reads the calls of one batch after the other and folds each batch by
// analysis, call type, provider and model. It is not safe for concurrent use.
type Folder struct {
	decoder *decode.Decoder
	groups  []analysis.Group
	totals  analysis.Totals
}

var _ consumer.Traces = (*Folder)(nil)

// New returns a Folder that has seen no span.
func New() *Folder {
	return &Folder{decoder: decode.New(decode.Options{AnalysisID: []string{semconv.AnalysisID}})}
}

// Capabilities implements [consumer.Traces]: spans are not changed.
func (*Folder) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeTraces implements [consumer.Traces]. It returns no error.
func (f *Folder) ConsumeTraces(_ context.Context, td ptrace.Traces) error {
	decoded := f.decoder.Decode(td)
	f.groups = analysis.AppendGroups(f.groups[:0], decoded.Calls)
	for i := range f.groups {
		f.totals.Merge(&f.groups[i].Totals)
	}
	f.decoder.Release(&decoded)
	return nil
}

// Groups returns into how many sums the last batch was folded.
func (f *Folder) Groups() int { return len(f.groups) }

// Totals returns the number of calls of all batches, and their tokens.
func (f *Folder) Totals() (calls, tokens int64) {
	return f.totals.Calls, f.totals.Input + f.totals.Output
}
