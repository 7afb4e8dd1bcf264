// SPDX-License-Identifier: Apache-2.0

package wire

import "bytes"

// body takes the bytes of a response and hands the JSON in them to its
// scanner: the whole of a body that begins with { or [, else what is in the
// data fields of server-sent events. What the header says does not matter.
type body struct {
	scanner scanner
	form    form
	list    bool // the JSON is a list of documents
	bom     int  // bytes of a byte order mark seen
	events  events
	broken  bool // an event held what is no JSON, or half a document

	before   int  // documents that were whole before the event at hand
	finished bool // an event was the end mark
}

type form uint8

const (
	formUnknown form = iota
	formJSON
	formEvents
)

const byteOrderMark = "\xef\xbb\xbf"

// write takes the next bytes.
func (b *body) write(p []byte) {
	if b.form == formUnknown {
		p = p[b.sniff(p):]
	}
	switch b.form {
	case formJSON:
		b.scanner.write(p)
	case formEvents:
		b.events.write(p, b)
	case formUnknown:
	}
}

// sniff finds the form and returns how many bytes lie before it shows.
func (b *body) sniff(p []byte) int {
	for i, c := range p {
		switch {
		case b.bom < len(byteOrderMark) && c == byteOrderMark[b.bom]:
			b.bom++
		case isSpace(c):
		case c == '{' || c == '[':
			b.form, b.list = formJSON, c == '['
			return i
		default:
			b.form = formEvents
			return i
		}
	}
	return len(p)
}

// data takes the next bytes of the data of an event.
func (b *body) data(p []byte) { b.scanner.write(p) }

// endEvent ends an event. A document does not go on in the next.
func (b *body) endEvent() {
	if !b.scanner.idle() {
		b.broken = true
	}
	b.finished = b.closed()
	b.before, b.scanner.array = b.scanner.documents, false
	b.scanner.reset()
}

// stream reports whether the body is a sequence of documents. A list behind a
// document that stands alone makes none of it.
func (b *body) stream() bool { return b.form == formEvents || b.list }

// closed reports whether the body says itself that it has ended: with the end
// of the JSON, or with an event that is [DONE], a list without documents. It
// need not wait for that event's empty line, as some clients do not.
func (b *body) closed() bool {
	if b.form == formEvents {
		return b.finished || b.scanner.array && b.scanner.idle() && b.scanner.documents == b.before
	}
	return b.scanner.idle() && b.scanner.documents > 0
}

// sound reports whether the body, had it ended here, would be whole.
func (b *body) sound() bool {
	return b.scanner.documents > 0 && b.scanner.idle() && !b.broken
}

// events cuts a stream of server-sent events into lines: field name, colon,
// one space, value, and any of LF, CR or CRLF.
type events struct {
	line    line
	matched int  // bytes of "data" seen at the start of the line
	cr      bool // the last byte was a CR: a LF belongs to it
	lines   int  // of data in this event
}

type line uint8

const (
	lineStart line = iota // before the first byte
	lineName              // in a name that may become "data"
	lineSpace             // after "data:"
	lineData              // in the data
	lineOther             // in a comment, or a field other than data
)

const (
	dataField  = "data"
	dataPrefix = "data: " // as nearly all write it
)

// newline joins the lines of one event's data.
var newline = []byte{'\n'}

// write takes the next bytes.
func (e *events) write(p []byte, to *body) {
	// Where the next of each line end is, found once however many lines.
	lf, cr := -1, -1
	for i := 0; i < len(p); {
		switch e.line {
		case lineData, lineOther:
			end := i + indexFrom(p, i, '\n', &lf)
			end = min(end, i+indexFrom(p, i, '\r', &cr))
			if e.line == lineData && end > i {
				to.data(p[i:end])
			}
			i = end
			if i < len(p) {
				e.endLine(p[i])
				i++
			}
		case lineStart:
			i += e.start(p[i:], to)
		default:
			if e.head(p[i], to) {
				i++
			}
		}
	}
}

// start takes the start of a line: all that comes before its data where that
// is in p, else the first byte.
func (e *events) start(p []byte, to *body) int {
	if len(p) > len(dataPrefix) && string(p[:len(dataPrefix)]) == dataPrefix {
		e.startData(to)
		e.cr, e.line = false, lineData
		return len(dataPrefix)
	}
	if e.head(p[0], to) {
		return 1
	}
	return 0
}

// indexFrom returns how far after i the next c is in p, or the end of p. At
// keeps its place for the next call.
func indexFrom(p []byte, i int, c byte, at *int) int {
	if *at < i {
		*at = len(p)
		if n := bytes.IndexByte(p[i:], c); n >= 0 {
			*at = i + n
		}
	}
	return *at - i
}

// head takes a byte of a line before its value, and reports whether it did:
// the first byte of data is left for the next state.
func (e *events) head(c byte, to *body) bool {
	switch {
	case e.cr && c == '\n':
		e.cr = false
		return true
	case c == '\n' || c == '\r':
		e.endHead(c, to)
		return true
	}
	e.cr = false
	switch e.line {
	case lineStart:
		e.matched = 0
		e.line = lineName
		// An error may stand bare among the events, as a line of JSON.
		if c == '{' {
			e.startData(to)
			e.line = lineData
		}
		return false
	case lineName:
		e.name(c, to)
		return true
	default:
		e.line = lineData
		return c == ' '
	}
}

// name takes a byte of a field's name.
func (e *events) name(c byte, to *body) {
	switch {
	case e.matched < len(dataField) && c == dataField[e.matched]:
		e.matched++
	case e.matched == len(dataField) && c == ':':
		e.startData(to)
		e.line = lineSpace
	default:
		e.line = lineOther
	}
}

func (e *events) startData(to *body) {
	if e.lines > 0 {
		to.data(newline)
	}
	e.lines++
}

// endHead ends a line before its value. An empty line ends the event.
func (e *events) endHead(c byte, to *body) {
	if e.line == lineStart {
		to.endEvent()
		e.lines = 0
	}
	e.endLine(c)
}

func (e *events) endLine(c byte) {
	e.line = lineStart
	e.cr = c == '\r'
}
