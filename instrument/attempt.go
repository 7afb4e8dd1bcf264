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
	"github.com/spanledger/spanledger/internal/analysis"
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
	source   *http.Request            // as the client made it
	resumed  bool                     // it asks for the rest of an answer
	mayRetry func(FailedAttempt) bool // nil for never

	returned bool        // the base transport did, and did not panic
	header   http.Header // of a response that failed

	once   sync.Once
	mu     sync.Mutex
	status int         // of the response
	ended  bool        // there is nothing left to watch over
	stop   func() bool // keeps the request's context from ending the attempt

	answer responseBody // where nobody watches whether it is let go
}

// send prepares the request that goes out: a copy of req with its body tapped,
// under the given context. Everything else of req is shared with the copy.
func (a *attempt) send(ctx context.Context, req *http.Request) {
	a.ctx = measuredContext{ctx}
	a.request = req.WithContext(&a.ctx) //nolint:contextcheck // it is the caller's, with a mark
	hideBaggage(&a.ctx, a.request)
	if req.Body != nil && req.Body != http.NoBody {
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

// isUnseen reports that nobody sees the call that was opened for the request:
// it belongs to no analysis, and no SDK takes its span or its metrics. Of a
// global provider only the spans show whether there is an SDK behind it. What
// a provider must not see, and a body that was looked into, need the attempt.
func (a *attempt) isUnseen() bool {
	c := a.call
	_, isRead := a.body.ReadCloser.(readBody)
	return a.ownsCall && c.analysis == nil && c.record.Key == (analysis.SpanKey{}) && !c.span.IsRecording() &&
		!c.recorder.metrics.counts(c.ctx) && !isRead && !hasBaggage(a.source)
}

// unwind ends the attempt where the base transport panicked.
func (a *attempt) unwind() {
	if !a.returned {
		a.finish(ending{by: byOthers, failure: semconv.ErrorTypePanic})
	}
}

// answered takes what the base transport returned for req, and taps the body.
func (a *attempt) answered(req *http.Request, res *http.Response, err error) {
	defer a.tap.losses.contain()
	a.returned = true
	ctx := a.ctx.Context
	if err != nil || res == nil {
		a.finish(ending{by: byError, failure: errorType(ctx, err, semconv.ErrorTypeConnection)})
		return
	}
	if res.Request == a.request {
		res.Request = req // the copy is nobody else's business
	}
	a.tap.responseHeader(res)
	a.mu.Lock()
	a.status = res.StatusCode
	if res.StatusCode >= http.StatusBadRequest {
		a.header = res.Header
	}
	a.mu.Unlock()
	if a.ownsCall && isRedirect(res) {
		body := &redirectBody{ReadCloser: res.Body, attempt: a}
		res.Body = body
		runtime.AddCleanup(body, abandon, a)
		a.watch(ctx)
		return
	}
	empty := res.Body == nil || res.Body == http.NoBody
	if res.StatusCode == http.StatusSwitchingProtocols || (empty && !a.tellsByClosing(res)) {
		a.finish(ending{by: byEnd})
		return
	}
	body := &a.answer
	abandonable := a.stream || empty || a.tap.isStream() // a body that says so has been sent by now
	if abandonable {
		body = new(responseBody)
	}
	body.ReadCloser, body.attempt, body.left = res.Body, a, res.ContentLength
	res.Body = body
	if abandonable {
		runtime.AddCleanup(body, abandon, a)
	}
	a.watch(ctx)
}

// tellsByClosing tells an empty answer whose reader is to be watched all the
// same, for whether it looks into it says what it does next.
func (a *attempt) tellsByClosing(res *http.Response) bool {
	return a.ownsCall && res.Body != nil && isWorthRetry(res.StatusCode, res.Header)
}

// abandon ends the attempt when nobody can read its body any further: some
// clients leave a stream without closing it. Ending it may take time that the
// runtime's cleanups do not have, for a span processor may block.
func abandon(a *attempt) { go a.finish(ending{by: byOthers}) }

// watch ends the attempt when the request's context ends.
func (a *attempt) watch(ctx context.Context) {
	if ctx.Done() == nil {
		return
	}
	stop := context.AfterFunc(ctx, func() {
		a.finish(ending{by: byOthers, failure: contextErrorType(ctx.Err())})
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop = stop
	if a.ended {
		stop()
	}
}

// ending says how an attempt ended.
type ending struct {
	by      cause
	failure string // error.type, "" where it went well as far as the reader knows
	unread  bool   // the client closed the body and had read nothing of it
}

// cause is who ended an attempt.
type cause uint8

const (
	byEnd    cause = iota // the body came to its end
	byError               // the transport or the body failed
	byClose               // the client closed the body
	byOthers              // the context, the call, the garbage collector, a panic
)

func (e ending) wire() wire.End {
	if e.by == byEnd {
		return wire.Whole
	}
	return wire.Cut
}

// finish ends the attempt, once. Whoever comes second waits for the first, so
// that a caller who has its error finds the call counted.
func (a *attempt) finish(e ending) {
	defer a.tap.losses.contain()
	a.once.Do(func() { a.conclude(e) })
}

// conclude hands what was read to the call, and ends the call where the
// attempt is all of it and its client asks no further.
func (a *attempt) conclude(e ending) {
	a.mu.Lock()
	status, stop := a.status, a.stop
	a.ended = true
	a.mu.Unlock()
	if stop != nil {
		stop()
	}
	response := a.tap.response(e.wire())
	accepted := status < http.StatusMultipleChoices
	switch {
	case status < http.StatusBadRequest && !accepted:
		response.ErrorType = strconv.Itoa(status) // a redirect, until it is followed
	case accepted && e.failure != "":
		response.ErrorType = e.failure
	}
	// What was sent and not refused may have used tokens all the same.
	silent := response.Usage.Status == StatusUnknown && accepted && a.tap.hasSent()
	request := a.tap.request()
	silent = silent && !a.estimateUsage(&request, &response)
	a.keepContent()
	a.call.absorb(a, request, response, silent)
	waits := a.ownsCall && a.wait(&response, status, e)
	a.tap.end()
	if a.ownsCall && !waits {
		a.call.End(CallResult{})
	}
}
