// SPDX-License-Identifier: Apache-2.0

package e2e_test

// figures is what is counted of a set of calls. A token count that no call of
// the set reported is 0 here; WithoutUsage tells.
type figures struct {
	Calls, Failed, WithoutUsage, Partial         int64
	Input, Output, CacheRead, Reasoning, ToolUse int64
}

func (f figures) plus(o figures) figures {
	return figures{
		Calls: f.Calls + o.Calls, Failed: f.Failed + o.Failed,
		WithoutUsage: f.WithoutUsage + o.WithoutUsage, Partial: f.Partial + o.Partial,
		Input: f.Input + o.Input, Output: f.Output + o.Output,
		CacheRead: f.CacheRead + o.CacheRead, Reasoning: f.Reasoning + o.Reasoning, ToolUse: f.ToolUse + o.ToolUse,
	}
}

// bill is the figures of one analysis by call type.
type bill map[string]figures

func (b bill) add(callType string, f figures) { b[callType] = b[callType].plus(f) }

func (b bill) total() figures {
	var sum figures
	for _, f := range b {
		sum = sum.plus(f)
	}
	return sum
}

// books are the bills of many analyses by their ids.
type books map[string]bill

func (b books) add(analysisID, callType string, f figures) {
	if b[analysisID] == nil {
		b[analysisID] = bill{}
	}
	b[analysisID].add(callType, f)
}

func (b books) totals() map[string]figures {
	totals := make(map[string]figures, len(b))
	for id := range b {
		totals[id] = b[id].total()
	}
	return totals
}

// calls returns the number of calls of all analyses.
func (b books) calls() int64 {
	var n int64
	for _, total := range b.totals() {
		n += total.Calls
	}
	return n
}
