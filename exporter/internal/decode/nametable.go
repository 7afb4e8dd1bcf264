// SPDX-License-Identifier: Apache-2.0

package decode

// source says what an attribute name is read for. A rank of 0 is none, 1 the
// best.
type source struct {
	name   string
	field  field
	rank   uint8
	idRank uint8
	// next is a source that shares this one's slot.
	next *source
}

// tableSlots is a power of two, so many that few names share a slot, and
// nearly every name that is not read falls into an empty one.
const tableSlots = 1024

// nameTable finds the names to read. It looks at a name's length and three of
// its bytes before it compares the whole.
type nameTable [tableSlots]*source

func slot(name string) int {
	n := len(name)
	if n == 0 {
		return 0
	}
	return (n*173 ^ int(name[n/2])*29 ^ int(name[n-1])*7 ^ int(name[n*3/4])*467) % tableSlots
}

// newNameTable returns the table of fieldNames, with the analysis id read
// from the given names, best first.
func newNameTable(analysisID []string) *nameTable {
	t := &nameTable{}
	for f := range fieldNames {
		for i, name := range fieldNames[f] {
			s := t.add(name)
			s.field, s.rank = field(f), uint8(i+1)
		}
	}
	for i, name := range analysisID {
		s := t.find(name)
		if s == nil {
			s = t.add(name)
			s.field = fieldNone
		}
		if s.idRank == 0 {
			s.idRank = uint8(min(i+1, MaxAnalysisIDNames))
		}
	}
	return t
}

func (t *nameTable) add(name string) *source {
	first := &t[slot(name)]
	*first = &source{name: name, next: *first}
	return *first
}

func (t *nameTable) find(name string) *source {
	s := t[slot(name)]
	for s != nil && s.name != name {
		s = s.next
	}
	return s
}
