// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"cmp"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func readCases() []testCase {
	return []testCase{
		{"List/LastStartedFirst", listOrder},
		{"List/Filters", listFilters},
		{"List/PagesWithoutGapOrRepetition", listPages},
		{"List/DefaultLimit", listDefaultLimit},
		{"Calls/PagesWithoutGapOrRepetition", callsPages},
		{"Calls/DefaultLimit", callsDefaultLimit},
		{"Summary/DetailsAreTheEarliest", detailsAreTheEarliest},
		{"Summary/NotFound", summaryNotFound},
	}
}

// inListOrder returns summaries without details as List does: the analysis
// that started last first, those of the same start in descending byte order of
// their ids.
func inListOrder(truth map[string]analysis.Summary) []analysis.Summary {
	var all []analysis.Summary
	for id := range truth {
		all = append(all, LimitDetails(truth[id], 0))
	}
	slices.SortFunc(all, func(a, b analysis.Summary) int {
		return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(b.AnalysisID, a.AnalysisID))
	})
	return all
}

func ids(summaries []analysis.Summary) []string {
	out := make([]string, len(summaries))
	for i := range summaries {
		out[i] = summaries[i].AnalysisID
	}
	return out
}

// populated returns a store with analyses of which many start together.
func populated(f *fixture, seed uint64) (ledger.Store, map[string]analysis.Summary) {
	t, s := f.t, f.store()
	t.Helper()
	calls := Calls(seed, 160, Shape{Analyses: 60})
	for i := range calls {
		calls[i].Start = calls[i].Start.Truncate(6 * time.Hour)
		calls[i].End = calls[i].Start.Add(time.Second)
		if i%5 == 0 {
			calls[i].AnalysisID = "\u00C4" + calls[i].AnalysisID
		}
	}
	closed := end(1, "only closed", 0)
	mustFold(t, s, calls, closed)
	return s, Truth(t, calls, closed)
}

func listOrder(f *fixture) {
	t := f.t
	s, truth := populated(f, 51)
	got, err := s.List(t.Context(), ledger.ListQuery{Limit: 1000})
	require.NoError(t, err)
	want := inListOrder(truth)
	require.Equal(t, ids(want), ids(got))
	for i := range want {
		requireEqual(t, want[i], got[i])
	}
}

func listFilters(f *fixture) {
	t := f.t
	s, truth := populated(f, 52)
	all := inListOrder(truth)
	middle := all[len(all)/2].Start
	for name, c := range map[string]struct {
		query ledger.ListQuery
		keep  func(s analysis.Summary) bool
	}{
		"Since":   {ledger.ListQuery{Since: middle}, func(s analysis.Summary) bool { return !s.Start.Before(middle) }},
		"Until":   {ledger.ListQuery{Until: middle}, func(s analysis.Summary) bool { return s.Start.Before(middle) }},
		"Subject": {ledger.ListQuery{Subject: "Zed"}, func(s analysis.Summary) bool { return s.Subject == "Zed" }},
		"User":    {ledger.ListQuery{UserID: "u-7"}, func(s analysis.Summary) bool { return s.UserID == "u-7" }},
		"Tenant":  {ledger.ListQuery{TenantID: "acme"}, func(s analysis.Summary) bool { return s.TenantID == "acme" }},
		"Nobody":  {ledger.ListQuery{Subject: "nobody' OR 1=1 --"}, func(analysis.Summary) bool { return false }},
		"All": {
			ledger.ListQuery{Since: middle.Add(-12 * time.Hour), Until: middle, UserID: "U-7", TenantID: "acme"},
			func(s analysis.Summary) bool {
				return !s.Start.Before(middle.Add(-12*time.Hour)) && s.Start.Before(middle) &&
					s.UserID == "U-7" && s.TenantID == "acme"
			},
		},
	} {
		c.query.Limit = 1000
		got, err := s.List(t.Context(), c.query)
		require.NoError(t, err, name)
		want := slices.DeleteFunc(slices.Clone(all), func(s analysis.Summary) bool { return !c.keep(s) })
		require.Equal(t, ids(want), ids(got), name)
	}
}

func listPages(f *fixture) {
	t := f.t
	s, truth := populated(f, 53)
	want := ids(inListOrder(truth))
	for _, limit := range []int{1, 7, len(want), len(want) + 1} {
		var (
			got  []string
			page ledger.ListQuery
		)
		for page.Limit = limit; ; {
			listed, err := s.List(t.Context(), page)
			require.NoError(t, err)
			require.LessOrEqual(t, len(listed), limit)
			if len(listed) == 0 {
				break
			}
			got = append(got, ids(listed)...)
			last := listed[len(listed)-1]
			page.After = &ledger.ListCursor{Start: last.Start, AnalysisID: last.AnalysisID}
		}
		require.Equal(t, want, got, "pages of %d", limit)
	}
}

func listDefaultLimit(f *fixture) {
	t := f.t
	s, truth := populated(f, 54)
	got, err := s.List(t.Context(), ledger.ListQuery{})
	require.NoError(t, err)
	require.Equal(t, ids(inListOrder(truth))[:ledger.DefaultListLimit], ids(got))
}

func callsPages(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(55, 150, Shape{Analyses: 2, Span: 10 * time.Minute})
	for i := range calls {
		calls[i].Start = calls[i].Start.Truncate(time.Minute)
	}
	mustFold(t, s, calls)
	id := calls[0].AnalysisID
	calls = slices.DeleteFunc(calls, func(c analysis.Call) bool { return c.AnalysisID != id })
	slices.SortFunc(calls, compareCalls)
	for _, limit := range []int{1, 13, len(calls), len(calls) + 1} {
		var (
			got  []analysis.Call
			page = ledger.CallsQuery{AnalysisID: id, Limit: limit}
		)
		for {
			listed, err := s.Calls(t.Context(), page)
			require.NoError(t, err)
			require.LessOrEqual(t, len(listed), limit)
			if len(listed) == 0 {
				break
			}
			got = append(got, listed...)
			last := listed[len(listed)-1]
			page.After = &ledger.CallsCursor{Start: last.Start, Key: last.Key}
		}
		require.Equal(t, calls, got, "pages of %d", limit)
	}
}

func callsDefaultLimit(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(56, ledger.DefaultCallsLimit+10, Shape{Analyses: 1})
	mustFold(t, s, calls)
	got, err := s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: calls[0].AnalysisID})
	require.NoError(t, err)
	slices.SortFunc(calls, compareCalls)
	require.Equal(t, calls[:ledger.DefaultCallsLimit], got)
}

func detailsAreTheEarliest(f *fixture) {
	t := f.t
	s, truth := populated(f, 57)
	for id := range truth {
		for _, details := range []int{1, 3} {
			requireSummary(t, s, truth[id], details)
		}
	}
}

func summaryNotFound(f *fixture) {
	t := f.t
	s, _ := populated(f, 58)
	for _, id := range []string{"", "analysis", "ANALYSIS_1", "analysis_1 "} {
		_, err := s.Summary(t.Context(), id, AllDetails)
		require.ErrorIs(t, err, ledger.ErrNotFound, id)
	}
}
