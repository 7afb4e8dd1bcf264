// SPDX-License-Identifier: Apache-2.0

package content

import (
	"slices"
	"strings"
)

// answer gathers the messages of a response from its documents: one, or the
// many pieces of a stream.
type answer struct{ choices []*choice }

// maxChoices bounds the messages of one answer.
const maxChoices = 64

// choice is one message of an answer.
type choice struct {
	index  int
	finish string
	items  []*item
}

// item is a part that may still grow.
type item struct {
	Part
	place place
	text  []byte // the rest of its Content
	raw   []byte // the arguments of a call, in JSON
}

// place tells the parts of a stream apart.
type place struct {
	kind           string
	index, element int
}

// add takes the next document, and finds its dialect by its members.
func (a *answer) add(document any) {
	kind, event := word(document, "type"), word(document, "event_type")
	switch {
	case member(document, "candidates") != nil:
		a.geminiAnswer(document)
	case member(document, "choices") != nil:
		a.chatAnswer(document)
	case kind == "message", strings.HasPrefix(kind, "content_block_"), kind == "message_delta":
		a.anthropicAnswer(document)
	case strings.HasPrefix(kind, "response."):
		a.openAIEvent(document)
	case event != "":
		a.interactionEvent(document)
	case member(document, "output") != nil:
		a.openAIItems(document)
	case member(document, "steps") != nil, member(document, "outputs") != nil:
		a.interaction(document)
	}
}

// messages returns what was gathered.
func (a *answer) messages() []Message {
	slices.SortStableFunc(a.choices, func(a, b *choice) int { return a.index - b.index })
	var messages []Message
	for _, c := range a.choices {
		m := Message{Role: "assistant", FinishReason: c.finish}
		for _, i := range c.items {
			if part, ok := i.part(); ok {
				m.Parts = append(m.Parts, part)
			}
		}
		if m.FinishReason == "" {
			m.FinishReason = "error"
		}
		messages = append(messages, m)
	}
	return messages
}

// choice returns the message with an index.
func (a *answer) choice(index int) *choice {
	for _, c := range a.choices {
		if c.index == index {
			return c
		}
	}
	c := &choice{index: index}
	if len(a.choices) < maxChoices {
		a.choices = append(a.choices, c)
	}
	return c
}

// add adds parts.
func (c *choice) add(parts []Part) {
	for i := range parts {
		c.append(parts[i])
	}
}

// append adds a part. A text goes on in the text before it.
func (c *choice) append(p Part) {
	grows := p.Type == TypeText || p.Type == TypeReasoning
	if last := len(c.items) - 1; grows && last >= 0 && c.items[last].Type == p.Type {
		c.items[last].text = append(c.items[last].text, p.Content...)
		return
	}
	c.items = append(c.items, &item{Part: p})
}

// at returns the part at a place.
func (c *choice) at(p place) *item {
	for _, i := range slices.Backward(c.items) {
		if i.place == p {
			return i
		}
	}
	i := &item{place: p}
	c.items = append(c.items, i)
	return i
}

// start puts a part at a place, where it may grow.
func (c *choice) start(p place, part Part) { c.at(p).Part = part }

// write adds to the text of a part of the given type.
func (i *item) write(kind, s string) {
	if s == "" {
		return
	}
	if i.Type == "" {
		i.Type = kind
	}
	i.text = append(i.text, s...)
}

// part returns what the part has grown to, and false where it is nothing.
func (i *item) part() (Part, bool) {
	p := i.Part
	p.Content += string(i.text)
	if len(i.raw) > 0 {
		p.Arguments = parsed(string(i.raw))
	}
	empty := (p.Type == TypeText || p.Type == TypeReasoning) && p.Content == ""
	return p, p.Type != "" && !empty
}
