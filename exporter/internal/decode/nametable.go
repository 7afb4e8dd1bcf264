// SPDX-License-Identifier: Apache-2.0

package decode

// source says what an attribute name is read for. A rank of 0 is none, 1 the
// best.
type source struct {
	name   string
	middle byte
	field  field
	rank   uint8
	idRank uint8
}

// nameTable holds the names to read by their length, and beside each its
// middle byte: nearly all other names are told from them without a hash or a
// comparison of texts.
type nameTable [][]source

func middle(name string) byte {
	if name == "" {
		return 0
	}
	return name[len(name)/2]
}

// newNameTable returns the table of fieldNames, with the analysis id read
// from the given names, best first.
func newNameTable(analysisID []string) nameTable {
	var t nameTable
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
	for len(*t) <= len(name) {
		*t = append(*t, nil)
	}
	bucket := &(*t)[len(name)]
	*bucket = append(*bucket, source{name: name, middle: middle(name)})
	return &(*bucket)[len(*bucket)-1]
}

func (t *nameTable) find(name string) *source {
	if len(name) >= len(*t) {
		return nil
	}
	bucket, m := (*t)[len(name)], middle(name)
	for i := range bucket {
		if bucket[i].middle == m && bucket[i].name == name {
			return &bucket[i]
		}
	}
	return nil
}
