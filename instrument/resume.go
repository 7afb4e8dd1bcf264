// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/spanledger/spanledger/instrument/internal/wire"
	"github.com/spanledger/spanledger/internal/semconv"
)

// continuationPatience is how long a call waits for a client that asks for the
// rest of an answer: it does so at once.
const continuationPatience = 5 * time.Second

// maxSearched is the longest body that a token is looked for in.
const maxSearched = 32 << 20

// takeUp goes on with a call that waits for this request, if there is one.
func (a *attempt) takeUp(r *recorder) {
	retrying, goingOn := waiting.retrying.Load() > 0, waiting.goingOn.Load() > 0
	if !retrying && !goingOn {
		return
	}
	key := newWaitKey(r, a.source, a.stream)
	var w *wait
	if retrying {
		w = waiting.takeRetry(key, retryCount(a.source))
	}
	if w == nil && goingOn {
		w = a.takeContinuation(key.continuing())
	}
	if w == nil {
		return
	}
	a.call = w.call
	a.resumed = w.resumed || w.key.goesOn
	a.call.resume(w.tries)
}

// takeContinuation looks for a token that a call waits for in the request's
// body, and leaves the body as it was.
func (a *attempt) takeContinuation(key waitKey) *wait {
	length, original := a.source.ContentLength, a.body.ReadCloser
	if original == nil || length <= 0 || length > maxSearched || !waiting.expects(key) {
		return nil
	}
	read, err := io.ReadAll(io.LimitReader(original, length))
	var rest io.Reader = original
	if err != nil {
		rest = failedReader{err}
	}
	a.body.ReadCloser = readBody{Reader: io.MultiReader(bytes.NewReader(read), rest), Closer: original}
	return waiting.takeContinuation(key, read)
}

// readBody is a body of which some was read before.
type readBody struct {
	io.Reader
	io.Closer
}

// failedReader repeats the error of a reader.
type failedReader struct{ err error }

// Read implements [io.Reader].
func (r failedReader) Read([]byte) (int, error) { return 0, r.err }

// wait lets the call wait where its client will or may send a further request
// for it, and reports whether it does.
func (a *attempt) wait(response *wire.Response, status int, e ending) bool {
	if response.ErrorType == "" && response.Continuation == "" && !a.resumed {
		return false
	}
	switch {
	case !a.mayGoOn(e):
		return false
	case a.goesOn(response, status, e):
		a.enter(response.Continuation, continuationPatience)
	case a.startsOver(response, status, e):
		a.enter("", continuationPatience)
	case a.retries(status, e):
		a.enter("", patience(a.call.tries, a.header))
	default:
		return false
	}
	return true
}

// mayGoOn tells whether the context leaves room for a further request. Some
// clients give every attempt a context of its own, which tells nothing of the
// next one.
func (a *attempt) mayGoOn(e ending) bool {
	switch {
	case a.ctx.Err() == nil:
		return e.by != byOthers
	case a.hasClientTimeout(): // which is no cancellation
		return e.by != byOthers && e.failure != semconv.ErrorTypeCanceled
	case a.isCounted():
		return e.failure == semconv.ErrorTypeTimeout
	}
	return false
}

// isCounted tells a client that counts its retries.
func (a *attempt) isCounted() bool { return retryCount(a.source) >= 0 }

// hasClientTimeout tells a request whose [http.Client] has a time-out: it ends
// the context with the attempt.
func (a *attempt) hasClientTimeout() bool {
	return a.source.Cancel != nil //nolint:staticcheck // it is how the client shows that
}

// whenDone calls end when the context is done that bounds the waiting, until it
// is stopped. Where nothing bounds it stop is nil.
func (a *attempt) whenDone(end func()) (stop func() bool) {
	if a.ctx.Done() == nil || a.hasClientTimeout() || a.ctx.Err() != nil {
		return nil
	}
	return context.AfterFunc(a.ctx.Context, end)
}

// enter lets the call wait for a request with the token, or for the same
// request where there is none.
func (a *attempt) enter(token string, patience time.Duration) {
	w := &wait{
		key:  newWaitKey(a.call.recorder, a.source, a.stream),
		call: a.call, retries: retryCount(a.source), tries: a.call.tries, resumed: a.resumed, token: token,
	}
	if token != "" {
		w.key, w.tries = w.key.continuing(), 0
	}
	a.call.pause()
	if a.call.foreign {
		a.call.describe("")
	}
	waiting.enter(w, patience, a.whenDone)
}

// goesOn tells an answer that stopped before its end and whose client asks for
// the rest, unless it has left the stream.
func (a *attempt) goesOn(response *wire.Response, status int, e ending) bool {
	left := e.by == byClose && response.ErrorType == ""
	return response.Continuation != "" && status < http.StatusMultipleChoices && !left
}

// startsOver tells a stream that was to bring the rest of an answer and brought
// nothing. Its client asks again, unless the answer is an error.
func (a *attempt) startsOver(response *wire.Response, status int, e ending) bool {
	stream := a.stream || a.tap.request().Stream // what is sent may say so, not the path
	return a.resumed && stream && status < http.StatusMultipleChoices && e.by != byClose && response.Chunks == 0 &&
		a.call.tries < maxReconnects
}

// maxReconnects is how often a client asks for the rest before it gives up.
const maxReconnects = 4

// retries tells a failed attempt that the client makes again or may make again.
func (a *attempt) retries(status int, e ending) bool {
	refused := status >= http.StatusBadRequest
	switch {
	case !isReplayable(a.source):
		return false
	case refused && e.unread && isWorthRetry(status, a.header):
		return true
	case !refused && e.failure == "":
		return false
	}
	return a.askPolicy(FailedAttempt{
		Path: a.source.URL.Path, Number: a.call.tries, Status: status,
		Stream: a.tap.isStream(), // what is sent may say so, not the path
		Unread: e.unread, TimedOut: e.failure == semconv.ErrorTypeTimeout,
	})
}

// askPolicy asks what is known of the client. One that counts its retries never
// has a call of its own taken for a retry, so that it may as well be waited for.
func (a *attempt) askPolicy(failed FailedAttempt) bool {
	defer a.tap.losses.contain()
	if a.mayRetry == nil {
		return a.isCounted() && failed.Status == 0 && !failed.TimedOut
	}
	return a.mayRetry(failed)
}
