// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"encoding/binary"
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
