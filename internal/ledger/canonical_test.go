// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

func TestCleanText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                           "",
		"indicator_summary":          "indicator_summary",
		"a\x00b\x00\x00":             "a\uFFFDb\uFFFD\uFFFD",
		"a\xff\xfeb\xc3":             "a\uFFFDb\uFFFD",
		"12345678\x00234567890":      "12345678\uFFFD234567890",
		"123456789012345\x00":        "123456789012345\uFFFD",
		"12345678\x01\x7f3456789":    "12345678\x01\x7f3456789",
		"1234567890123\xff45678":     "1234567890123\uFFFD45678",
		"12345678901234\u00EB9":      "12345678901234\u00EB9",
		"\u202Ertl \U0001F469":       "\u202Ertl \U0001F469",
		strings.Repeat("x", 512):     strings.Repeat("x", 512),
		" spaces stay \t\r\n":        " spaces stay \t\r\n",
		"e\u0301 is not made \u00E9": "e\u0301 is not made \u00E9",
	} {
		require.Equal(t, want, ledger.CleanText(in))
	}
}

func TestCleanText_LongTextsStayDifferent(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, s := range []string{"\u00EB", "x\u00EB", "xy\u00EB", "\U0001F469", "\x00", "\xff-"} {
		for _, end := range []string{"", "a", "b"} {
			long := strings.Repeat(s, 1000) + end
			clean := ledger.CleanText(long)
			require.LessOrEqual(t, len(clean), ledger.MaxText)
			require.True(t, utf8.ValidString(clean))
			require.Equal(t, clean, ledger.CleanText(clean), "cleaning twice changes nothing")
			require.False(t, seen[clean])
			seen[clean] = true
		}
	}
}

func TestCanonical_LeavesTheCallAlone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("east", 3600))
	call := analysis.Call{
		AnalysisID: "a\x00", FinishReasons: []string{"\xff", "stop"}, Start: at, End: at,
		TimeToFirstChunk: 1999, Cost: analysis.Cost{Amount: analysis.PicoDollars(5)},
	}
	got := ledger.Canonical(call)
	require.Equal(t, []string{"\xff", "stop"}, call.FinishReasons)
	require.Equal(t, []string{"\uFFFD", "stop"}, got.FinishReasons)
	require.Equal(t, time.Date(2026, 1, 2, 2, 4, 5, 123456000, time.UTC), got.Start)
	require.Equal(t, time.Microsecond, got.TimeToFirstChunk)
	require.Zero(t, got.Cost.Amount)
	require.Equal(t, got, ledger.Canonical(got))
}

func TestCanonical_KeepsGeneratedCalls(t *testing.T) {
	t.Parallel()
	for _, call := range ledgertest.Calls(1, 200, ledgertest.Shape{Hostile: true}) {
		require.Equal(t, call, ledger.Canonical(call))
	}
}

func TestIsCanonical(t *testing.T) {
	t.Parallel()
	for _, call := range ledgertest.Calls(1, 200, ledgertest.Shape{Hostile: true}) {
		require.True(t, ledger.IsCanonical(&call))
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 123456000, time.UTC)
	for name, change := range map[string]func(c *analysis.Call){
		"AnalysisID":       func(c *analysis.Call) { c.AnalysisID = "a\x00" },
		"Type":             func(c *analysis.Call) { c.Type = "\xff" },
		"Provider":         func(c *analysis.Call) { c.Provider = strings.Repeat("x", ledger.MaxText+1) },
		"Operation":        func(c *analysis.Call) { c.Operation = "\u00EB\x00" },
		"RequestModel":     func(c *analysis.Call) { c.RequestModel = "\u00EB\xc3" },
		"ResponseModel":    func(c *analysis.Call) { c.ResponseModel = "\x00" },
		"ResponseID":       func(c *analysis.Call) { c.ResponseID = "\x00" },
		"ServiceTier":      func(c *analysis.Call) { c.ServiceTier = "\x00" },
		"ErrorType":        func(c *analysis.Call) { c.ErrorType = "\x00" },
		"PriceListVersion": func(c *analysis.Call) { c.Cost.PriceListVersion = "\x00" },
		"Subject":          func(c *analysis.Call) { c.Attribution.Subject = "\x00" },
		"UserID":           func(c *analysis.Call) { c.Attribution.UserID = "\x00" },
		"UserTier":         func(c *analysis.Call) { c.Attribution.UserTier = "\x00" },
		"TenantID":         func(c *analysis.Call) { c.Attribution.TenantID = "\x00" },
		"FinishReason":     func(c *analysis.Call) { c.FinishReasons = []string{"stop", "\x00"} },
		"NoFinishReasons":  func(c *analysis.Call) { c.FinishReasons = []string{} },
		"Zone":             func(c *analysis.Call) { c.Start = at.In(time.FixedZone("east", 3600)) },
		"Nanoseconds":      func(c *analysis.Call) { c.End = at.Add(1) },
		"Monotonic":        func(c *analysis.Call) { c.End = time.Now() },
		"FirstChunk":       func(c *analysis.Call) { c.TimeToFirstChunk = 1999 },
		"AmountUnpriced":   func(c *analysis.Call) { c.Cost.Amount = analysis.PicoDollars(5) },
	} {
		call := analysis.Call{AnalysisID: "a", Start: at, End: at}
		change(&call)
		require.Equal(t, reflect.DeepEqual(call, ledger.Canonical(call)), ledger.IsCanonical(&call), name)
		require.False(t, ledger.IsCanonical(&call), name)
	}
}
