// SPDX-License-Identifier: Apache-2.0

package wire

import "bytes"

// sink takes what a scanner finds. Open and close enclose an object whose
// path has a field; list says that the elements of a list follow. A null is
// not reported: it is as if it were not there.
type sink interface {
	open(f field)
	list(f field)
	value(f field, v value)
	close(f field)
}

const (
	maxFrames = 12  // the deepest path of any table needs 7
	maxText   = 128 // longer keys match nothing, longer values are not kept
)

// scanner reads JSON documents from bytes cut at any place and reports the
// values at the paths of its tree. It keeps the way down to where it is and
// at most maxText bytes of one value. What lies off the paths it skips, at
// the speed of a search for the next quote; there it only counts brackets.
//
// It takes one document after the other, each an object or an array of
// objects. A document that is no JSON on the paths is dead up to reset.
type scanner struct {
	root *node
	sink sink

	state  state
	frames [maxFrames]frame
	depth  int
	next   *node // of the value that comes, nil where nobody asks for it

	skipped int  // containers open below a value that nobody asks for
	quoted  bool // in a string there
	escaped bool // after a backslash there

	text text

	documents int // objects seen to their end
	array     bool
}

// frame is one open container on the way down.
type frame struct {
	node  *node
	array bool
}

type state uint8

const (
	stateDocument    state = iota // before a document
	stateFirstKey                 // after {
	stateKey                      // after a comma in an object
	stateInKey                    // in a key
	stateColon                    // after a key
	stateFirstValue               // after [
	stateValue                    // before a value
	stateInText                   // in a string that is kept
	stateInLiteral                // in a number, true, false or null that is kept
	stateSkipText                 // in a string that nobody asks for
	stateSkipLiteral              // in a number or the like that nobody asks for
	stateSkip                     // in a container that nobody asks for
	stateAfter                    // after a value
	stateDead                     // after what is no JSON
)

// reset forgets the document at hand.
func (s *scanner) reset() {
	s.state, s.depth, s.skipped, s.quoted, s.escaped = stateDocument, 0, 0, false, false
}

// idle reports whether no document is open or broken.
func (s *scanner) idle() bool { return s.state == stateDocument }

// write takes the next bytes.
func (s *scanner) write(p []byte) {
	for len(p) > 0 && s.state != stateDead {
		p = p[s.step(p):]
	}
}

// step takes at least one byte of p, which is not empty, and returns how many.
func (s *scanner) step(p []byte) int {
	switch s.state {
	case stateInKey:
		return s.inKey(p)
	case stateInText:
		return s.inText(p)
	case stateInLiteral:
		return s.inLiteral(p)
	case stateSkipText:
		n, done := s.skipText(p)
		if done {
			s.state = stateAfter
		}
		return n
	case stateSkipLiteral:
		return s.skipLiteral(p)
	case stateSkip:
		return s.skip(p)
	default:
		if !isSpace(p[0]) {
			s.structural(p[0])
		}
		return 1
	}
}

// structural takes a byte between values that is no space.
func (s *scanner) structural(c byte) {
	switch s.state {
	case stateDocument:
		s.document(c)
	case stateFirstKey, stateKey:
		s.key(c)
	case stateColon:
		s.expect(c, ':', stateValue)
	case stateFirstValue:
		if c == ']' {
			s.pop()
			return
		}
		s.begin(c)
	case stateValue:
		s.begin(c)
	case stateAfter:
		s.after(c)
	}
}

func (s *scanner) expect(c, want byte, then state) {
	if c != want {
		then = stateDead
	}
	s.state = then
}

func (s *scanner) document(c byte) {
	s.depth = 0
	switch c {
	case '{':
		s.pushObject(s.root)
	case '[':
		s.array = true
		s.pushArray(s.root)
	default:
		s.state = stateDead
	}
}

func (s *scanner) key(c byte) {
	if c == '}' && s.state == stateFirstKey {
		s.pop()
		return
	}
	s.text.reset()
	s.expect(c, '"', stateInKey)
}

// begin takes the first byte of a value.
func (s *scanner) begin(c byte) {
	kept := s.next != nil && !s.next.object
	s.text.reset()
	switch {
	case c == '{':
		s.beginObject()
	case c == '[':
		s.beginArray()
	case c == '"' && kept:
		s.state = stateInText
	case c == '"':
		s.state = stateSkipText
	case !isLiteral(c):
		s.state = stateDead
	case kept:
		s.text.put(c)
		s.state = stateInLiteral
	default:
		s.state = stateSkipLiteral
	}
}

// beginObject takes an object in a list of objects for a list of one, as
// protobuf's readers do.
func (s *scanner) beginObject() {
	n := s.next
	if n == nil || !n.object {
		s.skipped, s.state = 1, stateSkip
		return
	}
	if n.list && !s.top().array {
		s.tellList(n)
	}
	s.pushObject(n)
}

func (s *scanner) beginArray() {
	n := s.next
	if n == nil || !n.list || s.top().array {
		s.skipped, s.state = 1, stateSkip
		return
	}
	s.tellList(n)
	s.pushArray(n)
}

// after takes what follows a value: a comma or the end of the container.
func (s *scanner) after(c byte) {
	array := s.top().array
	switch {
	case c == ',' && array:
		s.next, s.state = s.top().node, stateValue
	case c == ',':
		s.state = stateKey
	case c == ']' && array, c == '}' && !array:
		s.pop()
	default:
		s.state = stateDead
	}
}

func (s *scanner) top() *frame { return &s.frames[s.depth-1] }

func (s *scanner) pushObject(n *node) {
	if s.push(frame{node: n}) {
		s.state = stateFirstKey
		if n.field != noField {
			s.sink.open(n.field)
		}
	}
}

func (s *scanner) pushArray(n *node) {
	if s.push(frame{node: n, array: true}) {
		s.next, s.state = n, stateFirstValue
	}
}

// push goes one step down, or skips what lies deeper than any path.
func (s *scanner) push(f frame) bool {
	if s.depth == maxFrames {
		s.skipped, s.state = 1, stateSkip
		return false
	}
	s.frames[s.depth] = f
	s.depth++
	return true
}

// pop closes the innermost container.
func (s *scanner) pop() {
	top := s.top()
	s.depth--
	s.state = stateAfter
	if s.depth == 0 {
		s.state = stateDocument
	}
	if top.array {
		return
	}
	if top.node == s.root {
		s.documents++
	}
	if top.node.field != noField {
		s.sink.close(top.node.field)
	}
}

func (s *scanner) tellList(n *node) {
	if n.field != noField {
		s.sink.list(n.field)
	}
}

// inKey reads a key and finds the node of its value.
func (s *scanner) inKey(p []byte) int {
	key, n, done := s.text.read(p)
	if done {
		s.next, s.state = nil, stateColon
		if !s.text.long {
			s.next = s.top().node.child(key)
		}
	}
	return n
}

func (s *scanner) inText(p []byte) int {
	text, n, done := s.text.read(p)
	if done {
		s.tell(text)
	}
	return n
}

func (s *scanner) inLiteral(p []byte) int {
	for i, c := range p {
		if !isLiteral(c) {
			if string(s.text.bytes()) == "null" {
				s.state = stateAfter
			} else {
				s.tell(s.text.bytes())
			}
			return i
		}
		s.text.put(c)
	}
	return len(p)
}

func (s *scanner) tell(text []byte) {
	if s.text.long && !s.next.cut {
		text = nil
	}
	s.sink.value(s.next.field, text)
	s.state = stateAfter
}

func (s *scanner) skipLiteral(p []byte) int {
	for i, c := range p {
		if !isLiteral(c) {
			s.state = stateAfter
			return i
		}
	}
	return len(p)
}

// skipText passes over the rest of a string and reports whether it ended.
func (s *scanner) skipText(p []byte) (n int, done bool) {
	for n < len(p) {
		if s.escaped {
			s.escaped = false
			n++
			continue
		}
		quote := bytes.IndexByte(p[n:], '"')
		if quote < 0 {
			s.escaped = oddBackslashes(p[n:])
			return len(p), false
		}
		escaped := oddBackslashes(p[n : n+quote])
		n += quote + 1
		if !escaped {
			return n, true
		}
	}
	return n, false
}

// oddBackslashes reports whether p ends in an odd number of backslashes.
func oddBackslashes(p []byte) bool {
	i := len(p)
	for i > 0 && p[i-1] == '\\' {
		i--
	}
	return (len(p)-i)%2 == 1
}

// skip passes over the rest of a container.
func (s *scanner) skip(p []byte) int {
	for i := 0; i < len(p); {
		if s.quoted {
			n, done := s.skipText(p[i:])
			i += n
			s.quoted = !done
			continue
		}
		switch p[i] {
		case '"':
			s.quoted = true
		case '{', '[':
			s.skipped++
		case '}', ']':
			s.skipped--
		}
		i++
		if s.skipped == 0 {
			s.state = stateAfter
			return i
		}
	}
	return len(p)
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isLiteral(c byte) bool { return isLetter(c) || isDigit(c) || c == '-' || c == '+' || c == '.' }
