// SPDX-License-Identifier: Apache-2.0

package analysis

import "time"

// Totals are the sums over a set of calls. The zero Totals are those of no
// call. Adding is commutative and associative. Totals are not safe for
// concurrent use.
type Totals struct {
	Calls  int64
	Failed int64
	// WithoutUsage counts the calls whose usage is unknown.
	WithoutUsage int64
	// Partial and Estimated count the calls whose usage is a lower bound or
	// our own estimate.
	Partial, Estimated int64
	// Unpriced counts the calls with usage for which no price was found.
	Unpriced int64
	// Priced counts the calls whose cost is in Cost.
	Priced int64

	// Token sums of what was reported. Read them through InputTokens and its
	// like, which tell unknown from zero.
	Input, Output                             int64
	CacheRead, CacheWrite, Reasoning, ToolUse int64
	// Unaccounted is the sum of Usage.Unaccounted, where it is known.
	Unaccounted int64

	Cost Amount
	// Busy is the sum of the calls' durations.
	Busy time.Duration
	// Start of the first call and End of the last one.
	Start, End time.Time
}

// Add adds one call.
func (t *Totals) Add(c *Call) {
	u := &c.Usage
	t.Calls++
	if !c.Succeeded() {
		t.Failed++
	}
	t.addStatus(u.Status)
	t.addCost(c)
	t.Input += u.Input.OrZero()
	t.Output += u.Output.OrZero()
	t.CacheRead += u.CacheRead.OrZero()
	t.CacheWrite += u.CacheWrite.OrZero()
	t.Reasoning += u.Reasoning.OrZero()
	t.ToolUse += u.ToolUse.OrZero()
	t.Unaccounted += u.Unaccounted().OrZero()
	t.Busy += c.Duration()
	t.Start = earlier(t.Start, c.Start)
	t.End = later(t.End, c.End)
}

func (t *Totals) addStatus(s UsageStatus) {
	switch s {
	case StatusUnknown:
		t.WithoutUsage++
	case StatusPartial:
		t.Partial++
	case StatusEstimated:
		t.Estimated++
	case StatusReported:
	}
}

func (t *Totals) addCost(c *Call) {
	switch {
	case c.Cost.Priced:
		t.Priced++
		t.Cost = t.Cost.Add(c.Cost.Amount)
	case c.Usage.Status != StatusUnknown:
		t.Unpriced++
	}
}

// Merge adds the totals of another, disjoint set of calls.
func (t *Totals) Merge(o *Totals) {
	t.Calls += o.Calls
	t.Failed += o.Failed
	t.WithoutUsage += o.WithoutUsage
	t.Partial += o.Partial
	t.Estimated += o.Estimated
	t.Unpriced += o.Unpriced
	t.Priced += o.Priced
	t.Input += o.Input
	t.Output += o.Output
	t.CacheRead += o.CacheRead
	t.CacheWrite += o.CacheWrite
	t.Reasoning += o.Reasoning
	t.ToolUse += o.ToolUse
	t.Unaccounted += o.Unaccounted
	t.Cost = t.Cost.Add(o.Cost)
	t.Busy += o.Busy
	t.Start = earlier(t.Start, o.Start)
	t.End = later(t.End, o.End)
}

// Subtract takes back the totals of calls that were added before. Start and End
// stay: what remains does not tell those of the others.
func (t *Totals) Subtract(o *Totals) {
	t.Merge(&Totals{
		Calls: -o.Calls, Failed: -o.Failed, WithoutUsage: -o.WithoutUsage, Partial: -o.Partial,
		Estimated: -o.Estimated, Unpriced: -o.Unpriced, Priced: -o.Priced,
		Input: -o.Input, Output: -o.Output, CacheRead: -o.CacheRead, CacheWrite: -o.CacheWrite,
		Reasoning: -o.Reasoning, ToolUse: -o.ToolUse, Unaccounted: -o.Unaccounted,
		Cost: PicoDollars(-o.Cost.Pico()), Busy: -o.Busy,
	})
}

// Succeeded returns the number of calls that worked.
func (t *Totals) Succeeded() int64 { return t.Calls - t.Failed }

// SuccessRate returns the part of the calls that worked, from 0 to 1; 0 where
// there is no call.
func (t *Totals) SuccessRate() float64 {
	if t.Calls == 0 {
		return 0
	}
	return float64(t.Succeeded()) / float64(t.Calls)
}

// InputTokens returns the sum of input tokens: unknown where there are calls
// and none of them reported its usage.
func (t *Totals) InputTokens() Count { return t.count(t.Input) }

// OutputTokens returns the sum of output tokens, unknown as InputTokens is.
func (t *Totals) OutputTokens() Count { return t.count(t.Output) }

// TotalTokens returns InputTokens + OutputTokens.
func (t *Totals) TotalTokens() Count { return t.count(t.Input + t.Output) }

// CacheReadTokens returns the part of the input that came from a cache.
func (t *Totals) CacheReadTokens() Count { return t.count(t.CacheRead) }

// CacheWriteTokens returns the part of the input that was written to a cache.
func (t *Totals) CacheWriteTokens() Count { return t.count(t.CacheWrite) }

// ReasoningTokens returns the part of the output that was spent on thought.
func (t *Totals) ReasoningTokens() Count { return t.count(t.Reasoning) }

// ToolUseTokens returns the part of the input that server-side tools made.
func (t *Totals) ToolUseTokens() Count { return t.count(t.ToolUse) }

func (t *Totals) count(n int64) Count {
	if t.Calls > 0 && t.WithoutUsage == t.Calls {
		return Unknown()
	}
	return Known(n)
}

// CostUSD returns the sum of the known costs, and false where there are calls
// and none of them has a price.
func (t *Totals) CostUSD() (Amount, bool) { return t.Cost, t.Calls == 0 || t.Priced > 0 }

// earlier and later take the zero time as "not known".
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
