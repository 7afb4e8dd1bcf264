// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestOpen_ExecModes does everything in each mode of pgx, as a pooler in
// transaction mode wants one of the last four.
func TestOpen_ExecModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := open(t, pgtest.DSN(t)+"&default_query_exec_mode="+mode)
			calls := ledgertest.Calls(1, 120, ledgertest.Shape{Hostile: true})
			ends := ledgertest.Ends(1, calls)
			foldAll(t, s, calls[:80], ends...)
			require.Equal(t, ledger.Outcome{Folded: 40, Duplicate: 20}, foldAll(t, s, calls[60:]))
			ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls, ends...))
			err := s.compact(t.Context())
			require.NoError(t, err)
			dropped, err := s.Prune(t.Context(), time.Now().Add(-time.Hour))
			require.NoError(t, err)
			require.Equal(t, int64(len(calls)), dropped)
			requireSums(t, s, ledgertest.Truth(t, calls))
			page, err := s.Calls(t.Context(), ledger.CallsQuery{
				AnalysisID: calls[0].AnalysisID, After: &ledger.CallsCursor{Start: calls[0].Start, Key: calls[0].Key},
			})
			require.NoError(t, err)
			require.Empty(t, page)
			s.config.Retention = 7 * oneDay
			require.NoError(t, s.Maintain(t.Context()))
		})
	}
}
