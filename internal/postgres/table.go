// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"time"
)

// column is one column of a table: its name, its type, and how it is written
// from an item of the domain.
type column[T any] struct {
	name string
	kind kind
	// write appends the value in binary, its length before it.
	write func(b []byte, item *T) []byte
}

// table is the columns of a table in the order in which they are sent.
type table[T any] []column[T]

// names returns "a, b, c".
func (t table[T]) names() string {
	return t.join(", ", func(_ int, c column[T]) string { return c.name })
}

// rows returns the SQL of a relation u that holds the items that params makes
// parameters of, and their order in the column ord.
func (t table[T]) rows() string {
	parameters := t.join(", ", func(i int, c column[T]) string {
		return "$" + strconv.Itoa(i+1) + "::" + c.kind.name + "[]"
	})
	return "unnest(" + parameters + ") WITH ORDINALITY AS u(" + t.names() + ", ord)"
}

func (t table[T]) join(separator string, text func(i int, c column[T]) string) string {
	parts := make([]string, len(t))
	for i, c := range t {
		parts[i] = text(i, c)
	}
	return strings.Join(parts, separator)
}

// params are the parameters of a statement, in binary.
type params struct {
	values [][]byte
	oids   []uint32
}

// params returns the items as one array for each column.
func (t table[T]) params(items []*T) params {
	p := params{values: make([][]byte, len(t)), oids: make([]uint32, len(t))}
	for i, c := range t {
		p.oids[i] = c.kind.arrayOID
		p.values[i] = c.array(items)
	}
	return p
}

// with adds a time.
func (p params) with(t time.Time) params {
	p.values = append(p.values, unframe(appendTime(nil, t)))
	p.oids = append(p.oids, timestampKind.oid)
	return p
}

// array returns a one-dimensional array in binary.
func (c column[T]) array(items []*T) []byte {
	const headerBytes, bytesPerItem = 20, 16
	b := make([]byte, 0, headerBytes+bytesPerItem*len(items))
	b = binary.BigEndian.AppendUint32(b, 1)                  // dimensions
	b = binary.BigEndian.AppendUint32(b, 1)                  // NULLs are possible
	b = binary.BigEndian.AppendUint32(b, c.kind.oid)         // type of the elements
	b = binary.BigEndian.AppendUint32(b, uint32(len(items))) //nolint:gosec // a batch is smaller
	b = binary.BigEndian.AppendUint32(b, 1)                  // lower bound
	for _, item := range items {
		b = c.write(b, item)
	}
	return b
}

// copyReader reads the items in the format of a binary COPY. It makes them as
// they are read, a few at a time.
type copyReader[T any] struct {
	table table[T]
	items []*T
	// ready is what has been made and not been read.
	ready, buffer []byte
	ended         bool
}

// copyChunk is how many bytes are made at a time, or a little more: half of
// what pgconn sends at once.
const copyChunk = 32 << 10

func newCopyReader[T any](t table[T], items []*T) *copyReader[T] {
	const signature, spare = "PGCOPY\n\xff\r\n\x00", 8 << 10
	b := make([]byte, 0, copyChunk+spare)
	b = append(b, signature...)
	b = binary.BigEndian.AppendUint32(b, 0) // flags
	b = binary.BigEndian.AppendUint32(b, 0) // length of the header's extension
	return &copyReader[T]{table: t, items: items, ready: b, buffer: b}
}

// Read implements [io.Reader].
func (r *copyReader[T]) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.ready) == 0 && !r.more() {
			return n, io.EOF
		}
		read := copy(p[n:], r.ready)
		r.ready = r.ready[read:]
		n += read
	}
	return n, nil
}

// more makes the next bytes, and reports whether there are any.
func (r *copyReader[T]) more() bool {
	if r.ended {
		return false
	}
	b := r.buffer[:0]
	for len(b) < copyChunk && len(r.items) > 0 {
		b = r.table.appendCopy(b, r.items[0])
		r.items = r.items[1:]
	}
	if len(r.items) == 0 && len(b) < copyChunk {
		b = binary.BigEndian.AppendUint16(b, 0xFFFF)
		r.ended = true
	}
	r.ready, r.buffer = b, b
	return true
}

// appendCopy appends an item in the format of a binary COPY.
func (t table[T]) appendCopy(b []byte, item *T) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(t))) //nolint:gosec // a few dozen columns
	for i := range t {
		b = t[i].write(b, item)
	}
	return b
}

// pointers returns pointers to the items.
func pointers[T any](items []T) []*T {
	p := make([]*T, len(items))
	for i := range items {
		p[i] = &items[i]
	}
	return p
}
