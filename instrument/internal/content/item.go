// SPDX-License-Identifier: Apache-2.0

package content

// itemInput returns the messages of a request whose input is a text or a list
// of items, each with its type: OpenAI's responses and Gemini's Interactions,
// and OpenAI's embeddings and text completions.
func itemInput(document any) []Message {
	var messages []Message
	items := list(member(document, "input"))
	if prompt := member(document, "prompt"); promptIsText(prompt) {
		items = append(items, list(prompt)...)
	}
	for _, at := range items {
		if m := itemMessage(at); len(m.Parts) > 0 {
			messages = append(messages, m)
		}
	}
	return messages
}

// promptIsText tells the prompt of a text completion from the reference to a
// stored prompt, which is an object.
func promptIsText(prompt any) bool {
	_, object := prompt.(map[string]any)
	return !object
}

// itemMessage reads an item: a message, or what is a part of one elsewhere.
func itemMessage(at any) Message {
	role := word(at, "role")
	switch kind := word(at, "type"); {
	case kind == "model_output", role == "model":
		return message("assistant", blocks(member(at, "content")))
	case kind == "user_input":
		return message("user", blocks(member(at, "content")))
	case role != "":
		return message(role, blocks(member(at, "content")))
	}
	part, ok := block(at)
	if !ok {
		return Message{}
	}
	switch part.Type {
	case TypeToolResponse:
		return message("tool", []Part{part})
	case TypeToolCall, TypeReasoning, TypeServerToolCall, TypeServerToolResponse:
		return message("assistant", []Part{part})
	}
	return message("user", []Part{part})
}

// outputItems takes the items of a whole answer, in place of what came before.
func (a *answer) outputItems(items []any) {
	c := a.choice(0)
	c.items = nil
	for _, at := range items {
		parts := itemMessage(at).Parts
		for i := range parts {
			c.items = append(c.items, &item{Part: parts[i]})
		}
	}
}

// openAIItems takes a response of OpenAI's responses.
func (a *answer) openAIItems(document any) {
	a.outputItems(list(member(document, "output")))
	reason := word(member(document, "incomplete_details"), "reason")
	if reason == "" && word(document, "status") == "completed" {
		reason = "stop"
	}
	a.choice(0).finish = reason
}

// openAIEvent takes an event of OpenAI's responses.
func (a *answer) openAIEvent(document any) {
	c := a.choice(0)
	output := number(member(document, "output_index"))
	part := number(member(document, "content_index")) + number(member(document, "summary_index")) + 1
	at := place{"item", output, max(0, part)}
	switch word(document, "type") {
	case "response.completed", "response.incomplete", "response.failed":
		if answered := member(document, "response"); len(list(member(answered, "output"))) > 0 {
			a.openAIItems(answered)
		}
	case "response.output_item.added":
		if added, ok := block(member(document, "item")); ok && added.Type == TypeToolCall {
			added.Arguments = nil
			c.start(place{"item", output, 0}, added)
		}
	case "response.output_text.delta", "response.refusal.delta":
		c.at(at).write(TypeText, word(document, "delta"))
	case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
		c.at(at).write(TypeReasoning, word(document, "delta"))
	case "response.function_call_arguments.delta":
		i := c.at(place{"item", output, 0})
		i.Type = TypeToolCall
		i.raw = append(i.raw, word(document, "delta")...)
	}
}

// interaction takes a whole interaction of Gemini's Interactions.
func (a *answer) interaction(document any) {
	items := list(member(document, "steps"))
	if items == nil {
		items = list(member(document, "outputs"))
	}
	if len(items) > 0 {
		a.outputItems(items)
	}
	finish := word(document, "status")
	if finish == "completed" {
		finish = "stop"
	}
	a.choice(0).finish = finish
}

// interactionEvent takes an event of Gemini's Interactions.
func (a *answer) interactionEvent(document any) {
	c := a.choice(0)
	at := place{"step", number(member(document, "index")), 0}
	switch word(document, "event_type") {
	case "step.start":
		if parts := itemMessage(member(document, "step")).Parts; len(parts) > 0 {
			c.start(at, parts[0])
		}
	case "step.delta":
		delta := member(document, "delta")
		i := c.at(at)
		i.write(TypeText, word(delta, "text"))
		i.write(TypeReasoning, word(member(delta, "content"), "text"))
		i.raw = append(i.raw, word(delta, "arguments")...)
	case "interaction.completed", "interaction.complete":
		a.interaction(member(document, "interaction"))
	}
}
