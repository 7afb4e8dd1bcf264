// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"cmp"
	"slices"
)

// GroupKey names the finest sums that a store keeps: one analysis, call type,
// provider and model.
type GroupKey struct {
	AnalysisID string
	CallType   CallType
	Provider   string
	Model      string
}

// Compare orders keys by the bytes of their fields.
func (k GroupKey) Compare(o GroupKey) int {
	return cmp.Or(
		cmp.Compare(k.AnalysisID, o.AnalysisID),
		cmp.Compare(k.CallType, o.CallType),
		cmp.Compare(k.Provider, o.Provider),
		cmp.Compare(k.Model, o.Model),
	)
}

// Group is the totals of the calls that share a GroupKey.
type Group struct {
	Key GroupKey
	Totals
}

// GroupKey returns the group that the call belongs to.
func (c *Call) GroupKey() GroupKey {
	return GroupKey{AnalysisID: c.AnalysisID, CallType: c.Type, Provider: c.Provider, Model: c.Model()}
}

// FoldGroups adds the calls up by GroupKey and returns the groups in key
// order. Every call must be there once.
func FoldGroups(calls []Call) []Group {
	at := make(map[GroupKey]int, len(calls)/4+1)
	groups := make([]Group, 0, len(calls)/4+1)
	for i := range calls {
		key := calls[i].GroupKey()
		n, ok := at[key]
		if !ok {
			n = len(groups)
			at[key] = n
			groups = append(groups, Group{Key: key})
		}
		groups[n].Add(&calls[i])
	}
	slices.SortFunc(groups, func(a, b Group) int { return a.Key.Compare(b.Key) })
	return groups
}
