// SPDX-License-Identifier: Apache-2.0

package decode

import "go.opentelemetry.io/collector/pdata/pcommon"

// reasonsTogether is for how many finish reasons room is made at once: nearly
// every call has one.
const reasonsTogether = 256

// finishReasons reads a list of names. A single name stands for a list of one,
// and so may a list that is written as JSON.
func (r *reader) finishReasons() []string {
	if !r.span.has(fieldFinishReasons) {
		return nil
	}
	v := r.span.values[fieldFinishReasons]
	if v.Type() != pcommon.ValueTypeSlice {
		return r.finishText(r.text(v))
	}
	list := v.Slice()
	from := r.makeRoom()
	for i := range list.Len() {
		r.keepReason(from, r.text(list.At(i)))
	}
	return r.reasonsFrom(from)
}

func (r *reader) finishText(text string) []string {
	names := []string{text}
	if text != "" && text[0] == '[' {
		s := scanner{text: text}
		if list, ok := s.names(); ok {
			r.add(MendRetyped)
			names = list
		}
	}
	from := r.makeRoom()
	for _, name := range names {
		r.keepReason(from, name)
	}
	return r.reasonsFrom(from)
}

// makeRoom returns where the reasons of the next call begin.
func (r *reader) makeRoom() (from int) {
	if cap(r.reasons)-len(r.reasons) < MaxFinishReasons {
		r.reasons = make([]string, 0, reasonsTogether)
	}
	return len(r.reasons)
}

// keepReason keeps the first MaxFinishReasons of those that begin at from.
func (r *reader) keepReason(from int, text string) {
	switch {
	case text == "":
	case len(r.reasons)-from == MaxFinishReasons:
		r.add(MendLength)
	default:
		r.reasons = append(r.reasons, text)
	}
}

// reasonsFrom returns a slice that nothing is appended to in place.
func (r *reader) reasonsFrom(from int) []string {
	if len(r.reasons) == from {
		return nil
	}
	return r.reasons[from:len(r.reasons):len(r.reasons)]
}
