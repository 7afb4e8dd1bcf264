// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// class tells the bytes apart that matter between strings.
type class uint8

const (
	classOther class = iota
	classSpace
	classLiteral // of a number, true, false or null
	classQuote
	classOpen
	classClose
)

var classes = newClasses()

func newClasses() (of [256]class) {
	for c := range of {
		if isLetter(byte(c)) || isDigit(byte(c)) {
			of[c] = classLiteral
		}
	}
	for kind, members := range map[class]string{
		classSpace: " \n\r\t", classLiteral: "-+.", classQuote: `"`, classOpen: "{[", classClose: "}]",
	} {
		for _, c := range []byte(members) {
			of[c] = kind
		}
	}
	return of
}

func isSpace(c byte) bool   { return classes[c] == classSpace }
func isLiteral(c byte) bool { return classes[c] == classLiteral }

// literalEnd returns where the literal that goes on at i ends, or the end of p.
func literalEnd(p []byte, i int) int {
	for i < len(p) && isLiteral(p[i]) {
		i++
	}
	return i
}

func (s *scanner) skipLiteral(p []byte, i int) int {
	i = literalEnd(p, i)
	s.state = stateSkipLiteral
	if i < len(p) {
		s.state = stateAfter
	}
	return i
}

// skipText passes over a string that nobody asks for.
func (s *scanner) skipText(p []byte, i int, then state) int {
	n, done := s.passText(p[i:])
	s.state = stateSkipText
	if done {
		s.state = then
	}
	return i + n
}

// passText passes over the rest of a string and reports whether it ended.
func (s *scanner) passText(p []byte) (n int, done bool) {
	if s.escaped && len(p) > 0 {
		s.escaped = false
		n = 1
	}
	for {
		quote := nextQuote(p[n:])
		if quote < 0 {
			s.escaped = oddBackslashes(p[n:])
			return len(p), false
		}
		end := n + quote
		if quote == 0 || p[end-1] != '\\' || !oddBackslashes(p[n:end]) {
			return end + 1, true
		}
		n = end + 1
	}
}

// nextQuote returns where the next quote is, below 0 where there is none. Most
// strings are very short or very long.
func nextQuote(p []byte) int {
	if len(p) >= 8 {
		if found := zeroByte(binary.LittleEndian.Uint64(p) ^ eightQuotes); found != 0 {
			return bits.TrailingZeros64(found) / 8
		}
	}
	return bytes.IndexByte(p, '"')
}

// oddBackslashes reports whether p ends in an odd number of backslashes.
func oddBackslashes(p []byte) bool {
	i := len(p)
	for i > 0 && p[i-1] == '\\' {
		i--
	}
	return (len(p)-i)%2 == 1
}

// beginSkip passes over a container, after its bracket.
func (s *scanner) beginSkip(p []byte, i int) int {
	s.skipped, s.state = 1, stateSkip
	return s.skip(p, i)
}

// skip passes over the rest of a container.
func (s *scanner) skip(p []byte, i int) int {
	depth := s.skipped
	for i < len(p) {
		if s.quoted {
			n, done := s.passText(p[i:])
			i += n
			s.quoted = !done
			continue
		}
		c := classes[p[i]]
		i++
		switch c {
		case classQuote:
			s.quoted = true
		case classOpen:
			depth++
		case classClose:
			depth--
			if depth == 0 {
				s.skipped, s.state = 0, stateAfter
				return i
			}
		}
	}
	s.skipped = depth
	return i
}
