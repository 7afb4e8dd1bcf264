// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"encoding/json"
	"net/http"
)

// maxCandidates is Gemini's limit.
const maxCandidates = 8

// generate answers generateContent and streamGenerateContent.
func (c *call) generate() {
	switch {
	case len(c.req.parsed.Contents) == 0:
		c.fail(newAPIError(http.StatusBadRequest, "contents is not specified"))
		return
	case c.req.candidates() > maxCandidates:
		c.fail(newAPIError(http.StatusBadRequest, "candidateCount is out of range"))
		return
	}
	cached := c.gemini.caches.tokens(c.req.CachedContent)
	if c.fault.BlockReason != "" {
		blocked := event{blocked: c.fault.BlockReason, usage: promptUsage(&c.req, cached)}
		c.send([]event{blocked}, c.req.Model)
		return
	}
	answer := c.gemini.config.responder(c.req).completed(&c.req)
	if _, err := json.Marshal(answer.Calls); err != nil {
		c.fail(newAPIError(http.StatusInternalServerError, "The responder's function call does not fit into JSON."))
		return
	}
	usage := answer.usage(&c.req, cached)
	if answer.Usage != nil {
		usage = *answer.Usage
	}
	if c.req.Kind == KindStream {
		c.send(answer.stream(&c.req, usage, c.gemini.config.chunks), answer.ModelVersion)
		return
	}
	c.send([]event{answer.unary(&c.req, usage)}, answer.ModelVersion)
}

// send writes the events as the request's kind wants them.
func (c *call) send(events []event, model string) {
	e := encoder{
		enums:      c.enums,
		candidates: c.req.candidates(),
		model:      model,
		id:         c.gemini.ids.next(&c.req),
		tier:       c.tier(),
	}
	c.update(func(x *Exchange) { x.ResponseID = e.id })
	if c.req.Kind == KindStream {
		c.stream(e, events)
		return
	}
	c.reply(e.response(events[0]), &events[0].usage)
}

// countTokens answers what generateContent would count as prompt.
func (c *call) countTokens() {
	usage := promptUsage(&c.req, c.gemini.caches.tokens(c.req.CachedContent))
	c.reply(struct {
		TotalTokens             int            `json:"totalTokens"`
		CachedContentTokenCount int            `json:"cachedContentTokenCount,omitempty"`
		PromptTokensDetails     []wireModality `json:"promptTokensDetails,omitempty"`
	}{usage.Prompt, usage.Cached, c.enums.modalities(usage.PromptDetails)}, nil)
}
