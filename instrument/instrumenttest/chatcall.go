// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"io"
	"net/http"
	"slices"
	"time"
)

// chatCall is one request to OpenAI or Anthropic while it is being answered.
type chatCall struct {
	answering

	kind  Kind
	key   string // of the request
	asked *chatBody
	req   Request
	id    string // of the answer, without the API's prefix
}

// problem is why a request is refused, before an API words it.
type problem struct {
	status     int
	reason     string // "" where the status says it all
	message    string
	retryAfter time.Duration
}

// The reasons that APIs have codes of their own for.
const (
	reasonKey   = "key"
	reasonModel = "model"
)

// chatAPI is an API in which a call may be answered.
type chatAPI interface {
	// refuse answers with an error.
	refuse(c *chatCall, p problem)
	// answer answers what the model says.
	answer(c *chatCall)
}

// serve checks the request, lets its fault happen, and answers it.
func (c *chatCall) serve(api chatAPI) {
	if p := c.prepare(); p != nil {
		api.refuse(c, *p)
		return
	}
	c.fault = c.server.faults.take(c.req)
	if !c.begun() {
		return
	}
	switch {
	case c.fault.Status != 0 && (!c.fault.MidStream || !c.req.Stream):
		api.refuse(c, c.fault.problem())
	case c.fault.Garbage:
		c.garbage("application/json")
	default:
		c.id = c.server.ids.next(&c.req)
		api.answer(c)
	}
}

// prepare checks the credentials, and reads the request.
func (c *chatCall) prepare() *problem {
	config := &c.server.config
	switch {
	case c.kind == "":
		return &problem{status: http.StatusNotFound, message: "There is nothing at this path."}
	case !config.openToAll && (c.key == "" || config.key != "" && config.key != c.key):
		return &problem{status: http.StatusUnauthorized, reason: reasonKey, message: "The API key is missing or wrong."}
	}
	if !c.read() {
		return &problem{status: http.StatusBadRequest, message: "The request's body is no JSON, or is too large."}
	}
	switch {
	case c.asked.Model == "":
		return &problem{status: http.StatusBadRequest, message: "model is missing"}
	case config.models != nil && !slices.Contains(config.models, c.asked.Model):
		return &problem{
			status:  http.StatusNotFound,
			reason:  reasonModel,
			message: "There is no such model: " + c.asked.Model,
		}
	}
	return nil
}

// read takes in the body.
func (c *chatCall) read() bool {
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if err != nil {
		return false
	}
	c.asked, err = parseChatBody(raw)
	if err != nil {
		return false
	}
	c.req = newRequest(route{kind: c.kind, model: c.asked.Model}, c.r.URL.Path, raw, c.asked.body())
	c.req.Stream, c.req.CachedContent = c.asked.Stream, c.asked.PromptCacheKey
	if c.kind == KindEmbeddings {
		c.req.Prompt = joinLines(c.asked.Input.texts)
	}
	c.update(func(x *Exchange) { x.Model, x.Stream = c.req.Model, c.req.Stream })
	return true
}

// said is what the model says to the request, with its usage: what server-side
// tools feed back is input here.
func (c *chatCall) said() (Answer, Usage) {
	a := c.server.config.responder(c.req).completed(&c.req)
	if a.Usage != nil {
		return a, *a.Usage
	}
	u := a.usage(&c.req, Modalities{})
	u.Prompt, u.ToolUse = u.Prompt+u.ToolUse, 0
	u.PromptDetails, u.CandidatesDetails, u.ToolUseDetails = Modalities{}, Modalities{}, Modalities{}
	return a, u
}

// name enters the answer's id in the journal.
func (c *chatCall) name(id string) string {
	c.update(func(x *Exchange) { x.ResponseID = id })
	return id
}

// problem is the error that the fault demands.
func (f Fault) problem() problem {
	message := faultMessages[f.Status]
	if message == "" {
		message = http.StatusText(f.Status)
	}
	return problem{status: f.Status, message: message, retryAfter: f.RetryAfter}
}
