// SPDX-License-Identifier: Apache-2.0

package content

import (
	"slices"
	"strconv"
	"strings"
)

// Buffer keeps the beginning of a body, up to a limit, and shortens the media
// in it, so that what follows an image still fits. It is not safe for
// concurrent use. A nil Buffer is empty and takes nothing.
type Buffer struct {
	limit   int
	kept    []byte
	missing int64 // bytes beyond the limit
	opaque  bool  // encoded, and of no use

	inString, escaped bool
	run               int   // bytes of the string at hand that may be base64, without a break
	left              int64 // bytes of the string at hand that were left out
	slash             bool  // the last of them is a backslash, which belongs to what follows
}

// longRun is from where on characters of base64 without a break are media: no
// language has such words, and no tool's arguments such names.
const longRun = 1024

// The mark that stands in a string for what was left out.
const (
	markStart = "…[+"
	markEnd   = " bytes]"
)

// NewBuffer returns a Buffer that keeps at most limit bytes.
func NewBuffer(limit int) *Buffer { return &Buffer{limit: limit} }

// Discard lets go of the body, and of what is still to come: it is encoded.
func (b *Buffer) Discard() {
	if b != nil {
		b.opaque, b.kept, b.missing = true, nil, 0
	}
}

// Bytes returns what was kept so far.
func (b *Buffer) Bytes() []byte {
	switch {
	case b == nil:
		return nil
	case b.left > 0:
		return append(slices.Clip(b.kept), mark(b.left)...)
	}
	return b.kept
}

// Readable reports whether the body, as far as it came, is no secret to us: it
// is not encoded.
func (b *Buffer) Readable() bool { return b != nil && !b.opaque }

// Missing returns how many bytes, media aside, were beyond the limit.
func (b *Buffer) Missing() int64 {
	if b == nil {
		return 0
	}
	return b.missing
}

// Write takes the next bytes.
func (b *Buffer) Write(p []byte) {
	if b == nil || b.opaque {
		return
	}
	start := 0 // of the bytes to keep
	for i, c := range p {
		switch {
		case b.leaves(c):
			if b.left == 0 {
				b.keep(p[start:i])
			}
			b.left++
			b.slash = c == '\\'
			start = i + 1
		case b.left > 0:
			b.keep([]byte(b.mark()))
			b.left = 0
		}
	}
	b.keep(p[start:])
}

// mark returns what stands for the bytes that were left out.
func (b *Buffer) mark() string {
	if b.slash {
		return mark(b.left-1) + `\`
	}
	return mark(b.left)
}

// leaves reports whether a byte is to be left out.
func (b *Buffer) leaves(c byte) bool {
	switch {
	case c == '\n': // no string of JSON goes over a line
		b.inString, b.escaped, b.run = false, false, 0
	case b.escaped && c == '/': // base64 as well; it goes where its backslash went
		b.escaped = false
		b.run++
		return b.left > 0
	case b.escaped:
		b.escaped, b.run = false, 0
	case c == '\\' && b.inString:
		b.escaped = true
	case c == '"':
		b.inString, b.run = !b.inString, 0
	case isBase64(c):
		b.run++
	default:
		b.run = 0
	}
	return b.inString && b.run > longRun
}

func isBase64(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '+' || c == '/' || c == '=' || c == '-' || c == '_'
}

func (b *Buffer) keep(p []byte) {
	room := max(0, b.limit-len(b.kept))
	if len(p) > room {
		b.missing += int64(len(p) - room)
		p = p[:room]
	}
	b.kept = append(b.kept, p...)
}

func mark(n int64) string { return markStart + strconv.FormatInt(n, 10) + markEnd }

// encodedSize returns how many characters a string had before media was left
// out of it.
func encodedSize(s string) int64 {
	before, rest, found := strings.Cut(s, markStart)
	if !found {
		return int64(len(s))
	}
	digits, _, _ := strings.Cut(rest, markEnd)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return int64(len(s))
	}
	return int64(len(before)) + n
}

// clip shortens a string to about so many bytes, and says by how much.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	kept := strings.ToValidUTF8(s[:limit], "")
	return kept + mark(int64(len(s)-len(kept)))
}
