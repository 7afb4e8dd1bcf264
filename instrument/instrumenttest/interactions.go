// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// interaction is what is kept of one, for whoever asks for it again or goes on
// from it.
type interaction struct {
	document wireInteraction
	turns    list[content] // all that the model has read and said
}

// interactions keeps those that were not asked to be forgotten. It may be used
// from many goroutines at once.
type interactions struct {
	mu   sync.Mutex
	kept map[string]interaction
}

func (s *interactions) put(i interaction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]interaction{}
	}
	s.kept[i.document.ID] = i
}

func (s *interactions) get(id string) (i interaction, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok = s.kept[id]
	return i, ok
}

// interactionBody is the part of a request's JSON that the stand-in understands.
type interactionBody struct {
	Model             string          `json:"model"`
	Agent             string          `json:"agent"`
	Input             json.RawMessage `json:"input"`
	SystemInstruction string          `json:"system_instruction"`
	Stream            bool            `json:"stream"`
	Background        bool            `json:"background"`
	Store             *bool           `json:"store"`
	Previous          string          `json:"previous_interaction_id"`
	ContinuationToken string          `json:"continuation_token"`
	ServiceTier       string          `json:"service_tier"`
	GenerationConfig  struct {
		MaxOutputTokens int `json:"max_output_tokens"`
	} `json:"generation_config"`
}

// inputItem is a content, or a step that has some.
type inputItem struct {
	Type     string          `json:"type"`
	Text     string          `json:"text"`
	MimeType string          `json:"mime_type"`
	Data     string          `json:"data"`
	Content  list[inputItem] `json:"content"`
}

func (i *inputItem) part() part {
	if i.Type == "text" {
		return part{Text: i.Text}
	}
	mimeType := i.MimeType
	if mimeType == "" {
		mimeType = i.Type + "/any"
	}
	return part{InlineData: &blob{MimeType: mimeType, Data: i.Data}}
}

// contents returns what an input says, each of its steps by itself.
func (b *interactionBody) contents() (list[content], error) {
	var text string
	if len(b.Input) == 0 {
		return nil, nil
	}
	if json.Unmarshal(b.Input, &text) == nil {
		return list[content]{{Parts: list[part]{{Text: text}}}}, nil
	}
	var items list[inputItem]
	if err := json.Unmarshal(b.Input, &items); err != nil {
		return nil, err //nolint:wrapcheck // only that there is one matters
	}
	var said list[content]
	var loose content
	for i := range items {
		if items[i].Content == nil {
			loose.Parts = append(loose.Parts, items[i].part())
			continue
		}
		var step content
		for j := range items[i].Content {
			step.Parts = append(step.Parts, items[i].Content[j].part())
		}
		said = append(said, step)
	}
	if loose.Parts != nil {
		said = append(said, loose)
	}
	return said, nil
}

// readInteraction reads the body of a request for an interaction as one of the
// other methods.
func (c *call) readInteraction(raw []byte) (*body, *apiError) {
	invalid := newAPIError(http.StatusBadRequest, "Invalid JSON payload received.")
	asked := &c.interaction
	if json.Unmarshal(raw, asked) != nil {
		return nil, invalid
	}
	turns, err := asked.contents()
	if err != nil {
		return nil, invalid
	}
	if asked.Previous != "" {
		before, ok := c.gemini.interactions.get(asked.Previous)
		if !ok {
			return nil, newAPIError(http.StatusNotFound, "The previous interaction is not found.")
		}
		turns = append(slices.Clip(before.turns), turns...)
	}
	parsed := &body{
		Contents: turns, ServiceTier: asked.ServiceTier, ContinuationToken: []byte(asked.ContinuationToken),
	}
	parsed.GenerationConfig.MaxOutputTokens = asked.GenerationConfig.MaxOutputTokens
	if asked.SystemInstruction != "" {
		parsed.SystemInstruction = &content{Parts: list[part]{{Text: asked.SystemInstruction}}}
	}
	c.route.model = strings.TrimPrefix(asked.Model+asked.Agent, "models/") // one of them is empty
	c.update(func(x *Exchange) { x.Model, x.Stream = c.route.model, asked.Stream })
	return parsed, nil
}

// interact answers the creation of an interaction. One in the background is done
// at once, but only who asks for it again learns so.
func (c *call) interact() {
	if len(c.req.parsed.Contents) == 0 {
		c.fail(newAPIError(http.StatusBadRequest, "input is not specified"))
		return
	}
	a := c.gemini.config.responder(c.req).completed(&c.req)
	usage := a.usage(&c.req, Modalities{})
	if a.Usage != nil {
		usage = *a.Usage
	}
	begun := wireInteraction{
		ID: "v1_" + c.gemini.ids.next(&c.req), Object: "interaction", Status: "in_progress",
		Model: c.interaction.Model, Agent: c.interaction.Agent, Previous: c.interaction.Previous,
	}
	done := begun
	done.Status, done.Steps, done.Usage = interactionStatus(a), interactionSteps(a), newInteractionUsage(usage)
	done.ContinuationToken = string(a.token)
	c.update(func(x *Exchange) { x.ResponseID = done.ID })
	if c.interaction.Store == nil || *c.interaction.Store {
		said := content{Role: "model", Parts: list[part]{{Text: a.Text}}}
		c.gemini.interactions.put(interaction{done, append(slices.Clip(c.req.parsed.Contents), said)})
	}
	switch {
	case c.interaction.Background:
		c.reply(begun, nil)
	case c.interaction.Stream:
		c.streamInteraction(a, begun, done, usage)
	default:
		c.reply(done, &usage)
	}
}

// getInteraction answers an interaction that was created before. Its usage was
// reported then, so the exchange reports none.
func (c *call) getInteraction() {
	found, ok := c.gemini.interactions.get(c.route.name)
	if !ok {
		c.fail(newAPIError(http.StatusNotFound, "The interaction is not found."))
		return
	}
	c.reply(found.document, nil)
}
