// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// String returns the people's summary: a heading, the tokens, and a block per
// call type, as plain text that ends in a newline.
func (s Summary) String() string {
	var b strings.Builder
	s.writeHeading(&b)
	b.WriteString("\nTokens\n")
	writeTokens(&b, &s.Totals)
	writeCost(&b, &s.Totals)
	for i := range s.Breakdowns {
		s.Breakdowns[i].write(&b)
	}
	return b.String()
}

func (s *Summary) writeHeading(b *strings.Builder) {
	title := "Analysis of " + Printable(s.Name())
	b.WriteString(title + "\n" + strings.Repeat("=", utf8.RuneCountInString(title)) + "\n")
	line(b, "Analysis ID", Printable(s.AnalysisID))
	line(b, "Duration", s.Duration().Round(time.Millisecond).String())
	line(b, "LLM calls", groupThousands(s.Calls))
	line(b, "Succeeded", groupThousands(s.Succeeded()))
	line(b, "Failed", groupThousands(s.Failed))
	if s.Completeness == Missing {
		line(b, "Missing", callCount(s.MissingCalls)+" made and not counted here")
	}
}

func (d *Breakdown) write(b *strings.Builder) {
	b.WriteString("\n" + Printable(string(d.CallType)) + "\n")
	line(b, "Calls", groupThousands(d.Calls))
	writeTokens(b, &d.Totals)
	line(b, "Success rate", fmt.Sprintf("%.1f %%", 100*d.SuccessRate()))
	writeCost(b, &d.Totals)
}

func writeTokens(b *strings.Builder, t *Totals) {
	line(b, "Input tokens", t.InputTokens().String())
	line(b, "Output tokens", t.OutputTokens().String())
	line(b, "Total tokens", t.TotalTokens().String())
	for _, part := range []struct {
		label string
		n     int64
	}{
		{"Cached input", t.CacheRead},
		{"Cache write", t.CacheWrite},
		{"Reasoning", t.Reasoning},
		{"Tool use", t.ToolUse},
		{"Unaccounted", t.Unaccounted},
	} {
		if part.n != 0 {
			line(b, part.label, groupThousands(part.n))
		}
	}
	writeMarks(b, t)
}

// writeMarks says which calls the figures above are not exact for.
func writeMarks(b *strings.Builder, t *Totals) {
	for _, mark := range []struct {
		label string
		calls int64
	}{
		{"Without usage", t.WithoutUsage},
		{"Lower bound", t.Partial},
		{"Estimated", t.Estimated},
	} {
		if mark.calls != 0 {
			line(b, mark.label, callCount(mark.calls))
		}
	}
}

func callCount(n int64) string {
	if n == 1 {
		return "1 call"
	}
	return groupThousands(n) + " calls"
}

func writeCost(b *strings.Builder, t *Totals) {
	text := "unknown"
	if amount, ok := t.CostUSD(); ok {
		text = "$" + amount.String()
	}
	if t.Unpriced > 0 {
		text += " (" + callCount(t.Unpriced) + " without a price)"
	}
	line(b, "Cost", text)
}

func line(b *strings.Builder, label, value string) {
	fmt.Fprintf(b, "  %-14s %s\n", label, value)
}

// Printable returns a name that can neither move the cursor nor color the terminal
// nor turn the direction of the text: what is not printable is replaced.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
