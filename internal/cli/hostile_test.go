// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

// hostileNames are names that a careless table breaks on.
var hostileNames = map[string]string{
	"Newlines":       "two\nlines\r\nand\u2028more\u0085",
	"Tabs":           "a\tb\vc\f",
	"EscapeSequence": "\x1b[31mred\x1b[2J\x1b]0;title\x07",
	"C1":             "\u009b31mred",
	"RightToLeft":    "\u202Egnirts\u200F\u2067",
	"Backspaces":     "abc\b\b\b\x7f",
	"NUL":            "a\x00b",
	"NotUTF8":        "a\xff\xc3\x28",
	"TenKilobytes":   strings.Repeat("ten thousand ", 800),
	"OnlyMarks":      "e" + strings.Repeat("\u0301", 10_000),
	"Wide":           strings.Repeat("\u682A\u5F0F", 300),
	"Percent":        "%s %d %!v(MISSING)",
	"Markup":         "<b>&amp;</b>",
	"Quotes":         `"quoted" 'and' \back`,
}

func TestTables_HostileNames(t *testing.T) {
	t.Parallel()
	for name, hostile := range hostileNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(hostile, 0, analysis.CallType(hostile))
			c.Attribution.Subject, c.ResponseModel, c.ErrorType = hostile, hostile, hostile
			m := &memory{calls: []analysis.Call{c, call("plain", 1, "plain")}}
			requireTable(t, run(t, program(m), "list"), 3)
			requireTable(t, run(t, program(m), "calls", hostile), 2)

			summary := run(t, program(m), "summary", hostile)
			require.Zero(t, summary.code)
			requirePrintable(t, summary.stdout)

			document := run(t, program(m), "summary", hostile, "--json")
			var read struct {
				Subject string `json:"subject"`
			}
			readJSON(t, document.stdout, &read)
			require.Equal(t, string([]rune(hostile)), read.Subject, "JSON keeps the name")
		})
	}
}

// requireTable requires a table of so many lines, each with its cost at the
// end, and none that is too long.
func requireTable(t *testing.T, got result, lines int) {
	t.Helper()
	require.Zero(t, got.code)
	require.Empty(t, got.stderr)
	requirePrintable(t, got.stdout)
	all := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
	require.Len(t, all, lines)
	for _, line := range all[1:] {
		require.True(t, strings.HasSuffix(line, "$0.003871"), line)
		require.Less(t, utf8.RuneCountInString(line), 320)
	}
}

func requirePrintable(t *testing.T, text string) {
	t.Helper()
	require.True(t, utf8.ValidString(text))
	for _, r := range text {
		require.True(t, r == '\n' || unicode.IsPrint(r), "%U", r)
	}
}

func TestSummary_UnknownHostileID(t *testing.T) {
	t.Parallel()
	for name, hostile := range hostileNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, program(&memory{}), "summary", hostile)
			require.Equal(t, 1, got.code)
			require.Empty(t, got.stdout)
			require.Equal(t, 1, strings.Count(got.stderr, "\n"))
			require.Less(t, len(got.stderr), 500)
			requirePrintable(t, got.stderr)
		})
	}
}
