// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"encoding/json"
	"net/http"
)

// framing is how a stream puts its events on the wire.
type framing struct {
	contentType        string
	first, next, after string
	end                string
	encode             func(any) []byte
}

var (
	sseFraming = framing{
		contentType: "text/event-stream",
		first:       "data: ",
		next:        "data: ",
		after:       "\r\n\r\n",
		encode:      compact,
	}
	arrayFraming = framing{
		contentType: "application/json; charset=UTF-8",
		first:       "[",
		next:        ",\r\n",
		end:         "]",
		encode:      pretty,
	}
)

// frame writes the i-th event.
func (f *framing) frame(i int, document any) []byte {
	head := f.next
	if i == 0 {
		head = f.first
	}
	return append(append([]byte(head), f.encode(document)...), f.after...)
}

// stream sends the events one by one until one is meant to break it.
func (c *call) stream(e encoder, events []event) {
	form := &arrayFraming
	if c.sse {
		form = &sseFraming
	}
	c.update(func(x *Exchange) { x.Status = http.StatusOK })
	c.head(http.StatusOK, form.contentType)
	for i := range events {
		if i > 0 && !c.wait(c.gemini.config.chunkDelay) {
			c.hangUp()
			return
		}
		whole := form.frame(i, e.response(events[i]))
		switch {
		case c.fault.MidStream && i == c.fault.After:
			c.breakWith(form, i)
			return
		case c.fault.Cut && (i == c.fault.After || i == len(events)-1):
			c.cut(whole)
			return
		case !c.push(form, whole, events, i):
			return
		}
	}
	if c.fault.MidStream {
		c.breakWith(form, len(events))
	}
}

// push sends the i-th event, after entering it in the journal; it returns false
// when the client has left. The last event ends the stream, unless an error is
// still to come.
func (c *call) push(form *framing, whole []byte, events []event, i int) bool {
	last := i == len(events)-1 && !c.fault.MidStream
	c.update(func(x *Exchange) {
		x.Events, x.Complete = i+1, last
		x.report(&events[i].usage)
	})
	if last {
		whole = append(whole, form.end...)
	}
	if _, err := c.w.Write(whole); err != nil {
		return false
	}
	_ = http.NewResponseController(c.w).Flush() // a writer that cannot flush sends all at the end
	return true
}

// breakWith ends a stream with the fault's error as its i-th event.
func (c *call) breakWith(form *framing, i int) {
	c.update(func(x *Exchange) { x.Complete = true })
	whole := form.frame(i, errorBody{c.fault.apiError()})
	_, _ = c.w.Write(append(whole, form.end...))
}

func compact(document any) []byte {
	raw, err := json.Marshal(document)
	if err != nil {
		return []byte("{}") // never: generate refuses what JSON cannot hold
	}
	return raw
}
