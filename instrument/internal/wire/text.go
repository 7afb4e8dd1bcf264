// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// plainEnd returns where the string that goes on at i ends, below 0 where it
// has an escape or its end is not in p. It looks at eight bytes at a time.
func plainEnd(p []byte, i int) int {
	for ; i+8 <= len(p); i += 8 {
		w := binary.LittleEndian.Uint64(p[i:])
		if found := zeroByte(w^eightQuotes) | zeroByte(w^eightBackslashes); found != 0 {
			return quoteAt(p, i+bits.TrailingZeros64(found)/8)
		}
	}
	for ; i < len(p); i++ {
		if p[i] == '"' || p[i] == '\\' {
			return quoteAt(p, i)
		}
	}
	return -1
}

func quoteAt(p []byte, i int) int {
	if p[i] != '"' {
		return -1
	}
	return i
}

const (
	eightOnes        = 0x0101010101010101
	eightQuotes      = '"' * eightOnes
	eightBackslashes = '\\' * eightOnes
)

// zeroByte has the highest bit of the lowest byte of w that is zero set, and
// none below it.
func zeroByte(w uint64) uint64 { return (w - eightOnes) &^ w & (0x80 * eightOnes) }

// text gathers one JSON string or literal, unescaped, up to maxText bytes.
type text struct {
	kept [maxText]byte
	n    int
	long bool // there was more than fits

	escape  uint8 // 1: after a backslash; 2 to 5: before that many less one of hex digits
	unit    rune  // the \u escape at hand
	leading rune  // the first half of a surrogate pair, 0 for none
}

func (t *text) reset() { t.n, t.long, t.escape, t.leading = 0, false, 0, 0 }

func (t *text) bytes() []byte { return t.kept[:t.n] }

func (t *text) put(c byte) {
	if t.n == maxText {
		t.long = true
		return
	}
	t.kept[t.n] = c
	t.n++
}

// full reports whether nothing more of the string is kept. It is told between
// escapes only.
func (t *text) full() bool { return t.long && t.escape == 0 }

// read takes bytes up to the quote that ends the string, or until t is full,
// and returns how many they are and whether the quote was among them.
func (t *text) read(p []byte) (n int, done bool) {
	for i, c := range p {
		switch {
		case t.escape > 0:
			t.unescape(c)
		case c == '\\':
			t.escape = 1
		case c == '"':
			t.flush()
			return i + 1, true
		default:
			t.flush()
			t.put(c)
		}
		if t.full() {
			return i + 1, false
		}
	}
	return len(p), false
}

// unescape takes a byte of an escape.
func (t *text) unescape(c byte) {
	if t.escape > 1 {
		t.hex(c)
		return
	}
	t.escape = 0
	switch c {
	case 'u':
		t.escape, t.unit = 5, 0
		return
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	}
	t.flush()
	t.put(c)
}

// hex takes a digit of a \u escape.
func (t *text) hex(c byte) {
	switch {
	case isDigit(c):
		c -= '0'
	case 'a' <= c && c <= 'f':
		c -= 'a' - 10
	case 'A' <= c && c <= 'F':
		c -= 'A' - 10
	default:
		c = 0
	}
	t.unit = t.unit<<4 | rune(c)
	t.escape--
	if t.escape > 1 {
		return
	}
	t.escape = 0
	t.surrogate(t.unit)
}

// surrogate puts a character, or keeps the first half of a pair.
func (t *text) surrogate(r rune) {
	if t.leading != 0 && utf16.DecodeRune(t.leading, r) != utf8.RuneError {
		r, t.leading = utf16.DecodeRune(t.leading, r), 0
	}
	t.flush()
	if r < 0xDC00 && utf16.IsSurrogate(r) {
		t.leading = r
		return
	}
	t.putRune(r)
}

// flush puts a replacement for half a pair that stayed alone.
func (t *text) flush() {
	if t.leading != 0 {
		t.leading = 0
		t.putRune(utf8.RuneError)
	}
}

func (t *text) putRune(r rune) {
	var encoded [utf8.UTFMax]byte
	for _, c := range encoded[:utf8.EncodeRune(encoded[:], r)] {
		t.put(c)
	}
}
