// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import "encoding/json"

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

// stream sends the events of a response.
func (c *call) stream(e encoder, events []event) {
	form := &arrayFraming
	if c.sse {
		form = &sseFraming
	}
	c.setTier()
	sent := make([]answer, len(events))
	for i := range events {
		sent[i] = answer{raw: form.frame(i, e.response(events[i])), usage: &events[i].usage}
	}
	c.answering.stream(&streaming{
		contentType: form.contentType, events: sent, end: form.end,
		failure: func(i int) []byte {
			return append(form.frame(i, errorBody{c.fault.apiError()}), form.end...)
		},
	})
}

func compact(document any) []byte {
	raw, err := json.Marshal(document)
	if err != nil {
		return []byte("{}") // never: generate refuses what JSON cannot hold
	}
	return raw
}
