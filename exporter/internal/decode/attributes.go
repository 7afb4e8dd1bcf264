// SPDX-License-Identifier: Apache-2.0

package decode

import "go.opentelemetry.io/collector/pdata/pcommon"

// attributes are the values of one attribute map by field, the best rank of
// each.
type attributes struct {
	values [numFields]pcommon.Value
	ranks  [numFields + 1]uint8
	id     pcommon.Value
	idRank uint8
	// before are the names of the map that was read before: one instrumentation
	// writes the same ones in the same order, again and again.
	before [maxBefore]found
}

const maxBefore = 32

// found is a name and what it is read for.
type found struct {
	name   string
	source *source
}

// scan reads a map in one pass. An empty value counts as none.
func (a *attributes) scan(table *nameTable, m pcommon.Map) {
	a.ranks = [numFields + 1]uint8{}
	a.idRank = 0
	n := -1
	for name, value := range m.All() {
		n++
		s := a.find(table, name, n)
		if s == nil || isEmpty(value) {
			continue
		}
		if s.field != fieldNone && better(s.rank, a.ranks[s.field]) {
			a.ranks[s.field], a.values[s.field] = s.rank, value
		}
		if better(s.idRank, a.idRank) {
			a.idRank, a.id = s.idRank, value
		}
	}
}

// find returns what the name at place n of a map is read for, nil for nothing.
func (a *attributes) find(table *nameTable, name string, n int) *source {
	if n >= maxBefore {
		return table.find(name)
	}
	f := &a.before[n]
	if f.name != name {
		f.name, f.source = name, table.find(name)
	}
	return f.source
}

// better compares ranks; of two equal ones the first stands.
func better(rank, than uint8) bool { return rank != 0 && (than == 0 || rank < than) }

func isEmpty(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return true
	case pcommon.ValueTypeStr:
		return v.Str() == ""
	default:
		return false
	}
}

func (a *attributes) has(f field) bool { return a.ranks[f] != 0 }

// hasAny reports whether a field from first to last is there.
func (a *attributes) hasAny(first, last field) bool {
	for _, rank := range a.ranks[first : last+1] {
		if rank != 0 {
			return true
		}
	}
	return false
}

// plain returns a field's text as it stands, "" where it is not text.
func (a *attributes) plain(f field) string {
	if a.has(f) && a.values[f].Type() == pcommon.ValueTypeStr {
		return a.values[f].Str()
	}
	return ""
}
