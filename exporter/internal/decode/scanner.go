// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"strconv"
	"strings"

	"github.com/spanledger/spanledger/internal/analysis"
)

// scanner reads JSON from attributes that hold it as text: no more of it than
// objects of numbers and lists of names need, and without a copy.
type scanner struct {
	text string
	at   int
}

// peek returns the next byte that is not white space, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) atEnd() bool { return s.peek() == 0 && s.at == len(s.text) }

// take passes over a byte where it is the next one.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// quoted reads a string. What is escaped in it stays so: no name that is
// looked for has any of that.
func (s *scanner) quoted() (text string, ok bool) {
	if !s.take('"') {
		return "", false
	}
	from := s.at
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return s.text[from : s.at-1], true
		}
	}
	return "", false
}

// bare reads a number, or one of JSON's three words.
func (s *scanner) bare() (text string, ok bool) {
	s.peek()
	from := s.at
	for s.at < len(s.text) && strings.IndexByte(",}] \t\n\r", s.text[s.at]) < 0 {
		s.at++
	}
	return s.text[from:s.at], s.at > from
}

func (s *scanner) scalar() (text string, ok bool) {
	if s.peek() == '"' {
		return s.quoted()
	}
	return s.bare()
}

// skip passes over an object or a list.
func (s *scanner) skip() bool {
	for depth := 0; ; {
		switch s.peek() {
		case 0:
			return false
		case '"':
			if _, ok := s.quoted(); !ok {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth <= 0 {
			return depth == 0
		}
	}
}

// object reads an object of counts.
func (d *document) object(s *scanner, side part) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		key, ok := s.quoted()
		if !ok || !s.take(':') || !d.member(s, side, key) {
			return false
		}
		if !s.take(',') {
			return s.take('}')
		}
	}
}

func (d *document) member(s *scanner, side part, key string) bool {
	switch s.peek() {
	case '{':
		if inner := detailsOf(key); side == partNone && inner != partNone {
			return d.object(s, inner)
		}
		return s.skip()
	case '[':
		return s.skip()
	}
	quotes := s.peek() == '"'
	text, ok := s.scalar()
	if p := placeOf(side, key); ok && p != partNone && text != "null" {
		if quotes {
			d.add(MendRetyped)
		}
		d.put(side, key, p, d.number(text))
	}
	return ok
}

// number reads a count as JSON writes it.
func (s *mendSet) number(text string) analysis.Count {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f, floatErr := strconv.ParseFloat(text, 64)
		if floatErr != nil {
			s.add(MendWrongType)
			return analysis.Unknown()
		}
		n, err = s.integral(f)
	}
	return s.within(n, err, MaxCount)
}

// names reads a list of strings, and nothing else.
func (s *scanner) names() (names []string, ok bool) {
	if !s.take('[') {
		return nil, false
	}
	for !s.take(']') {
		name, ok := s.quoted()
		if !ok {
			return nil, false
		}
		names = append(names, name)
		if !s.take(',') && s.peek() != ']' {
			return nil, false
		}
	}
	return names, s.atEnd()
}
