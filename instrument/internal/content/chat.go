// SPDX-License-Identifier: Apache-2.0

package content

// chatInput returns the messages of OpenAI's chat completions and of
// Anthropic's messages.
func chatInput(document any) []Message {
	var messages []Message
	for _, at := range list(member(document, "messages")) {
		messages = append(messages, chatMessage(at))
	}
	return messages
}

func chatMessage(at any) Message {
	m := Message{Role: word(at, "role"), Name: word(at, "name")}
	if m.Role == "tool" || m.Role == "function" {
		answered := Part{Type: TypeToolResponse, ID: word(at, "tool_call_id"), Name: m.Name, Response: response(at)}
		return Message{Role: "tool", Parts: []Part{answered}}
	}
	m.Parts = chatParts(at)
	for _, call := range list(member(at, "tool_calls")) {
		m.Parts = append(m.Parts, chatCall(call))
	}
	if onlyAnswers(m.Parts) {
		m.Role = "tool"
	}
	return m
}

// onlyAnswers reports whether parts are the answers of tools, which some
// dialects have the user give.
func onlyAnswers(parts []Part) bool {
	for i := range parts {
		if parts[i].Type != TypeToolResponse {
			return false
		}
	}
	return len(parts) > 0
}

// chatParts reads what a message holds but for its calls of tools, in the
// order in which models make it.
func chatParts(at any) []Part {
	var parts []Part
	if s := word(at, "reasoning_content", "reasoning"); s != "" {
		parts = append(parts, Part{Type: TypeReasoning, Content: s})
	}
	parts = append(parts, blocks(member(at, "content"))...)
	if s := word(at, "refusal"); s != "" {
		parts = append(parts, Part{Type: TypeText, Content: s})
	}
	if call := member(at, "function_call"); call != nil {
		parts = append(parts, calledFunction("", call))
	}
	if audio := member(at, "audio"); word(audio, "data") != "" {
		parts = append(parts, media(audio, "audio"))
	}
	return parts
}

// chatCall reads the call of a tool: of a function, or of one of another kind,
// whose input is a text.
func chatCall(at any) Part {
	if custom := member(at, "custom"); custom != nil {
		return Part{
			Type:      TypeToolCall,
			ID:        word(at, "id"),
			Name:      word(custom, "name"),
			Arguments: member(custom, "input"),
		}
	}
	return calledFunction(word(at, "id"), member(at, "function"))
}

func calledFunction(id string, at any) Part {
	return Part{
		Type: TypeToolCall, ID: id, Name: word(at, "name"), Arguments: parsed(text(member(at, "arguments"))),
	}
}

// chatAnswer takes the choices of a chat completion, or of a piece of one.
func (a *answer) chatAnswer(document any) {
	for position, at := range list(member(document, "choices")) {
		index := number(member(at, "index"))
		if index < 0 {
			index = position
		}
		c := a.choice(index)
		if s := word(at, "text"); s != "" { // of a text completion
			c.append(Part{Type: TypeText, Content: s})
		}
		c.chatPiece(member(at, "message"))
		c.chatPiece(member(at, "delta"))
		if reason := word(at, "finish_reason"); reason != "" {
			c.finish = reason
		}
	}
}

// chatPiece takes a message, or a piece of one.
func (c *choice) chatPiece(at any) {
	c.add(chatParts(at))
	for position, call := range list(member(at, "tool_calls")) {
		c.chatCall(position, call)
	}
}

// chatCall takes a call of a tool, or a further piece of it.
func (c *choice) chatCall(position int, at any) {
	index := number(member(at, "index"))
	if index < 0 {
		index = len(c.items) + position // whole calls, which have no index
	}
	whole := chatCall(at)
	i := c.at(place{"call", index, 0})
	i.Type = TypeToolCall
	if whole.ID != "" {
		i.ID = whole.ID
	}
	if whole.Name != "" {
		i.Name = whole.Name
	}
	i.raw = append(i.raw, text(member(member(at, "function"), "arguments"))...)
	i.raw = append(i.raw, text(member(member(at, "custom"), "input"))...)
}

// anthropicAnswer takes a message of Anthropic's, whole or an event of one.
func (a *answer) anthropicAnswer(document any) {
	c := a.choice(0)
	index := number(member(document, "index"))
	switch word(document, "type") {
	case "message":
		c.add(blocks(member(document, "content")))
		c.finish = word(document, "stop_reason")
	case "content_block_start":
		if part, ok := block(member(document, "content_block")); ok {
			c.start(place{"block", index, 0}, part)
		}
	case "content_block_delta":
		delta := member(document, "delta")
		kind := TypeText
		if word(delta, "thinking") != "" {
			kind = TypeReasoning
		}
		i := c.at(place{"block", index, 0})
		i.write(kind, word(delta, "text", "thinking"))
		i.raw = append(i.raw, word(delta, "partial_json")...)
	case "message_delta":
		if reason := word(member(document, "delta"), "stop_reason"); reason != "" {
			c.finish = reason
		}
	}
}
