// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/sqlite"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "ledger")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(dir, "ledger.db"), CreateSchema: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	start := time.Now().Add(-time.Minute)
	batch := &ledger.Batch{Calls: []analysis.Call{{
		Key:        analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{2}},
		AnalysisID: "analysis_123",
		Type:       "indicator_summary",
		Start:      start,
		End:        start.Add(time.Second),
		Usage: analysis.Usage{
			Status: analysis.StatusReported, Input: analysis.Known(1200), Output: analysis.Known(300),
		},
	}}}
	for range 2 { // delivered twice, counted once
		outcome, err := store.Fold(ctx, batch)
		fmt.Println(outcome.Folded, outcome.Duplicate, err)
	}
	summary, err := store.Summary(ctx, "analysis_123", 0)
	fmt.Println(summary.Calls, summary.TotalTokens(), err)
	// Output:
	// 1 0 <nil>
	// 0 1 <nil>
	// 1 1,500 <nil>
}
