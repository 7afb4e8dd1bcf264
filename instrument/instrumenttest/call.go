// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxBody is the size of the largest request that is read.
const maxBody = 100 << 20

// call is one request while it is being answered.
type call struct {
	answering

	gemini *Gemini
	route  route
	enums  enums
	sse    bool

	req         Request
	interaction interactionBody
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
	if !c.begun() {
		return
	}
	switch {
	case c.fault.Status != 0 && (!c.fault.MidStream || !c.req.Stream):
		c.fail(c.fault.apiError())
	case c.fault.Garbage:
		c.setTier()
		c.garbage("application/json; charset=UTF-8")
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
	case KindInteract:
		c.interact()
	case KindGetInteraction:
		c.getInteraction()
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
	parsed, failed := c.parse(raw)
	if failed != nil {
		return failed
	}
	c.req = newRequest(c.route, c.r.URL.Path, raw, parsed)
	c.req.Stream = c.req.Stream || c.interaction.Stream
	known := c.gemini.config.models
	if c.req.Model != "" && known != nil && !slices.Contains(known, c.req.Model) {
		return errNoModel(&c.req)
	}
	return nil
}

// parse reads the body of a kind that has one.
func (c *call) parse(raw []byte) (*body, *apiError) {
	switch {
	case c.route.kind == KindInteract:
		return c.readInteraction(raw)
	case !c.route.kind.hasBody():
		return nil, nil //nolint:nilnil // there is nothing to read
	}
	parsed, err := parseBody(raw)
	if err != nil {
		return nil, newAPIError(http.StatusBadRequest, "Invalid JSON payload received.")
	}
	return parsed, nil
}

// fail answers with an error. One in reply to a stream request comes in an array
// like the stream itself, unless that would be server-sent events.
func (c *call) fail(e *apiError) {
	e.setHeader(c.w.Header())
	var document any = errorBody{e}
	switch {
	case c.route.kind == KindStream && !c.sse:
		document = []any{document}
	case c.route.kind == KindInteract || c.route.kind == KindGetInteraction:
		document = wireInteractionEvent{Error: interactionFailure(e)}
	}
	c.failWith(e.Code, c.json(document))
}

// json is a document as Gemini writes it.
func (c *call) json(document any) answer {
	return answer{contentType: "application/json; charset=UTF-8", raw: append(pretty(document), '\n')}
}

// reply answers a call whose response is one document; usage is nil where it
// reports none.
func (c *call) reply(document any, usage *Usage) {
	c.setTier()
	whole := c.json(document)
	whole.usage = usage
	c.whole(whole)
}

// setTier adds the header that names the served tier.
func (c *call) setTier() {
	if tier := c.tier(); tier != "" {
		c.w.Header().Set("X-Gemini-Service-Tier", tier)
	}
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

// pretty writes JSON as Google does, over several lines.
func pretty(document any) []byte {
	raw, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return []byte("{}") // never: generate refuses what JSON cannot hold
	}
	return raw
}
