// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"cmp"
	"net/http"

	"github.com/spanledger/spanledger/instrument/internal/content"
	"github.com/spanledger/spanledger/instrument/internal/wire"
	"github.com/spanledger/spanledger/internal/semconv"
)

// bodies says what bodies are kept for. The zero value keeps none.
type bodies struct {
	content   *ContentConfig // nil where content is not recorded
	estimates bool
	estimator Estimator // may be nil
}

// orNil returns nil where nothing is to be done.
func (b *bodies) orNil() *bodies {
	if b.content == nil && !b.estimates {
		return nil
	}
	kept := *b
	return &kept
}

// copies are the bodies of one attempt, kept until it ends. Nil copies take
// nothing. Who uses them holds the lock of the tap's side.
type copies struct {
	of                bodies
	request, response *content.Buffer // until they are read

	// What they say, when the attempt has ended.
	said                     *said
	readable, readableAnswer bool    // the bodies are
	longer, longerAnswer     float64 // by how much they are longer than what was kept
}

// copiesFor returns what takes a copy of the bodies of a call's request, or
// nil where nobody wants one.
func (b *bodies) copiesFor(call *Call, req *http.Request) *copies {
	if b == nil {
		return nil
	}
	of := *b
	if of.content != nil && !call.isRecording() {
		of.content = nil
	}
	if of.content == nil && !of.estimates {
		return nil
	}
	limit := of.content.bodyLimit()
	c := &copies{of: of, request: content.NewBuffer(limit), response: content.NewBuffer(limit)}
	if encoded(req.Header) {
		c.request.Discard()
	}
	return c
}

// isRecording reports whether the span takes what it is given.
func (c *Call) isRecording() bool {
	defer c.recorder.losses.contain()
	return c.span.IsRecording()
}

// encoded reports whether a body is compressed, or otherwise no plain text.
func encoded(h http.Header) bool {
	return cmp.Or(h.Get("Content-Encoding"), "identity") != "identity"
}

func (c *copies) sent(p []byte) {
	if c != nil {
		c.request.Write(p)
	}
}

func (c *copies) answered(h http.Header) {
	if c != nil && encoded(h) {
		c.response.Discard()
	}
}

func (c *copies) received(p []byte) {
	if c != nil {
		c.response.Write(p)
	}
}

// estimateUsage fills in the usage that a response is silent on, and returns
// false where nobody asked for that or the request cannot be read.
func (a *attempt) estimateUsage(request *wire.Request, response *wire.Response) (done bool) {
	c := a.tap.copies
	if c == nil || !c.of.estimates {
		return false
	}
	defer a.tap.losses.contain()
	a.tap.readCopies()
	if c.readable {
		estimate := c.of.estimate(cmp.Or(response.Model, request.Model), &c.said.Content, a.tap.losses)
		estimate = estimate.times(c.longer, c.longerAnswer)
		estimate.inputOnly = !c.readableAnswer || request.Operation == semconv.OperationEmbeddings
		estimate.fill(&response.Usage)
		done = true
	}
	return done
}

// keepContent hands the call what was said, where that is to be recorded.
func (a *attempt) keepContent() {
	c := a.tap.copies
	if c == nil || c.of.content == nil {
		return
	}
	defer a.tap.losses.contain()
	a.tap.readCopies()
	if !c.said.IsZero() {
		a.call.mu.Lock()
		defer a.call.mu.Unlock()
		a.call.said = c.said
	}
}

// readCopies reads the copies, once, and takes the bodies away: what the
// transport sends and what the client reads from now on is in none.
func (t *tap) readCopies() {
	c := t.copies
	if c.said != nil {
		return
	}
	t.sending.Lock()
	request := c.request
	c.request = nil
	t.sending.Unlock()
	t.receiving.Lock()
	response := c.response
	c.response = nil
	t.receiving.Unlock()

	c.said = &said{config: c.of.content}
	c.said.Content, c.said.cut = content.Read(request, response)
	c.readable, c.readableAnswer = request.Readable(), response.Readable()
	c.longer, c.longerAnswer = share(request), share(response)
}

// hear takes the content that the application gives for a call, in place of
// what requests showed.
func (c *Call) hear(given Content) {
	if c.bodies == nil || given.IsZero() {
		return
	}
	defer c.recorder.losses.contain()
	r := &c.record
	if config := c.bodies.content; config != nil {
		if config.Redact != nil { // it may change what it gets, and this is the application's
			given = given.Map(func(s string) string { return s })
		}
		c.said = &said{Content: given, config: config}
	}
	refused := r.ErrorType != "" && len(given.Output) == 0
	if c.bodies.estimates && r.Usage.Status == StatusUnknown && !refused {
		estimate := c.bodies.estimate(r.Model(), &given, c.recorder.losses)
		estimate.inputOnly = r.Operation == semconv.OperationEmbeddings
		estimate.fill(&r.Usage)
	}
}
