// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

// BenchmarkLarge runs the program with small ledgers, so that it keeps
// working. For figures run the program.
func BenchmarkLarge(b *testing.B) {
	args := []string{"-calls=20000", "-days=12", "-busy=1000", "-rounds=1", "-batches=1", "-reads=3"}
	for name, more := range map[string][]string{"Postgres": nil, "SQLite": {"-sqlite"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var out strings.Builder
				require.NoError(b, run(b.Context(), append(args, more...), &out))
				require.Contains(b, out.String(), "latest 50 analyses")
			}
		})
	}
}

// TestFeed makes calls of one day, each once, most of them of small analyses.
func TestFeed(t *testing.T) {
	t.Parallel()
	const calls = 50_000
	day := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	keys, sizes := map[analysis.SpanKey]bool{}, map[string]int{}
	f := newFeed(1)
	require.NoError(t, f.day(day, calls, func(batch []analysis.Call) error {
		for i := range batch {
			keys[batch[i].Key] = true
			sizes[batch[i].AnalysisID]++
			require.Equal(t, day, batch[i].Start.Truncate(oneDay))
		}
		return nil
	}))
	require.Len(t, keys, calls)
	require.InDelta(t, calls/10, sizes[f.hot], calls/100)
	require.InDelta(t, calls*ofSmall/100/6, len(sizes), calls/100)
}
