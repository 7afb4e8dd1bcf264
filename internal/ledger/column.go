// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// MomentLayout is how a store hands over a Moment, in UTC.
const MomentLayout = "2006-01-02T15:04:05.000000Z"

// Kind says what the values of a Column are.
type Kind uint8

// The kinds of columns, and how a store hands them over: as text.
const (
	Text Kind = iota
	Whole
	// Money is dollars without zeros at the end.
	Money
	// Moment is a time in MomentLayout.
	Moment
	// Seconds is a floating point number in any form.
	Seconds
)

// bound says how a sum of more calls compares with one of fewer.
type bound uint8

const (
	free bound = iota
	grows
	shrinks
)

// Column is a column of a view whose values follow from the rows.
type Column struct {
	Name  string
	Kind  Kind
	bound bound
	of    func(s *analysis.Summary) cell
}

// cell is a value of a view as text. The zero cell is NULL.
type cell struct {
	text  string
	known bool
}

func (c cell) String() string {
	if !c.known {
		return "unknown"
	}
	return c.text
}

// AnalysisColumns are the columns of analysis_summary that follow from the
// rows. The key and the breakdown are apart, and updated_at does not follow.
func AnalysisColumns() []Column { return analysisColumns }

// GroupColumns are the columns of call_type_summary that follow from the rows.
// Its key is apart.
func GroupColumns() []Column { return groupColumns }

var sumColumns = []Column{
	{"total_input_tokens", Whole, grows, tokens((*analysis.Totals).InputTokens)},
	{"total_output_tokens", Whole, grows, tokens((*analysis.Totals).OutputTokens)},
	{"total_tokens", Whole, grows, tokens((*analysis.Totals).TotalTokens)},
	{"cache_read_tokens", Whole, grows, tokens((*analysis.Totals).CacheReadTokens)},
	{"cache_write_tokens", Whole, grows, tokens((*analysis.Totals).CacheWriteTokens)},
	{"reasoning_tokens", Whole, grows, tokens((*analysis.Totals).ReasoningTokens)},
	{"tool_use_tokens", Whole, grows, tokens((*analysis.Totals).ToolUseTokens)},
	{"successful_calls", Whole, grows, whole(func(s *analysis.Summary) int64 { return s.Succeeded() })},
	{"failed_calls", Whole, grows, whole(func(s *analysis.Summary) int64 { return s.Failed })},
	{"calls_without_usage", Whole, grows, whole(func(s *analysis.Summary) int64 { return s.WithoutUsage })},
	{"partial_calls", Whole, grows, whole(func(s *analysis.Summary) int64 { return s.Partial })},
	{"estimated_calls", Whole, grows, whole(func(s *analysis.Summary) int64 { return s.Estimated })},
	{"unaccounted_tokens", Whole, free, whole(func(s *analysis.Summary) int64 { return s.Unaccounted })},
	{"cost_usd", Money, grows, dollars},
	{"unpriced_calls", Whole, grows, whole(func(s *analysis.Summary) int64 { return s.Unpriced })},
}

var calls = whole(func(s *analysis.Summary) int64 { return s.Calls })

var breakdownColumns = append([]Column{{columnCallsOfType, Whole, grows, calls}}, sumColumns...)

var groupColumns = append([]Column{
	{"start_time", Moment, shrinks, func(s *analysis.Summary) cell { return moment(s.Totals.Start) }},
	{"end_time", Moment, grows, func(s *analysis.Summary) cell { return moment(s.Totals.End) }},
	{"busy_seconds", Seconds, grows, func(s *analysis.Summary) cell { return seconds(s.Busy) }},
}, breakdownColumns...)

var analysisColumns = append([]Column{
	{"subject", Text, shrinks, name(func(a *analysis.Attribution) string { return a.Subject })},
	{"user_id", Text, shrinks, name(func(a *analysis.Attribution) string { return a.UserID })},
	{"user_tier", Text, shrinks, name(func(a *analysis.Attribution) string { return a.UserTier })},
	{"tenant_id", Text, shrinks, name(func(a *analysis.Attribution) string { return a.TenantID })},
	{"start_time", Moment, shrinks, func(s *analysis.Summary) cell { return moment(s.Start) }},
	{"end_time", Moment, grows, func(s *analysis.Summary) cell { return moment(s.End) }},
	{"duration_seconds", Seconds, grows, func(s *analysis.Summary) cell { return seconds(s.Duration()) }},
	{columnCalls, Whole, grows, calls},
	{columnCompleteness, Text, free, func(s *analysis.Summary) cell { return cell{string(s.Completeness), true} }},
	{columnMissing, Whole, free, whole(func(s *analysis.Summary) int64 { return s.MissingCalls })},
}, sumColumns...)

const (
	columnID           = "analysis_id"
	columnCalls        = "llm_calls_count"
	columnCallsOfType  = "calls"
	columnCompleteness = "completeness"
	columnMissing      = "missing_calls"
)

func tokens(of func(*analysis.Totals) analysis.Count) func(*analysis.Summary) cell {
	return func(s *analysis.Summary) cell {
		n, known := of(&s.Totals).Value()
		if !known {
			return cell{}
		}
		return cell{strconv.FormatInt(n, 10), true}
	}
}

func whole(of func(*analysis.Summary) int64) func(*analysis.Summary) cell {
	return func(s *analysis.Summary) cell { return cell{strconv.FormatInt(of(s), 10), true} }
}

func name(of func(*analysis.Attribution) string) func(*analysis.Summary) cell {
	return func(s *analysis.Summary) cell {
		text := of(&s.Attribution)
		return cell{text, text != ""}
	}
}

func dollars(s *analysis.Summary) cell {
	amount, known := s.CostUSD()
	if !known {
		return cell{}
	}
	return cell{strings.TrimSuffix(strings.TrimRight(amount.String(), "0"), "."), true}
}

func moment(t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	return cell{t.UTC().Format(MomentLayout), true}
}

func seconds(d time.Duration) cell { return cell{microseconds(d.Microseconds()), true} }

func microseconds(us int64) string { return fmt.Sprintf("%d.%06d", us/1e6, us%1e6) }

// read makes a cell of what a store handed over.
func (c *Column) read(text *string) cell {
	if text == nil {
		return cell{}
	}
	if c.Kind == Seconds {
		if f, err := strconv.ParseFloat(*text, 64); err == nil {
			return cell{microseconds(int64(math.Round(f * 1e6))), true}
		}
	}
	return cell{*text, true}
}

// agrees compares a value of the sums with that of the rows. Where there are
// fewer rows than the sums were made of, the sums may say more, and not less.
func (c *Column) agrees(inSums, inRows cell, fewer bool) bool {
	switch {
	case !fewer, c.Name == columnCompleteness, c.Name == columnMissing:
		return inSums == inRows
	case c.bound == free, !inRows.known:
		return true
	case !inSums.known:
		return false
	case c.bound == shrinks:
		return inSums.text <= inRows.text
	case c.Kind == Moment:
		return inSums.text >= inRows.text
	}
	return atLeast(inSums.text, inRows.text)
}

func atLeast(a, b string) bool {
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) >= 0
}
