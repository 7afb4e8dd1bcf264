// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"bytes"
	"container/list"
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// waiting holds the calls of this process whose client will or may send a
// further request for them.
var waiting = newWaitingRoom(maxWaiting)

// maxWaiting bounds the calls that wait at a time; beyond it the oldest ends.
const maxWaiting = 10_000

// Flush records at once the calls that wait for a retry or a continuation. Call
// it before the last spans and metrics are exported; otelsetup does. A request
// that comes later is a call of its own.
func Flush() { waiting.flush() }

// waitKey is what a request must have in common with the one before it.
type waitKey struct {
	recorder   *recorder
	tally      *tally
	callType   CallType
	trace      trace.TraceID
	parent     trace.SpanID
	host, path string
	stream     bool
	goesOn     bool  // waits for a continuation, whose body has another length
	length     int64 // of the body of a retry
}

// newWaitKey returns the key of a request as its client made it, before any
// redirect: a retry begins there anew.
func newWaitKey(r *recorder, req *http.Request, stream bool) waitKey {
	ctx := req.Context()
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
	}
	above := r.parentOf(ctx)
	key := waitKey{
		recorder: r, callType: CallTypeFromContext(ctx),
		trace: above.TraceID(), parent: above.SpanID(),
		host: req.URL.Host, path: req.URL.Path, stream: stream, length: req.ContentLength,
	}
	if owner := AnalysisFromContext(ctx); owner != nil {
		key.tally = owner.tally
	}
	return key
}

// parentOf returns the ids of the span that a request is made under.
func (r *recorder) parentOf(ctx context.Context) (above trace.SpanContext) {
	defer r.losses.contain()
	return trace.SpanContextFromContext(ctx)
}

// continuing returns the key of calls that wait for a continuation.
func (k waitKey) continuing() waitKey {
	k.goesOn, k.length = true, 0
	return k
}

// grace is how long a client still has when the context of its last request
// ends, where it may give each request one of its own: to ask for the rest of an
// answer, or to try again where it counts that.
const grace = time.Second

// wait is one call that waits.
type wait struct {
	key     waitKey
	call    *Call
	retries int    // the client's own count at the last attempt, -1 for none
	token   string // the beginning of the continuation's, "" for a retry
	resumed bool   // the last attempt was a continuation itself
	tries   int    // requests for the same thing so far

	room  *waitingRoom
	place *list.Element // nil when it has left
	timer *time.Timer
	stop  func() bool // keeps the context from ending it
}

// waitingRoom keeps calls that wait, by key and by age. It may be used from
// many goroutines at once. As long as it is empty, asking costs one load.
type waitingRoom struct {
	limit     int
	retrying  atomic.Int64
	goingOn   atomic.Int64
	mu        sync.Mutex
	byKey     map[waitKey][]*wait
	byTally   map[*tally]map[*wait]struct{}
	oldestOut list.List // of *wait, the oldest first
}

func newWaitingRoom(limit int) *waitingRoom {
	return &waitingRoom{
		limit: limit, byKey: make(map[waitKey][]*wait), byTally: make(map[*tally]map[*wait]struct{}),
	}
}

func (r *waitingRoom) isEmpty() bool { return r.retrying.Load() == 0 && r.goingOn.Load() == 0 }

// enter lets a call wait until it is taken, the time is over, or what whenDone
// watches is done.
func (r *waitingRoom) enter(w *wait, patience time.Duration, whenDone func(func()) func() bool) {
	w.room = r
	if surplus := r.add(w, patience, whenDone); surplus != nil {
		surplus.call.End(CallResult{})
	}
}

func (r *waitingRoom) add(w *wait, patience time.Duration, whenDone func(func()) func() bool) (surplus *wait) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.oldestOut.Len() >= r.limit {
		surplus, _ = r.oldestOut.Front().Value.(*wait)
		r.remove(surplus)
	}
	w.place = r.oldestOut.PushBack(w)
	r.byKey[w.key] = append(r.byKey[w.key], w)
	if t := w.key.tally; t != nil {
		if r.byTally[t] == nil {
			r.byTally[t] = make(map[*wait]struct{})
		}
		r.byTally[t][w] = struct{}{}
	}
	w.counter().Add(1)
	w.timer = time.AfterFunc(patience, w.expire)
	w.stop = whenDone(w.hurry)
	return surplus
}

// remove takes a call out, and reports false where it has left before.
func (r *waitingRoom) remove(w *wait) bool {
	if w.place == nil {
		return false
	}
	r.oldestOut.Remove(w.place)
	w.place = nil
	r.byKey[w.key] = slices.DeleteFunc(r.byKey[w.key], func(other *wait) bool { return other == w })
	if len(r.byKey[w.key]) == 0 {
		delete(r.byKey, w.key)
	}
	if t := w.key.tally; t != nil {
		delete(r.byTally[t], w)
		if len(r.byTally[t]) == 0 {
			delete(r.byTally, t)
		}
	}
	w.counter().Add(-1)
	w.timer.Stop()
	if w.stop != nil {
		w.stop()
	}
	return true
}

func (w *wait) counter() *atomic.Int64 {
	if w.key.goesOn {
		return &w.room.goingOn
	}
	return &w.room.retrying
}

// hurry ends the call with the context of its last request.
func (w *wait) hurry() {
	if w.retries < 0 && !w.key.goesOn && !w.resumed {
		w.expire()
		return
	}
	w.room.mu.Lock()
	defer w.room.mu.Unlock()
	if w.place != nil {
		w.timer.Reset(grace)
	}
}

// expire ends the call that nobody has taken.
func (w *wait) expire() {
	defer w.call.recorder.losses.contain()
	w.room.mu.Lock()
	waited := w.room.remove(w)
	w.room.mu.Unlock()
	if waited {
		w.call.End(CallResult{})
	}
}

// takeRetry returns what waits for a request with the key and the client's own
// count of retries, or nil. A client that counts from 0 says so.
func (r *waitingRoom) takeRetry(key waitKey, retries int) *wait {
	if retries == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	queue := r.byKey[key]
	if len(queue) == 0 {
		return nil
	}
	i := slices.IndexFunc(queue, func(w *wait) bool { return retries > 0 && w.retries == retries-1 })
	w := queue[max(i, 0)]
	r.remove(w)
	return w
}

// expects tells whether anything waits under the key.
func (r *waitingRoom) expects(key waitKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.byKey[key]) > 0
}

// takeContinuation returns what waits for a request whose body holds its token,
// or nil.
func (r *waitingRoom) takeContinuation(key waitKey, body []byte) *wait {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.byKey[key] {
		if bytes.Contains(body, []byte(w.token)) {
			r.remove(w)
			return w
		}
	}
	return nil
}

// endOf ends what waits of an analysis.
func (r *waitingRoom) endOf(t *tally) {
	if r.isEmpty() {
		return
	}
	r.mu.Lock()
	of := make([]*wait, 0, len(r.byTally[t]))
	for w := range r.byTally[t] {
		of = append(of, w)
	}
	r.mu.Unlock()
	for _, w := range of {
		w.expire()
	}
}

func (r *waitingRoom) flush() {
	r.mu.Lock()
	all := make([]*wait, 0, r.oldestOut.Len())
	for e := r.oldestOut.Front(); e != nil; e = e.Next() {
		if w, ok := e.Value.(*wait); ok {
			all = append(all, w)
		}
	}
	r.mu.Unlock()
	for _, w := range all {
		w.expire()
	}
}
