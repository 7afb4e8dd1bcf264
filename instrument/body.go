// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"errors"
	"io"
	"sync/atomic"

	"github.com/spanledger/spanledger/internal/semconv"
)

// requestBody shows the tap what the transport sends. A transport that sends a
// body again takes a further one from GetBody.
type requestBody struct {
	io.ReadCloser
	tap  *tap
	read int64
}

// Read implements [io.Reader].
func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.tap.requestBody(b.read, p[:n])
	b.read += int64(n)
	return n, err
}

// responseBody shows the tap what the client reads, and ends the attempt with
// the body.
type responseBody struct {
	io.ReadCloser
	attempt *attempt
	left    int64       // bytes to come; below 0 where that is not known
	read    atomic.Bool // the client has asked for some
}

// Read implements [io.Reader].
func (b *responseBody) Read(p []byte) (int, error) {
	b.read.Store(true)
	n, err := b.ReadCloser.Read(p)
	complete := false
	if n > 0 {
		var chunks int
		chunks, complete = b.attempt.tap.responseBody(p[:n])
		b.attempt.call.chunks(chunks)
		b.left -= int64(n)
	}
	switch {
	case complete, b.left == 0, errors.Is(err, io.EOF):
		b.attempt.finish(ending{by: byEnd})
	case err != nil:
		b.attempt.finish(ending{
			by: byError, failure: errorType(b.attempt.ctx.Context, err, semconv.ErrorTypeStreamCut),
		})
	}
	return n, err
}

// Close implements [io.Closer].
func (b *responseBody) Close() error {
	err := b.ReadCloser.Close()
	b.attempt.finish(ending{by: byClose, unread: !b.read.Load()})
	return err
}
