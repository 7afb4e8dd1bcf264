// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
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
func FoldGroups(calls []Call) []Group { return AppendGroups(nil, calls) }

// AppendGroups appends what FoldGroups returns, so that one who folds batch
// after batch can use the same memory again.
func AppendGroups(groups []Group, calls []Call) []Group {
	if len(calls) == 0 {
		return groups
	}
	order := orderByGroup(calls)
	first := len(groups)
	groups = extend(groups, numberGroups(calls, order))
	for i := range order {
		c, group := order[i].call(calls), &groups[first+order[i].group]
		if i == 0 || order[i].group != order[i-1].group {
			*group = Group{Key: c.GroupKey()}
		}
		group.Add(c)
	}
	return groups
}

// extend appends n groups of any content.
func extend(groups []Group, n int) []Group {
	if groups == nil {
		return make([]Group, n)
	}
	return slices.Grow(groups, n)[:len(groups)+n]
}

// numberGroups gives each place the number of its group, and returns how many
// there are.
func numberGroups(calls []Call, order []place) int {
	for i := 1; i < len(order); i++ {
		last, next := &order[i-1], &order[i]
		next.group = last.group
		if last.id != next.id || !sameGroup(last.call(calls), next.call(calls)) {
			next.group++
		}
	}
	return order[len(order)-1].group + 1
}

// place is a call of a batch, and the bytes that tell its analysis id from
// the others of the batch, as far as they fit in.
type place struct {
	id           uint64
	index, group int
}

func (p place) call(calls []Call) *Call { return &calls[p.index] }

// orderByGroup returns the places of the calls in the order of their groups.
// Ids of one batch tend to begin alike, "analysis_0000", and to differ in the
// eight bytes that follow: sorting by these leaves little to compare.
func orderByGroup(calls []Call) []place {
	shared := sharedPrefix(calls)
	order := make([]place, len(calls))
	for i := range calls {
		order[i] = place{id: leadingBytes(calls[i].AnalysisID[shared:]), index: i}
	}
	order = sortPlaces(order)
	for first := 0; first < len(order); {
		next := first + 1
		for next < len(order) && order[next].id == order[first].id {
			next++
		}
		if next-first > 1 {
			slices.SortFunc(
				order[first:next],
				func(a, b place) int { return compareGroups(a.call(calls), b.call(calls)) },
			)
		}
		first = next
	}
	return order
}

// sortPlaces sorts by id: by its last byte first, then by the others up to the
// first one, each time without changing the order of equal ones. Bytes that
// are the same in all ids are passed over.
func sortPlaces(order []place) []place {
	var varying uint64
	for i := range order {
		varying |= order[i].id ^ order[0].id
	}
	spare := make([]place, len(order))
	for shift := 0; shift < 64; shift += 8 {
		if varying>>shift&0xff != 0 {
			sortByByte(spare, order, shift)
			order, spare = spare, order
		}
	}
	return order
}

// sortByByte copies from in the order of the byte of the ids at a shift.
func sortByByte(to, from []place, shift int) {
	var next [256]int
	for i := range from {
		next[from[i].id>>shift&0xff]++
	}
	sum := 0
	for b := range next {
		next[b], sum = sum, sum+next[b]
	}
	for i := range from {
		at := &next[from[i].id>>shift&0xff]
		to[*at] = from[i]
		*at++
	}
}

// sharedPrefix returns how many bytes all analysis ids begin with alike.
func sharedPrefix(calls []Call) int {
	prefix := calls[0].AnalysisID
	for i := range calls {
		id := calls[i].AnalysisID
		for !strings.HasPrefix(id, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return len(prefix)
}

// leadingBytes returns the first eight bytes as a number of the same order.
func leadingBytes(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// compareGroups orders calls as their groups' keys are ordered.
func compareGroups(a, b *Call) int {
	if n := strings.Compare(a.AnalysisID, b.AnalysisID); n != 0 {
		return n
	}
	if n := strings.Compare(string(a.Type), string(b.Type)); n != 0 {
		return n
	}
	if n := strings.Compare(a.Provider, b.Provider); n != 0 {
		return n
	}
	return strings.Compare(a.Model(), b.Model())
}

// sameGroup compares first what differs most often.
func sameGroup(a, b *Call) bool {
	return a.Type == b.Type && a.AnalysisID == b.AnalysisID && a.Provider == b.Provider && a.Model() == b.Model()
}
