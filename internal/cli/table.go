// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/spanledger/spanledger/internal/analysis"
)

// The widest that columns get, in characters. An id is to be copied, so that
// all that are in use fit.
const (
	maxID   = 80
	maxCell = 40
)

func writeSummaries(w io.Writer, zone *time.Location, summaries []analysis.Summary) error {
	t := newTable(5, 6, 7, 8, 9, 10)
	t.AppendHeader(table.Row{
		"Analysis", "Subject", "Started", "State", "Took", "Calls", "Failed", "Input", "Output", "Cost",
	})
	for i := range summaries {
		s := &summaries[i]
		t.AppendRow(table.Row{
			cell(s.AnalysisID, maxID), cell(s.Subject, maxCell), clock(s.Start, zone), state(s),
			took(s.Duration()), analysis.Known(s.Calls), analysis.Known(s.Failed),
			s.InputTokens(), s.OutputTokens(), cost(total(&s.Totals)),
		})
	}
	return render(w, t)
}

func writeCalls(w io.Writer, zone *time.Location, calls []analysis.Call) error {
	t := newTable(4, 5, 6, 9)
	t.AppendHeader(table.Row{"Started", "Call type", "Model", "Took", "Input", "Output", "Usage", "Outcome", "Cost"})
	for i := range calls {
		c := &calls[i]
		outcome := "ok"
		if !c.Succeeded() {
			outcome = c.ErrorType
		}
		t.AppendRow(table.Row{
			clock(c.Start, zone), cell(string(c.Type), maxCell), cell(c.Model(), maxCell), took(c.Duration()),
			c.Usage.Input, c.Usage.Output, c.Usage.Status.String(), cell(outcome, maxCell), cost(c.Cost),
		})
	}
	return render(w, t)
}

// newTable returns a table without lines, whose numbered columns (from 1)
// are aligned to the right.
func newTable(right ...int) table.Writer {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = "  "
	style.Format.Header = text.FormatUpper
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	configs := make([]table.ColumnConfig, len(right))
	for i, number := range right {
		configs[i] = table.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	t.SetColumnConfigs(configs)
	return t
}

func render(w io.Writer, t table.Writer) error {
	_, err := io.WriteString(w, t.Render()+"\n")
	return err
}

// cell keeps a name to one line of bounded width that cannot move the cursor.
func cell(name string, width int) string { return cut(analysis.Printable(name), width) }

// cut shortens a text to so many columns, and to as many characters: marks
// that combine take no column of their own.
func cut(s string, width int) string {
	n := 0
	for i := range s {
		if n == width {
			s = s[:i] + "…"
			break
		}
		n++
	}
	return text.Snip(s, width, "…")
}

func clock(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.In(zone).Format(time.DateTime)
}

func took(d time.Duration) string {
	if d < time.Millisecond {
		return d.Round(time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

func state(s *analysis.Summary) string {
	if s.Completeness == analysis.Missing {
		return "missing " + analysis.Known(s.MissingCalls).String()
	}
	return string(s.Completeness)
}

func cost(c analysis.Cost) string {
	if !c.Priced {
		return "unknown"
	}
	return "$" + c.Amount.String()
}

// total returns the sum of the known costs, priced where there is one.
func total(t *analysis.Totals) analysis.Cost {
	amount, known := t.CostUSD()
	return analysis.Cost{Amount: amount, Priced: known}
}
