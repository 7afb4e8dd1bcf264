// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strconv"
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

	once   sync.Once
	mu     sync.Mutex
	status int         // of the response
	ended  bool        // there is nothing left to watch over
	stop   func() bool // keeps the request's context from ending the attempt
}

// send prepares the request that goes out: a copy of req with its body tapped,
// under the given context. Everything else of req is shared with the copy.
func (a *attempt) send(ctx context.Context, req *http.Request) {
	a.ctx = measuredContext{ctx}
	a.request = req.WithContext(&a.ctx) //nolint:contextcheck // it is the caller's, with a mark
	hideBaggage(&a.ctx, a.request)
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

// answered takes what the base transport returned for req, and taps the body.
func (a *attempt) answered(req *http.Request, res *http.Response, err error) {
	defer a.tap.losses.contain()
	a.returned = true
	ctx := a.ctx.Context
	if err != nil || res == nil {
		a.finish(wire.Cut, errorType(ctx, err, semconv.ErrorTypeConnection))
		return
	}
	if res.Request == a.request {
		res.Request = req // the copy is nobody else's business
	}
	a.tap.responseHeader(res)
	a.mu.Lock()
	a.status = res.StatusCode
	a.mu.Unlock()
	if a.ownsCall && isRedirect(res) {
		body := &redirectBody{ReadCloser: res.Body, attempt: a}
		res.Body = body
		runtime.AddCleanup(body, abandon, a)
		a.watch(ctx)
		return
	}
	if res.Body == nil || res.Body == http.NoBody || res.StatusCode == http.StatusSwitchingProtocols {
		a.finish(wire.Whole, "")
		return
	}
	body := &responseBody{ReadCloser: res.Body, attempt: a, left: res.ContentLength}
	res.Body = body
	if a.stream {
		runtime.AddCleanup(body, abandon, a)
	}
	a.watch(ctx)
}

// abandon ends the attempt when nobody can read its body any further: some
// clients leave a stream without closing it. Ending it may take time that the
// runtime's cleanups do not have, for a span processor may block.
func abandon(a *attempt) { go a.finish(wire.Cut, "") }

// watch ends the attempt when the request's context ends.
func (a *attempt) watch(ctx context.Context) {
	if ctx.Done() == nil {
		return
	}
	stop := context.AfterFunc(ctx, func() {
		a.finish(wire.Cut, contextErrorType(ctx.Err()))
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop = stop
	if a.ended {
		stop()
	}
}

// finish ends the attempt, once. Whoever comes second waits for the first, so
// that a caller who has its error finds the call counted. The failure is ""
// where the body ended well, as far as the reader knows.
func (a *attempt) finish(end wire.End, failure string) {
	defer a.tap.losses.contain()
	a.once.Do(func() { a.conclude(end, failure) })
}

// conclude hands what was read to the call, and ends the call where the
// attempt is all of it.
func (a *attempt) conclude(end wire.End, failure string) {
	a.mu.Lock()
	status, stop := a.status, a.stop
	a.ended = true
	a.mu.Unlock()
	if stop != nil {
		stop()
	}
	response := a.tap.response(end)
	accepted := status < http.StatusMultipleChoices
	switch {
	case status < http.StatusBadRequest && !accepted:
		response.ErrorType = strconv.Itoa(status) // a redirect, until it is followed
	case accepted && failure != "":
		response.ErrorType = failure
	}
	// What was sent and not refused may have used tokens all the same.
	silent := response.Usage.Status == StatusUnknown && accepted && a.tap.hasSent()
	request := a.tap.request()
	silent = silent && !a.estimateUsage(&request, &response)
	a.keepContent()
	a.call.absorb(a, request, response, silent)
	if a.ownsCall {
		a.call.End(CallResult{})
	}
}
