// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// server is since when some server runs.
var server = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func unknown(k *registered, entries []*entry, horizon, now time.Time) []*entry {
	out, _ := k.unknown(entries, horizon, now)
	return out
}

func TestRegistered(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	horizon := now.Add(-oneDay)
	first := func() *entry {
		return &entry{analysisID: "a", start: now, attribution: &analysis.Attribution{UserID: "u-7"}, called: true}
	}
	for name, c := range map[string]struct {
		change  func(e *entry)
		horizon time.Duration
		later   time.Duration
		unknown bool
	}{
		"Same":             {},
		"StartsLater":      {change: func(e *entry) { e.start = now.Add(1) }},
		"StartsEarlier":    {change: func(e *entry) { e.start = now.Add(-1) }, unknown: true},
		"KnowsNothingElse": {change: func(e *entry) { e.attribution = &analysis.Attribution{} }},
		"KnowsMore":        {change: func(e *entry) { e.attribution.Subject = "x" }, unknown: true},
		"SmallerText":      {change: func(e *entry) { e.attribution.UserID = "u-6" }, unknown: true},
		"GreaterText":      {change: func(e *entry) { e.attribution.UserID = "u-8" }},
		"OtherAnalysis":    {change: func(e *entry) { e.analysisID = "b" }, unknown: true},
		"HorizonMoved":     {horizon: 1, unknown: true},
		"HalfAnHourLater":  {later: knownFor},
		"ClockWentBack":    {later: -knownFor},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var k registered
			require.Len(t, unknown(&k, []*entry{first()}, horizon, now), 1)
			k.add([]*entry{first()}, horizon, server, now)
			e := first()
			if c.change != nil {
				c.change(e)
			}
			require.Equal(t, c.unknown, len(unknown(&k, []*entry{e}, horizon.Add(c.horizon), now.Add(c.later))) == 1)
		})
	}
}

func TestRegistered_Forgets(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	one := []*entry{{analysisID: "a", start: now, attribution: &analysis.Attribution{}, called: true}}
	t.Run("WithinTheHour", func(t *testing.T) {
		t.Parallel()
		var k registered
		k.add(one, now, server, now)
		for range 2 {
			now := now.Add(knownFor)
			require.Empty(t, unknown(&k, one, now.Add(-knownFor), now))
		}
		require.Len(t, unknown(&k, one, now, now.Add(2*knownFor)), 1)
	})
	t.Run("WhatIsTooMuch", func(t *testing.T) {
		t.Parallel()
		var k registered
		numbered := func(i int) []*entry {
			return []*entry{
				{analysisID: strconv.Itoa(i), start: now, attribution: &analysis.Attribution{}, called: true},
			}
		}
		for i := range 3 * knownAnalyses {
			k.add(numbered(i), now, server, now)
			require.LessOrEqual(t, len(k.young)+len(k.old), 2*knownAnalyses)
		}
		require.Len(t, unknown(&k, numbered(0), now, now), 1)
	})
	t.Run("WhatIsOfAnOldHorizon", func(t *testing.T) {
		t.Parallel()
		var k registered
		require.Len(t, unknown(&k, one, now.Add(oneDay), now), 1)
		k.add(one, now, server, now)
		require.Len(t, unknown(&k, one, now.Add(oneDay), now), 1)
	})
	t.Run("WhatAnotherServerHas", func(t *testing.T) {
		t.Parallel()
		var k registered
		k.add(one, now, server, now)
		k.forget(server.Add(1))
		require.Empty(t, unknown(&k, one, now, now))
		k.forget(server)
		require.Len(t, unknown(&k, one, now, now), 1)
		k.add(one, now, server, now)
		k.add(nil, now, server.Add(1), now)
		require.Len(t, unknown(&k, one, now, now), 1)
	})
	t.Run("WhatHasNoCall", func(t *testing.T) {
		t.Parallel()
		var k registered
		ended := []*entry{{analysisID: "a", start: now, attribution: &analysis.Attribution{}}}
		k.add(ended, now, server, now)
		require.Len(t, unknown(&k, ended, now, now), 1)
	})
}

// TestStore_Fold_AnalysisIsWrittenOnce looks at the version of the row.
func TestStore_Fold_AnalysisIsWrittenOnce(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	calls := ledgertest.Calls(1, 6, ledgertest.Shape{Analyses: 1})
	for i := range calls {
		calls[i].Attribution = analysis.Attribution{Subject: "x"}
		calls[i].Start = calls[0].Start.Add(time.Duration(i) * time.Second)
		calls[i].End = calls[i].Start
	}
	const version = "SELECT xmin::text::bigint FROM {schema}.ledger_analysis"
	foldAll(t, s, calls[1:2])
	written := queryInt(t, s, version)
	for i := range calls[2:] {
		foldAll(t, s, calls[2+i:3+i])
	}
	require.Equal(t, written, queryInt(t, s, version))
	foldAll(t, s, calls[:1])
	require.NotEqual(t, written, queryInt(t, s, version), "it starts earlier")
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
}

// TestStore_Fold_AnalysisIsGone takes the row of an analysis away when its
// calls lie before the horizon, behind the back of a process that knows it.
func TestStore_Fold_AnalysisIsGone(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s, other := open(t, dsn), open(t, dsn)
	calls := ledgertest.Calls(1, 2, ledgertest.Shape{Analyses: 1})
	calls[1].Start = calls[0].Start.Add(2 * time.Hour)
	calls[1].End = calls[1].Start
	calls[1].Attribution = calls[0].Attribution
	foldAll(t, s, calls[:1])
	_, err := other.Prune(t.Context(), calls[0].Start.Add(time.Hour))
	require.NoError(t, err)
	_, err = other.pool.Exec(t.Context(), other.sql.qualify(
		"DELETE FROM {schema}.ledger_rollup; DELETE FROM {schema}.ledger_analysis"))
	require.NoError(t, err)
	require.Equal(t, ledger.Outcome{Folded: 1}, foldAll(t, s, calls[1:]))
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls[1:]))
}

// TestStore_Fold_AnotherServer has the process believe that its analyses are
// known to another server than the one it is connected to.
func TestStore_Fold_AnotherServer(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.DSN(t))
	calls := ledgertest.Calls(1, 40, ledgertest.Shape{Analyses: 4})
	all := entries(newDelivery(&ledger.Batch{Calls: calls}, time.Now()).rows, nil, time.Now())
	s.registered.add(all, s.partitions.current().horizon, server, time.Now())
	require.Equal(t, ledger.Outcome{Folded: 40}, foldAll(t, s, calls))
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
}

// TestMergeEntries_Called: one call is enough, wherever it stands.
func TestMergeEntries_Called(t *testing.T) {
	t.Parallel()
	for _, called := range [][]bool{{true, false}, {false, true}} {
		var both []*entry
		for _, c := range called {
			both = append(both, &entry{analysisID: "a", attribution: &analysis.Attribution{}, called: c})
		}
		merged := mergeEntries(both)
		require.Len(t, merged, 1)
		require.True(t, merged[0].called)
	}
}
