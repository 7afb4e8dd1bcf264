// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"math/rand/v2"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func hostileCases() []testCase {
	return []testCase{
		{"Hostile/TextRoundTrips", hostileText},
		{"Hostile/BytesNeverFailTheBatch", hostileBytes},
		{"Hostile/IDsOfEveryLength", idsOfEveryLength},
		{"Hostile/EmptyNames", emptyNames},
	}
}

func hostileText(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(61, 150, Shape{Analyses: 40, Hostile: true})
	ends := Ends(61, calls)
	require.Equal(t, ledger.Outcome{Folded: len(calls)}, mustFold(t, s, calls, ends...))
	require.Equal(t, ledger.Outcome{Duplicate: len(calls)}, mustFold(t, s, calls, ends...))
	truth := Truth(t, calls, ends...)
	RequireTruth(t, s, truth)
	for id := range truth {
		got, err := s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: id})
		require.NoError(t, err)
		want := slices.DeleteFunc(slices.Clone(calls), func(c analysis.Call) bool { return c.AnalysisID != id })
		slices.SortFunc(want, compareCalls)
		require.Equal(t, want, append([]analysis.Call(nil), got...))
	}
}

// hostileBytes puts bytes that are not text into every name.
func hostileBytes(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(62, 12, Shape{Analyses: 3})
	closed := end(1, "a\x00b\xff", 2)
	closed.Attribution.Subject = "\xc3\x28\x00"
	for i := range 6 {
		spoil(&calls[i])
	}
	require.Equal(t, ledger.Outcome{Folded: 12}, mustFold(t, s, calls, closed))
	require.Equal(t, ledger.Outcome{Duplicate: 12}, mustFold(t, s, calls, closed))
	RequireTruth(t, s, Truth(t, calls, closed))

	_, err := s.List(t.Context(), ledger.ListQuery{Subject: "\x00\xff"})
	require.NoError(t, err)
	got, err := s.Calls(t.Context(), ledger.CallsQuery{AnalysisID: calls[0].AnalysisID})
	require.NoError(t, err)
	require.NotEmpty(t, got, "a reader cleans what it looks for")
	_, err = s.Summary(t.Context(), calls[0].AnalysisID, 0)
	require.NoError(t, err)
}

func spoil(c *analysis.Call) {
	for _, s := range []*string{
		&c.AnalysisID, (*string)(&c.Type), &c.Provider, &c.Operation, &c.RequestModel, &c.ResponseModel, &c.ResponseID,
		&c.ServiceTier, &c.ErrorType, &c.Cost.PriceListVersion,
		&c.Attribution.Subject, &c.Attribution.UserID, &c.Attribution.UserTier, &c.Attribution.TenantID,
	} {
		*s += "\x00nul\xff\xfebad\xc3\x28\xed\xa0\x80"
	}
	c.FinishReasons = []string{"\x00", "a,b", `"`, "{}", "NULL", "", "\xff"}
}

// idsOfEveryLength uses text that does not compress, and ids that differ only
// at their ends.
func idsOfEveryLength(f *fixture) {
	t, s := f.t, f.store()
	lengths := []int{1, 100, ledger.MaxText, ledger.MaxText + 1, 2500, 10_000, 60_000}
	calls := Calls(63, len(lengths)+1, Shape{Analyses: 1})
	for i, n := range lengths {
		long := noise(n)
		calls[i].AnalysisID, calls[i].Type = long, analysis.CallType(long)
		calls[i].Provider, calls[i].ResponseModel = long, long
	}
	last := len(lengths)
	calls[last] = calls[last-1]
	calls[last].Key = spanKey(1)
	calls[last].AnalysisID += "x"
	require.Equal(t, ledger.Outcome{Folded: len(calls)}, mustFold(t, s, calls))
	require.Equal(t, ledger.Outcome{Duplicate: len(calls)}, mustFold(t, s, calls))
	truth := Truth(t, calls)
	require.Len(t, truth, len(calls))
	RequireTruth(t, s, truth)
}

// noise returns n bytes of text that no database can pack.
func noise(n int) string {
	rng := rand.New(rand.NewPCG(uint64(n), 4)) //nolint:gosec // tests want the same text again
	const printable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=!?.,:;"
	text := make([]byte, n)
	for i := range text {
		text[i] = printable[rng.IntN(len(printable))]
	}
	return string(text)
}

func emptyNames(f *fixture) {
	t, s := f.t, f.store()
	calls := Calls(64, 4, Shape{Analyses: 1})
	for i := range calls {
		calls[i] = analysis.Call{Key: calls[i].Key, AnalysisID: "a", Start: calls[i].Start, End: calls[i].End}
	}
	calls[3].Key.Span = analysis.SpanID{}
	mustFold(t, s, calls)
	RequireTruth(t, s, Truth(t, calls))
}
