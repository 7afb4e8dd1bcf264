// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"encoding/binary"
	"io"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// copyInto runs a COPY of the items, in binary. It reads none of them any more
// once it has returned, whatever the error.
func copyInto[T any](ctx context.Context, conn *pgconn.PgConn, sql string, t table[T], items []*T) error {
	r := newCopyReader(t, items)
	defer r.stop() // pgconn does not wait for who reads and sends when a connection fails
	_, err := conn.CopyFrom(ctx, r, sql)
	return err
}

// copyReader reads the items in the format of a binary COPY. It makes them as
// they are read, a few at a time.
type copyReader[T any] struct {
	table table[T]

	mu    sync.Mutex
	items []*T
	// ready is what has been made and not been read.
	ready, buffer []byte
	ended         bool
}

// stop ends what there is to read, and waits for who is reading.
func (r *copyReader[T]) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.items, r.ready, r.ended = nil, nil, true
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
	r.mu.Lock()
	defer r.mu.Unlock()
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
