// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"io"
	"net/http"
	"time"
)

// answering is one request while it is being answered, whatever the API.
type answering struct {
	server *standIn
	w      http.ResponseWriter
	r      *http.Request
	update func(func(*Exchange))
	fault  Fault
}

// answer is a document, or one event of a stream, as it goes out.
type answer struct {
	contentType string // of a document
	raw         []byte
	usage       *Usage // what it reports; nil where it reports nothing
}

// wait lets d pass; it returns false when the client or the server gave up.
func (a *answering) wait(d time.Duration) bool {
	if d <= 0 {
		return a.r.Context().Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-a.r.Context().Done():
		return false
	case <-a.server.closing:
		return false
	}
}

// begun waits as long as the fault wants; it returns false where there is nothing
// to answer.
func (a *answering) begun() bool {
	if a.wait(a.server.config.latency+a.fault.Delay) && !a.fault.Reset {
		return true
	}
	a.hangUp()
	return false
}

func (a *answering) head(status int, contentType string) {
	a.w.Header().Set("Content-Type", contentType)
	a.w.WriteHeader(status)
}

// failWith answers with an error. A client that left is no error of ours.
func (a *answering) failWith(status int, document answer) {
	a.update(func(x *Exchange) { x.Status, x.Complete = status, true })
	a.head(status, document.contentType)
	_, _ = a.w.Write(document.raw)
}

// garbage answers with what a broken proxy may send.
func (a *answering) garbage(contentType string) {
	a.update(func(x *Exchange) { x.Status, x.Complete = http.StatusOK, true })
	a.head(http.StatusOK, contentType)
	_, _ = io.WriteString(a.w, "<html><title>502</title>upstream said nothing useful")
}

// whole answers a call whose response is one document.
func (a *answering) whole(document answer) {
	if a.fault.Cut {
		a.update(func(x *Exchange) { x.Status = http.StatusOK })
		a.head(http.StatusOK, document.contentType)
		a.cut(document.raw)
		return
	}
	a.update(func(x *Exchange) {
		x.Status, x.Complete, x.Events = http.StatusOK, true, 1
		x.report(document.usage)
	})
	a.head(http.StatusOK, document.contentType)
	_, _ = a.w.Write(document.raw)
}

// cut sends half of what was to come and closes the connection.
func (a *answering) cut(whole []byte) {
	_, _ = a.w.Write(whole[:len(whole)/2])
	_ = http.NewResponseController(a.w).Flush()
	a.hangUp()
}

// hangUp closes the connection, so that the client cannot take what it has for
// a whole answer. A writer that has no connection to close keeps what it has.
func (a *answering) hangUp() {
	conn, _, err := http.NewResponseController(a.w).Hijack()
	if err != nil {
		return
	}
	_ = conn.Close()
}

// streaming is a stream that is to be sent.
type streaming struct {
	contentType string
	events      []answer
	end         string             // what follows the last event
	failure     func(i int) []byte // the fault's error as the i-th event
}

// stream sends the events one by one until one is meant to break it.
func (a *answering) stream(s *streaming) {
	a.update(func(x *Exchange) { x.Status = http.StatusOK })
	a.head(http.StatusOK, s.contentType)
	for i := range s.events {
		if i > 0 && !a.wait(a.server.config.chunkDelay) {
			a.hangUp()
			return
		}
		switch {
		case a.fault.MidStream && i == a.fault.After:
			a.breakWith(s, i)
			return
		case a.fault.Cut && (i == a.fault.After || i == len(s.events)-1):
			a.cut(s.events[i].raw)
			return
		case !a.push(s, i):
			return
		}
	}
	if a.fault.MidStream {
		a.breakWith(s, len(s.events))
	}
}

// push sends the i-th event, after entering it in the journal; it returns false
// when the client has left. The last event ends the stream, unless an error is
// still to come.
func (a *answering) push(s *streaming, i int) bool {
	raw, last := s.events[i].raw, i == len(s.events)-1 && !a.fault.MidStream
	a.update(func(x *Exchange) {
		x.Events, x.Complete = i+1, last
		x.report(s.events[i].usage)
	})
	if last {
		raw = append(raw, s.end...)
	}
	if _, err := a.w.Write(raw); err != nil {
		return false
	}
	_ = http.NewResponseController(a.w).Flush() // a writer that cannot flush sends all at the end
	return true
}

// breakWith ends a stream with the fault's error as its i-th event.
func (a *answering) breakWith(s *streaming, i int) {
	a.update(func(x *Exchange) { x.Complete = true })
	_, _ = a.w.Write(s.failure(i))
}
