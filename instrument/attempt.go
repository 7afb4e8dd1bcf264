// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"sync"

	"github.com/spanledger/spanledger/instrument/internal/wire"
	"github.com/spanledger/spanledger/internal/semconv"
)

// attempt is one request of a call, until its response ends.
type attempt struct {
	call     *Call
	ownsCall bool // the call ends with this attempt
	stream   bool
	tap      tap
	ctx      measuredContext
	body     requestBody
	request  *http.Request

	returned bool // the base transport did, and did not panic
	status   int

	once sync.Once
	mu   sync.Mutex
	stop func() bool // keeps the request's context from ending the attempt
}

// send prepares the request that goes out: a copy of req with its body tapped,
// under the given context. Everything else of req is shared with the copy.
func (a *attempt) send(ctx context.Context, req *http.Request) {
	a.ctx = measuredContext{ctx}
	a.request = req.WithContext(&a.ctx) //nolint:contextcheck // it is the caller's, with a mark
	if req.Body != nil && req.Body != http.NoBody {
		a.body = requestBody{ReadCloser: req.Body, tap: &a.tap}
		a.request.Body = &a.body
	}
	if getBody := req.GetBody; getBody != nil {
		a.request.GetBody = func() (io.ReadCloser, error) {
			body, err := getBody()
			if err != nil || body == nil || body == http.NoBody {
				return body, err
			}
			return &requestBody{ReadCloser: body, tap: &a.tap}, nil
		}
	}
}

// unwind ends the attempt where the base transport panicked.
func (a *attempt) unwind() {
	if !a.returned {
		a.finish(wire.Cut, semconv.ErrorTypePanic)
	}
}

// answered takes what the base transport returned, and taps the body.
func (a *attempt) answered(res *http.Response, err error) {
	defer contain()
	a.returned = true
	ctx := a.ctx.Context
	if err != nil || res == nil {
		a.finish(wire.Cut, errorType(ctx, err, semconv.ErrorTypeConnection))
		return
	}
	a.tap.responseHeader(res)
	a.status = res.StatusCode
	if res.Body == nil || res.Body == http.NoBody || res.StatusCode == http.StatusSwitchingProtocols {
		a.finish(wire.Whole, "")
		return
	}
	body := &responseBody{ReadCloser: res.Body, attempt: a, left: res.ContentLength}
	res.Body = body
	a.watch(ctx, body)
}

// watch ends the attempt when nobody is going to read the body any further:
// some clients leave a stream without closing it.
func (a *attempt) watch(ctx context.Context, body *responseBody) {
	if a.stream {
		runtime.AddCleanup(body, func(a *attempt) { a.finish(wire.Cut, "") }, a)
	}
	if ctx.Done() == nil {
		return
	}
	stop := context.AfterFunc(ctx, func() {
		a.finish(wire.Cut, contextErrorType(ctx.Err()))
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop = stop
}

// finish ends the attempt, once. Whoever comes second waits for the first, so
// that a caller who has its error finds the call counted. The failure is ""
// where the body ended well, as far as the reader knows.
func (a *attempt) finish(end wire.End, failure string) {
	defer contain()
	a.once.Do(func() { a.conclude(end, failure) })
}

// conclude hands what was read to the call, and ends the call where the
// attempt is all of it.
func (a *attempt) conclude(end wire.End, failure string) {
	a.mu.Lock()
	stop := a.stop
	a.mu.Unlock()
	if stop != nil {
		stop()
	}
	response := a.tap.response(end)
	if failure != "" && a.status < http.StatusBadRequest {
		response.ErrorType = failure
	}
	a.call.absorb(a.tap.request(), response)
	if a.ownsCall {
		a.call.End(CallResult{})
	}
}
