// SPDX-License-Identifier: Apache-2.0

package wire

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
	maxTries  = 3   // keys that are guessed before one is looked up
)

// scanner reads JSON documents from bytes cut at any place and reports the
// values at the paths of its tree. It keeps the way down to where it is and
// at most maxText bytes of one value. What lies off the paths it skips, at
// the speed of a search for the next quote; there it only counts brackets.
//
// It takes one document after the other, each an object or an array of
// objects. A document that is no JSON on the paths is dead up to reset.
//
// Keys and values that lie whole in the bytes at hand are read where they
// are. Only one that is cut or has escapes is gathered first, byte by byte.
type scanner struct {
	root *node
	sink sink

	next   *node // of the value that comes, nil where nobody asks for it
	guess  *node // of the key that comes: the one behind the last in the table
	frames [maxFrames]*node
	arrays uint16 // which frames are arrays, a bit for each
	depth  uint8
	state  state

	quoted  bool // in a string of a container that is skipped
	escaped bool // after a backslash of a string that is skipped
	array   bool

	skipped   int   // containers open below a value that nobody asks for
	documents int   // objects seen to their end
	text      *text // the key or value that is gathered, nil before the first
}

type state uint8

// The states up to stateAfter lie between values, where spaces count for
// nothing.
const (
	stateDocument    state = iota // before a document
	stateFirstKey                 // after {
	stateKey                      // after a comma in an object
	stateColon                    // after a key
	stateFirstValue               // after [
	stateValue                    // before a value
	stateAfter                    // after a value
	stateInKey                    // in a key that is gathered
	stateInText                   // in a string that is gathered
	stateInLong                   // in a string that is kept, after what is kept of it
	stateInLiteral                // in a number, true, false or null that is gathered
	stateSkipText                 // in a string that nobody asks for
	stateSkipLiteral              // in a number or the like that nobody asks for
	stateSkip                     // in a container that nobody asks for
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
	for i := 0; i < len(p); {
		c := p[i]
		if c <= ' ' && isSpace(c) && s.state <= stateAfter {
			i++
			continue
		}
		switch s.state {
		case stateKey, stateFirstKey:
			i = s.key(p, i)
		case stateValue, stateFirstValue:
			i = s.begin(p, i)
		case stateAfter:
			s.after(c)
			i++
		case stateColon:
			s.expect(c, ':', stateValue)
			i++
		case stateDocument:
			s.document(c)
			i++
		default:
			i = s.resume(p, i)
		}
	}
}

// resume goes on in a key or a value that was cut.
func (s *scanner) resume(p []byte, i int) int {
	switch s.state {
	case stateInKey:
		return s.inKey(p, i)
	case stateInText:
		return s.inText(p, i)
	case stateInLong:
		return s.inLong(p, i)
	case stateInLiteral:
		return s.inLiteral(p, i)
	case stateSkipText:
		return s.skipText(p, i, stateAfter)
	case stateSkipLiteral:
		return s.skipLiteral(p, i)
	case stateSkip:
		return s.skip(p, i)
	default:
		return len(p) // dead
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

// key takes the first byte of a key, or the key, its colon and its value where
// all of it is in p.
func (s *scanner) key(p []byte, i int) int {
	if p[i] != '"' {
		if p[i] == '}' && s.state == stateFirstKey {
			s.pop()
		} else {
			s.state = stateDead
		}
		return i + 1
	}
	i++
	end := s.find(p, i)
	if end < 0 {
		s.gather(stateInKey)
		return i
	}
	end++
	if end+1 >= len(p) || p[end] != ':' {
		s.state = stateColon
		return end
	}
	s.state = stateValue
	if isSpace(p[end+1]) {
		return end + 1
	}
	return s.begin(p, end+1)
}

// find looks for the node of the key that begins at i, and returns where its
// quote is, below 0 where it has an escape or its end is not in p. Providers
// write their keys in the same order each time: the key that comes is most
// often one of the next of the table.
func (s *scanner) find(p []byte, i int) int {
	tries := 0
	for n := s.guess; n != nil && tries < maxTries; n = n.sibling {
		if isKey(p, i, n.key) {
			s.next, s.guess = n, n.sibling
			return i + len(n.key)
		}
		tries++
	}
	end := plainEnd(p, i)
	if end >= 0 {
		s.ask(p[i:end])
	}
	return end
}

// ask finds the node of a key.
func (s *scanner) ask(key []byte) {
	s.next = s.frames[s.depth-1].child(key)
	if s.next != nil {
		s.guess = s.next.sibling
	}
}

// isKey reports whether key and its quote are in p at i.
func isKey(p []byte, i int, key string) bool {
	end := i + len(key)
	return end < len(p) && p[end] == '"' && string(p[i:end]) == key
}

// gather starts to collect a key or a value.
func (s *scanner) gather(in state) {
	if s.text == nil {
		s.text = new(text)
	}
	s.text.reset()
	s.state = in
}

// begin takes the first byte of a value, or all of one that is in p.
func (s *scanner) begin(p []byte, i int) int {
	switch c := p[i]; {
	case c == ']' && s.state == stateFirstValue:
		s.pop()
	case c == '{':
		return s.beginObject(p, i+1)
	case c == '[':
		return s.beginArray(p, i+1)
	case c == '"' && (s.kept() || s.next != nil && s.next.cut):
		return s.beginText(p, i+1)
	case c == '"':
		return s.skipText(p, i+1, stateAfter)
	case !isLiteral(c):
		s.state = stateDead
	case s.kept():
		return s.beginLiteral(p, i)
	default:
		return s.skipLiteral(p, i+1)
	}
	return i + 1
}

// kept reports whether somebody asks for the value that comes as no container.
func (s *scanner) kept() bool { return s.next != nil && !s.next.object }

// beginObject takes an object in a list of objects for a list of one, as
// protobuf's readers do.
func (s *scanner) beginObject(p []byte, i int) int {
	n := s.next
	if n == nil || !n.object {
		return s.beginSkip(p, i)
	}
	if n.list && !s.inArray() {
		s.tellList(n)
	}
	s.pushObject(n)
	return i
}

func (s *scanner) beginArray(p []byte, i int) int {
	n := s.next
	if n == nil || !n.list || s.inArray() {
		return s.beginSkip(p, i)
	}
	s.tellList(n)
	s.pushArray(n)
	return i
}

// beginText takes a string that is kept, after its quote.
func (s *scanner) beginText(p []byte, i int) int {
	end := plainEnd(p, i)
	if end < 0 {
		s.gather(stateInText)
		return i
	}
	s.tell(p[i:end])
	return end + 1
}

// beginLiteral takes a literal that is kept, from its first byte.
func (s *scanner) beginLiteral(p []byte, i int) int {
	end := literalEnd(p, i+1)
	if end == len(p) {
		s.gather(stateInLiteral)
		return i
	}
	s.tellLiteral(p[i:end])
	return end
}

// after takes what follows a value: a comma or the end of the container.
func (s *scanner) after(c byte) {
	array := s.inArray()
	switch {
	case c == ',' && array:
		s.next, s.state = s.frames[s.depth-1], stateValue
	case c == ',':
		s.state = stateKey
	case c == ']' && array, c == '}' && !array:
		s.pop()
	default:
		s.state = stateDead
	}
}

// inArray reports whether the innermost container is an array.
func (s *scanner) inArray() bool { return s.arrays>>(s.depth-1)&1 != 0 }

func (s *scanner) pushObject(n *node) {
	if !s.push(n) {
		return
	}
	s.arrays &^= 1 << (s.depth - 1)
	s.state, s.guess = stateFirstKey, n.first
	if n.field != noField {
		s.sink.open(n.field)
	}
}

func (s *scanner) pushArray(n *node) {
	if s.push(n) {
		s.arrays |= 1 << (s.depth - 1)
		s.next, s.state = n, stateFirstValue
	}
}

// push goes one step down, or skips what lies deeper than any path.
func (s *scanner) push(n *node) bool {
	if s.depth == maxFrames {
		s.skipped, s.state = 1, stateSkip
		return false
	}
	s.frames[s.depth] = n
	s.depth++
	return true
}

// pop closes the innermost container.
func (s *scanner) pop() {
	array := s.inArray()
	s.depth--
	s.state = stateAfter
	if s.depth == 0 {
		s.state = stateDocument
	}
	n := s.frames[s.depth]
	s.guess = n.sibling
	if array {
		return
	}
	if n == s.root {
		s.documents++
	}
	if n.field != noField {
		s.sink.close(n.field)
	}
}

func (s *scanner) tellList(n *node) {
	if n.field != noField {
		s.sink.list(n.field)
	}
}

// tell hands on a string. A long one is cut or dropped, as its path says.
func (s *scanner) tell(text []byte) {
	if len(text) > maxText {
		text = text[:maxText]
		if !s.next.cut {
			text = nil
		}
	}
	s.state = stateAfter
	s.sink.value(s.next.field, text)
}

// tellLiteral hands on a literal. The start of a long number is another
// number: it is dropped wherever it stands.
func (s *scanner) tellLiteral(text []byte) {
	s.state = stateAfter
	if len(text) > maxText {
		text = nil
	}
	if string(text) != "null" {
		s.sink.value(s.next.field, text)
	}
}

// inKey gathers a key and finds the node of its value.
func (s *scanner) inKey(p []byte, i int) int {
	n, done := s.text.read(p[i:])
	if done {
		s.next, s.state = nil, stateColon
		if !s.text.long {
			s.ask(s.text.bytes())
		}
	}
	return i + n
}

// inText gathers a string, up to its end or until there is no room for more.
func (s *scanner) inText(p []byte, i int) int {
	n, done := s.text.read(p[i:])
	switch {
	case done:
		s.tellGathered()
	case s.text.full():
		s.state, s.escaped = stateInLong, false
	}
	return i + n
}

// inLong passes over the rest of a string of which enough is gathered.
func (s *scanner) inLong(p []byte, i int) int {
	n, done := s.passText(p[i:])
	if done {
		s.tellGathered()
	}
	return i + n
}

func (s *scanner) tellGathered() {
	text := s.text.bytes()
	if s.text.long && !s.next.cut {
		text = nil
	}
	s.tell(text)
}

func (s *scanner) inLiteral(p []byte, i int) int {
	end := literalEnd(p, i)
	for _, c := range p[i:end] {
		s.text.put(c)
	}
	if end == len(p) {
		return end
	}
	text := s.text.bytes()
	if s.text.long {
		text = nil
	}
	s.tellLiteral(text)
	return end
}
