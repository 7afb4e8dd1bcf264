// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

// callAt returns a call of an analysis of its own.
func callAt(start time.Time) analysis.Call {
	c := ledgertest.Calls(1, 1, ledgertest.Shape{Analyses: 1})[0]
	c.AnalysisID, c.Start, c.End = start.UTC().Format(time.RFC3339Nano), start, start.Add(time.Second)
	copy(c.Key.Trace[:], c.AnalysisID)
	return ledger.Canonical(c)
}

func fold(t *testing.T, s *Store, calls ...analysis.Call) ledger.Outcome {
	t.Helper()
	outcome, err := s.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.NoError(t, err)
	return outcome
}

func TestStore_Maintain_DropsWhatIsPastRetention(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Now()
	old := ledgertest.Calls(1, 40, ledgertest.Shape{Analyses: 2, Base: now.Add(-12 * oneDay), Span: oneDay})
	fold(t, s, old...)
	fold(t, s, callAt(now.Add(-time.Minute)))
	require.NoError(t, s.Maintain(t.Context()))
	kept, err := s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: old[0].AnalysisID})
	require.NoError(t, err)
	require.NotEmpty(t, kept, "for ever")

	s.config.Retention = 7 * oneDay
	require.NoError(t, s.Maintain(t.Context()))
	kept, err = s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: old[0].AnalysisID})
	require.NoError(t, err)
	require.Empty(t, kept)
	require.Equal(t, ledger.Outcome{Late: 40}, fold(t, s, old...))
	ledgertest.RequireAgreement(t, s, 3, 1)

	s.config.SummaryRetention = 8 * oneDay
	require.NoError(t, s.Maintain(t.Context()))
	ledgertest.RequireAgreement(t, s, 1, 1)
}

// TestStore_Maintain_WrongClock: whatever this machine's clock says, calls go
// only as newer ones come in.
func TestStore_Maintain_WrongClock(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"Ahead": 400 * oneDay, "Behind": -400 * oneDay} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openNew(t)
			s.config.Retention, s.config.SummaryRetention = 90*oneDay, 95*oneDay
			now := time.Now()
			calls := []analysis.Call{callAt(now.Add(-80 * oneDay)), callAt(now.Add(-oneDay)), callAt(now)}
			fold(t, s, calls...)
			s.now = func() time.Time { return now.Add(ahead) }
			require.NoError(t, s.Maintain(t.Context()))
			ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
			require.Equal(t, 3, fold(t, s, calls...).Duplicate+fold(t, s, calls...).Future, "none is late")

			s.now = func() time.Time { return now.Add(12 * oneDay) }
			calls = append(calls, callAt(now.Add(12*oneDay)))
			require.Equal(t, ledger.Outcome{Folded: 1}, fold(t, s, calls[3]), "the clock is right again")
			require.NoError(t, s.Maintain(t.Context()))
			require.Equal(t, 1, fold(t, s, calls...).Late, "time goes on")
		})
	}
	t.Run("EmptyLedger", func(t *testing.T) {
		t.Parallel()
		s := openNew(t)
		s.config.Retention = 90 * oneDay
		now := time.Now()
		s.now = func() time.Time { return now.Add(400 * oneDay) }
		require.NoError(t, s.Maintain(t.Context()))
		require.Equal(t, ledger.Outcome{Folded: 1}, fold(t, s, callAt(now)))
	})
}

func TestOpen_HorizonOfANewLedger(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for retention, want := range map[time.Duration]ledger.Outcome{
		0:           {Folded: 2, Late: 1},
		7 * oneDay:  {Folded: 1, Late: 2},
		99 * oneDay: {Folded: 3},
	} {
		path := filepath.Join(t.TempDir(), "ledger.db")
		s, err := Open(t.Context(), Config{Path: path, CreateSchema: true, Retention: retention})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		require.Equal(t, want, fold(t, s, callAt(now), callAt(now.Add(-80*oneDay)), callAt(now.Add(-95*oneDay))))
	}
}

// TestOpen_HorizonOfAnOldLedger: a file from before goes on taking calls of any
// age until its first prune.
func TestOpen_HorizonOfAnOldLedger(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	db, err := pool(path, mayCreate, 1)
	require.NoError(t, err)
	require.NoError(t, migrate(t.Context(), db, migrations()[:1], time.Time{}))
	_, err = db.ExecContext(t.Context(), "DELETE FROM ledger_state")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	s, err := Open(t.Context(), Config{Path: path, CreateSchema: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	require.Equal(t, ledger.Outcome{Folded: 1}, fold(t, s, callAt(time.Now().Add(-1000*oneDay))))
}
