// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"net/http"
	"sync"

	"github.com/spanledger/spanledger/instrument/internal/wire"
)

// tap reads an exchange as its bytes pass. It may be used from many goroutines
// at once, and what goes wrong in it stays in it: the bytes that it could not
// read leave their counts unknown. What passes after its end it does not see.
type tap struct {
	exchange wire.Exchange // nil after the end
	losses   *losses
	copies   *copies

	sending sync.Mutex
	sent    int64 // bytes of the request's body that the exchange has seen

	receiving sync.Mutex
}

// requestBody takes the bytes that begin at an offset of the body. A body that
// is sent a second time shows nothing new until it passes the first.
func (t *tap) requestBody(offset int64, p []byte) {
	t.sending.Lock()
	defer t.sending.Unlock()
	defer t.losses.contain()
	seen := t.sent - offset
	if seen < 0 || seen >= int64(len(p)) || t.exchange == nil {
		return
	}
	t.sent += int64(len(p)) - seen
	t.copies.sent(p[seen:])
	t.exchange.RequestBody(p[seen:])
}

// hasSent tells whether the transport took any of the body.
func (t *tap) hasSent() bool {
	t.sending.Lock()
	defer t.sending.Unlock()
	return t.sent > 0
}

func (t *tap) request() (request wire.Request) {
	t.sending.Lock()
	defer t.sending.Unlock()
	defer t.losses.contain()
	if t.exchange == nil {
		return wire.Request{}
	}
	return t.exchange.Request()
}

func (t *tap) isStream() bool { return t.request().Stream }

func (t *tap) responseHeader(res *http.Response) {
	t.receiving.Lock()
	defer t.receiving.Unlock()
	defer t.losses.contain()
	if t.exchange == nil {
		return
	}
	t.copies.answered(res.Header)
	t.exchange.ResponseHeader(res.StatusCode, res.Header)
}

// responseBody returns how many pieces of a stream ended in p, and whether the
// body is complete, for not every reader waits for its end.
func (t *tap) responseBody(p []byte) (chunks int, complete bool) {
	t.receiving.Lock()
	defer t.receiving.Unlock()
	defer t.losses.contain()
	if t.exchange == nil {
		return 0, false
	}
	t.copies.received(p)
	chunks = t.exchange.ResponseBody(p)
	return chunks, t.exchange.Complete()
}

func (t *tap) response(end wire.End) (response wire.Response) {
	t.receiving.Lock()
	defer t.receiving.Unlock()
	defer t.losses.contain()
	return t.exchange.Response(end)
}

// end gives back what the exchange was read with. Whoever looks into the
// exchange holds the lock of its side, and finds none from now on.
func (t *tap) end() {
	t.sending.Lock()
	defer t.sending.Unlock()
	t.receiving.Lock()
	defer t.receiving.Unlock()
	defer t.losses.contain()
	t.exchange.Free()
	t.exchange = nil
}
