// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// BenchmarkStore_Reconcile reconciles calls of thirty days, six to an analysis,
// of which all but the last days are sealed and hidden. It reports the time per call,
// and the most memory in use after a page.
//
//	go test -run '^$' -bench Reconcile -benchtime 1x ./internal/postgres
func BenchmarkStore_Reconcile(b *testing.B) {
	for _, count := range []int{benchCalls / 10, benchCalls / 5} {
		b.Run(fmt.Sprintf("Calls=%d", count), func(b *testing.B) {
			s := open(b, pgtest.DSN(b))
			foldDays(b, s, count)
			require.NoError(b, s.Maintain(b.Context()))
			_, err := s.pool.Exec(
				b.Context(),
				s.sql.qualify("UPDATE {schema}.ledger_state SET sealed_at = '2000-01-01'"),
			)
			require.NoError(b, err)
			require.NoError(b, s.Maintain(b.Context()), "as an hour later")
			runtime.GC()
			var most uint64
			watch := func(int64, int64) {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
			var seen int64
			for b.Loop() {
				got, err := s.Reconcile(b.Context(), ledger.ReconcileQuery{Progress: watch})
				if err != nil || !got.Agrees() || got.Calls < int64(count) {
					b.Fatal(got, err)
				}
				seen += got.Calls
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(seen), "µs/call")
			b.ReportMetric(float64(most)/1e6, "MB")
		})
	}
}

// foldDays folds calls of analyses that lie on one of thirty days each.
func foldDays(b *testing.B, s *Store, count int) {
	b.Helper()
	calls := benchLoad(benchCalls/6, inOrder())
	calls = slices.DeleteFunc(calls, func(c analysis.Call) bool { return benchNumber(&c)*6 >= count })
	for i := range calls {
		age := time.Duration(benchNumber(&calls[i])%30) * oneDay
		calls[i].Start, calls[i].End = calls[i].Start.Add(-age), calls[i].End.Add(-age)
	}
	for _, batch := range batches(calls) {
		foldAll(b, s, batch)
	}
}

// benchNumber returns the number of the call's analysis.
func benchNumber(c *analysis.Call) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(c.AnalysisID, "analysis_"))
	return n
}
