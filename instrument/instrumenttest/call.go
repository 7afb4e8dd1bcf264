// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxBody is the size of the largest request that is read.
const maxBody = 100 << 20

// call is one request while it is being answered.
type call struct {
	gemini *Gemini
	w      http.ResponseWriter
	r      *http.Request
	route  route
	update func(func(*Exchange))
	enums  enums
	sse    bool

	req   Request
	fault Fault
}

// serve checks the request, lets its fault happen, and answers it.
func (c *call) serve() {
	if err := c.checkKey(); err != nil {
		c.fail(err)
		return
	}
	if err := c.read(); err != nil {
		c.fail(err)
		return
	}
	c.fault = c.gemini.faults.take(c.req)
	if !c.wait(c.gemini.config.latency+c.fault.Delay) || c.fault.Reset {
		c.hangUp()
		return
	}
	switch {
	case c.fault.Status != 0 && (!c.fault.MidStream || c.req.Kind != KindStream):
		c.fail(c.fault.apiError())
	case c.fault.Garbage:
		c.garbage()
	default:
		c.answer()
	}
}

func (c *call) answer() {
	switch c.req.Kind {
	case KindGenerate, KindStream:
		c.generate()
	case KindCountTokens:
		c.countTokens()
	case KindEmbed, KindBatchEmbed:
		c.embed()
	case KindListModels:
		c.listModels()
	case KindGetModel:
		c.getModel()
	default:
		c.cachedContent()
	}
}

// checkKey returns the error for a request without the right credentials.
func (c *call) checkKey() *apiError {
	config := &c.gemini.config
	key := cmp.Or(c.r.Header.Get("X-Goog-Api-Key"), c.r.URL.Query().Get("key"))
	bearer := strings.HasPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	switch {
	case config.openToAll:
		return nil
	case key == "" && !bearer:
		return errMissingKey(c.route)
	case config.key != "" && key != config.key:
		return errWrongKey()
	}
	return nil
}

// read takes in the body and checks what every kind needs.
func (c *call) read() *apiError {
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if err != nil {
		return newAPIError(http.StatusBadRequest, "The request's body cannot be read, or is too large.")
	}
	var parsed *body
	if c.route.kind.hasBody() {
		if parsed, err = parseBody(raw); err != nil {
			return newAPIError(http.StatusBadRequest, "Invalid JSON payload received.")
		}
	}
	c.req = newRequest(c.route, c.r.URL.Path, raw, parsed)
	known := c.gemini.config.models
	if c.req.Model != "" && known != nil && !slices.Contains(known, c.req.Model) {
		return errNoModel(&c.req)
	}
	return nil
}

// wait lets d pass; it returns false when the client or the server gave up.
func (c *call) wait(d time.Duration) bool {
	if d <= 0 {
		return c.r.Context().Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.r.Context().Done():
		return false
	case <-c.gemini.closing:
		return false
	}
}

// fail answers with an error. One in reply to a stream request comes in an array
// like the stream itself, unless that would be server-sent events.
func (c *call) fail(e *apiError) {
	e.setHeader(c.w.Header())
	var document any = errorBody{e}
	if c.route.kind == KindStream && !c.sse {
		document = []any{document}
	}
	c.update(func(x *Exchange) { x.Status, x.Complete = e.Code, true })
	c.write(e.Code, document)
}

// garbage answers with what a broken proxy may send.
func (c *call) garbage() {
	c.update(func(x *Exchange) { x.Status, x.Complete = http.StatusOK, true })
	c.head(http.StatusOK, "application/json; charset=UTF-8")
	_, _ = io.WriteString(c.w, "<html><title>502</title>upstream said nothing useful")
}

// reply answers a call whose response is one document; usage is nil where it
// reports none.
func (c *call) reply(document any, usage *Usage) {
	if c.fault.Cut {
		c.update(func(x *Exchange) { x.Status = http.StatusOK })
		c.head(http.StatusOK, "application/json; charset=UTF-8")
		c.cut(pretty(document))
		return
	}
	c.update(func(x *Exchange) {
		x.Status, x.Complete, x.Events = http.StatusOK, true, 1
		x.report(usage)
	})
	c.write(http.StatusOK, document)
}

func (x *Exchange) report(usage *Usage) {
	if usage != nil && *usage != (Usage{}) {
		x.Reported, x.Usage = true, *usage
	}
}

// write sends one whole document. A client that left is no error of ours.
func (c *call) write(status int, document any) {
	c.head(status, "application/json; charset=UTF-8")
	_, _ = c.w.Write(append(pretty(document), '\n'))
}

func (c *call) head(status int, contentType string) {
	header := c.w.Header()
	header.Set("Content-Type", contentType)
	if tier := c.tier(); tier != "" {
		header.Set("X-Gemini-Service-Tier", tier)
	}
	c.w.WriteHeader(status)
}

// tier is the service tier that the developer API serves; Vertex AI says
// nothing here.
func (c *call) tier() string {
	if c.route.vertex || c.req.parsed == nil {
		return ""
	}
	asked, _ := c.req.parsed.ServiceTier.(string)
	asked = strings.TrimPrefix(strings.ToLower(asked), "service_tier_")
	switch asked {
	case "flex", "priority":
		return asked
	}
	return "standard"
}

// cut sends half of what was to come and closes the connection.
func (c *call) cut(whole []byte) {
	_, _ = c.w.Write(whole[:len(whole)/2])
	_ = http.NewResponseController(c.w).Flush()
	c.hangUp()
}

// hangUp closes the connection, so that the client cannot take what it has for
// a whole answer. A writer that has no connection to close keeps what it has.
func (c *call) hangUp() {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		return
	}
	_ = conn.Close()
}

// pretty writes JSON as Google does, over several lines.
func pretty(document any) []byte {
	raw, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return []byte("{}") // never: generate refuses what JSON cannot hold
	}
	return raw
}
