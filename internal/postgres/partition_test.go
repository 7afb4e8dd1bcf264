// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

func partitionExists(t *testing.T, s *Store, day time.Time) bool {
	t.Helper()
	return queryInt(t, s, "SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename = $2",
		s.schema, partitionPrefix+day.UTC().Format(partitionDay)) == 1
}

func oneCall(start time.Time) []analysis.Call {
	return []analysis.Call{{
		Key: analysis.SpanKey{Trace: analysis.TraceID{1}, Span: analysis.SpanID{2}}, AnalysisID: "a", Type: "t",
		Attempts: 1, Start: start, End: start.Add(time.Second),
	}}
}

func TestStore_Partitions(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	t.Run("AreMadeOnDemandAndAhead", func(t *testing.T) {
		t.Parallel()
		s := open(t, pgtest.DSN(t))
		old := now.Add(-40 * oneDay)
		require.Equal(t, ledger.Outcome{Folded: 1}, foldAll(t, s, oneCall(old)))
		require.True(t, partitionExists(t, s, old))
		require.False(t, partitionExists(t, s, old.Add(oneDay)))
		require.True(t, partitionExists(t, s, now.Add(daysAhead*oneDay)))
	})
	t.Run("AreNeverMadeBeforeTheHorizon", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		s, stale := open(t, dsn), open(t, dsn)
		old := now.Add(-40 * oneDay)
		_, err := s.Prune(t.Context(), now.Add(-30*oneDay))
		require.NoError(t, err)
		require.Equal(t, ledger.Outcome{Late: 1}, foldAll(t, stale, oneCall(old)), "the store has not heard of it")
		require.False(t, partitionExists(t, s, old))
		require.Equal(t, 1, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_late WHERE reason = 'late'"))
	})
	t.Run("DroppedBehindTheBackOfAnother", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		s, stale := open(t, dsn), open(t, dsn)
		old, cut := now.Add(-10*oneDay).Truncate(oneDay), now.Add(-5*oneDay).Truncate(oneDay).Add(12*time.Hour)
		calls := append(oneCall(old), oneCall(cut.Add(-time.Hour))...)
		calls[1].Key.Span[0] = 9
		require.Equal(t, ledger.Outcome{Folded: 2}, foldAll(t, stale, calls))
		dropped, err := s.Prune(t.Context(), cut)
		require.NoError(t, err)
		require.Equal(t, int64(2), dropped)
		require.False(t, partitionExists(t, s, old))
		require.True(t, partitionExists(t, s, cut), "a day that is cut stays")
		for i := range calls {
			require.Equal(t, ledger.Outcome{Late: 1}, foldAll(t, stale, calls[i:i+1]), "no second count")
		}
		requireSums(t, s, ledgertest.Truth(t, calls))
	})
	t.Run("HorizonFollowsRetention", func(t *testing.T) {
		t.Parallel()
		s, err := Open(t.Context(), Config{DSN: pgtest.DSN(t), CreateSchema: true, Retention: 7 * oneDay})
		require.NoError(t, err)
		defer s.Close()
		require.Equal(t, ledger.Outcome{Late: 1}, foldAll(t, s, oneCall(now.Add(-9*oneDay))))
		require.Equal(t, ledger.Outcome{Folded: 1}, foldAll(t, s, oneCall(now.Add(-6*oneDay))))
	})
}

func TestStore_Fold_SetsAside(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	future := oneCall(time.Now().Add(ledger.FutureSlack + time.Hour))
	require.Equal(t, ledger.Outcome{Future: 1}, foldAll(t, s, future))
	require.Equal(t, ledger.Outcome{Future: 1}, foldAll(t, s, future), "again")
	require.Equal(t, ledger.Outcome{Late: 1}, foldAll(t, s, oneCall(time.Time{})))
	require.Equal(t, 1, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_late WHERE reason = 'future'"))
	require.Zero(t, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_analysis"))
}

func TestStore_Maintain(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{DSN: pgtest.DSN(t), CreateSchema: true, Retention: 7 * oneDay})
	require.NoError(t, err)
	defer s.Close()
	shape := ledgertest.Shape{Analyses: 2, Base: time.Now().UTC().Add(-4 * oneDay), Span: oneDay}
	calls := ledgertest.Calls(1, 200, shape)
	for i := range calls {
		foldAll(t, s, calls[i:i+1])
	}
	unfolded := func() int { return queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_unfolded") }
	require.Equal(t, len(calls), unfolded(), "few calls at a time")
	require.NoError(t, s.Maintain(t.Context()))
	require.Zero(t, unfolded(), "sealed")
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))

	calls = append(calls, oneCall(time.Now().Add(-time.Minute))...)
	foldAll(t, s, calls[200:])
	s.config.Retention = oneDay
	require.NoError(t, s.Maintain(t.Context()))
	require.Equal(t, 1, queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_call"), "past retention")
	requireSums(t, s, ledgertest.Truth(t, calls))
}

// TestStore_Maintain_Compacts folds analyses that grew by few calls at a time,
// more of them than go into one transaction.
func TestStore_Maintain_Compacts(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	const analyses = compactAnalyses + 20
	calls := ledgertest.Calls(1, analyses*compactCalls, ledgertest.Shape{Base: time.Now().UTC(), Span: time.Hour})
	for i := range calls {
		calls[i].AnalysisID = fmt.Sprintf("analysis_%d", i%analyses)
	}
	for batch := range slices.Chunk(calls, analyses*denseCalls/2) {
		foldAll(t, s, batch)
	}
	foldAll(t, s, oneCall(time.Now()))
	unfolded := func() int { return queryInt(t, s, "SELECT count(*) FROM {schema}.ledger_call WHERE NOT folded") }
	require.Equal(t, len(calls)+1, unfolded())
	require.NoError(t, s.Maintain(t.Context()))
	require.Equal(t, 1, unfolded(), "too few to be compacted")
	require.NoError(t, s.compact(t.Context()))
	require.Equal(t, 1, unfolded())
}

// TestStore_Maintain_WrongClock: a clock that is a month ahead drops nothing.
func TestStore_Maintain_WrongClock(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	s.config.Retention = 7 * oneDay
	calls := ledgertest.Calls(1, 50, ledgertest.Shape{})
	foldAll(t, s, calls)
	later := time.Now().UTC().Add(30 * oneDay)
	s.now = func() time.Time { return later }
	require.NoError(t, s.Maintain(t.Context()))
	require.True(t, partitionExists(t, s, later.Add(daysAhead*oneDay)))
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
	require.Equal(t, ledger.Outcome{Duplicate: 50}, foldAll(t, s, calls))
}
