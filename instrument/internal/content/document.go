// SPDX-License-Identifier: Apache-2.0

package content

import (
	"bytes"
	"encoding/json"
)

// documents returns the JSON documents of a body: the whole of it, the
// elements of an array, or the data of server-sent events.
func documents(body []byte) []any {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 {
		return nil
	}
	if body[0] == '{' || body[0] == '[' {
		document, _ := decode(body)
		return list(document)
	}
	return events(body)
}

// events returns the documents of server-sent events.
func events(body []byte) []any {
	var found []any
	var data []byte
	flush := func() {
		if len(data) > 0 {
			if document, ok := decode(data); ok {
				found = append(found, document)
			}
		}
		data = data[:0]
	}
	for len(body) > 0 {
		var line []byte
		line, body = cutLine(body)
		value, ok := bytes.CutPrefix(line, []byte("data:"))
		switch {
		case len(line) == 0:
			flush()
		case ok && len(data) > 0:
			data = append(append(data, '\n'), value...)
		case ok:
			data = append(data, value...)
		case line[0] == '{': // an error may stand bare among the events
			data = append(data, line...)
		}
	}
	flush()
	return found
}

// cutLine returns the first line, which ends in LF, CR or both, and the rest.
func cutLine(p []byte) (line, rest []byte) {
	i := bytes.IndexAny(p, "\r\n")
	switch {
	case i < 0:
		return p, nil
	case p[i] == '\r' && i+1 < len(p) && p[i+1] == '\n':
		return p[:i], p[i+2:]
	}
	return p[:i], p[i+1:]
}

// decode returns the document that p begins with, or as much of it as is
// there. It returns false where it is none.
func decode(p []byte) (any, bool) {
	if document, ok := decodeWhole(p); ok {
		return document, true
	}
	return decodeWhole(mend(p))
}

func decodeWhole(p []byte) (document any, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(p))
	decoder.UseNumber()
	err := decoder.Decode(&document)
	return document, err == nil
}

// mend closes what is open at the end of a document that was cut, and drops
// what is half there and no text.
func mend(p []byte) []byte {
	var m mender
	for i, c := range p {
		m.take(i, c)
	}
	return m.close(p)
}

// mender follows a JSON document.
type mender struct {
	open  []byte // the brackets that are open
	value bool   // what comes next in an object is a value and no name

	inString, escaped bool
	digits            int // of a \u escape, still to come
	started           int // of the escape at hand

	safe, depth int // where the document may be cut, and what is open there
}

func (m *mender) take(i int, c byte) {
	switch {
	case m.inString:
		m.takeText(i, c)
	case c == '"':
		m.inString = true
	case c == '{' || c == '[':
		m.open = append(m.open, c)
		m.value = c == '['
		m.mark(i + 1)
	case c == '}' || c == ']':
		if len(m.open) > 0 {
			m.open = m.open[:len(m.open)-1]
		}
		m.value = true
		m.mark(i + 1)
	case c == ':':
		m.value = true
	case c == ',':
		m.mark(i) // what is before it is whole
		m.value = m.inArray()
	}
}

func (m *mender) takeText(i int, c byte) {
	switch {
	case m.digits > 0:
		m.digits--
	case m.escaped:
		m.escaped = false
		if c == 'u' {
			m.digits = 4
		}
	case c == '\\':
		m.escaped, m.started = true, i
	case c == '"':
		m.inString = false
		if m.value {
			m.mark(i + 1)
		}
	}
}

func (m *mender) inArray() bool { return len(m.open) > 0 && m.open[len(m.open)-1] == '[' }

func (m *mender) mark(i int) { m.safe, m.depth = i, len(m.open) }

// close returns the document with an end.
func (m *mender) close(p []byte) []byte {
	end, depth := m.safe, m.depth
	quote := ""
	if m.inString && m.value {
		end, depth, quote = len(p), len(m.open), `"`
		if m.escaped || m.digits > 0 {
			end = m.started
		}
	}
	closed := append(bytes.ToValidUTF8(p[:end], nil), quote...)
	for i := depth - 1; i >= 0; i-- {
		closed = append(closed, m.open[i]+2) // } and ] stand two after { and [
	}
	return closed
}
