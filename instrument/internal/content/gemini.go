// SPDX-License-Identifier: Apache-2.0

package content

import (
	"encoding/json"
	"strings"
)

// geminiInput returns the messages of a Gemini request: contents of a
// generation, or what is to be embedded.
func geminiInput(document any) []Message {
	var messages []Message
	for _, content := range list(member(document, "contents")) {
		messages = append(messages, geminiMessage(content))
	}
	embedded := list(member(document, "content"))
	for _, request := range list(member(document, "requests")) {
		embedded = append(embedded, member(request, "content"))
	}
	for _, content := range embedded {
		messages = append(messages, geminiMessage(content))
	}
	for _, instance := range list(member(document, "instances")) {
		messages = append(messages, message("user", blocks(member(instance, "content"))))
	}
	return messages
}

func geminiMessage(content any) Message {
	parts := geminiParts(list(member(content, "parts")))
	role := word(content, "role")
	switch {
	case role == "model":
		role = "assistant"
	case onlyAnswers(parts), role == "function":
		role = "tool"
	case role == "":
		role = "user"
	}
	return message(role, parts)
}

func message(role string, parts []Part) Message { return Message{Role: role, Parts: parts} }

func geminiParts(from []any) []Part {
	var parts []Part
	for _, at := range from {
		if part, ok := geminiPart(at); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

// geminiPart reads a part. A text may be empty, where it carries a signature
// only; then there is no part.
func geminiPart(at any) (Part, bool) {
	if s, ok := at.(string); ok {
		return Part{Type: TypeText, Content: s}, s != ""
	}
	object, _ := at.(map[string]any)
	if s, ok := object["text"].(string); ok {
		if thought, _ := object["thought"].(bool); thought {
			return Part{Type: TypeReasoning, Content: s}, s != ""
		}
		return Part{Type: TypeText, Content: s}, s != ""
	}
	for _, kind := range geminiKinds {
		if held := member(at, kind.name); held != nil {
			return kind.read(held), true
		}
	}
	return Part{Type: "other"}, len(object) > 0
}

// geminiKinds are the kinds of a part beside text, by the member that holds
// them.
var geminiKinds = []struct {
	name string
	read func(any) Part
}{
	{"inlineData", func(at any) Part {
		data := text(member(at, "data"))
		return blob(word(at, "mimeType"), data)
	}},
	{"fileData", func(at any) Part { return linked(word(at, "mimeType"), word(at, "fileUri")) }},
	{"functionCall", func(at any) Part {
		return Part{Type: TypeToolCall, ID: word(at, "id"), Name: word(at, "name"), Arguments: member(at, "args")}
	}},
	{"functionResponse", func(at any) Part {
		return Part{
			Type:     TypeToolResponse,
			ID:       word(at, "id"),
			Name:     word(at, "name"),
			Response: member(at, "response"),
		}
	}},
	{"toolCall", func(at any) Part {
		return Part{Type: TypeServerToolCall, ID: word(at, "id"), Name: strings.ToLower(word(at, "toolType"))}
	}},
	{"toolResponse", func(at any) Part {
		return Part{Type: TypeServerToolResponse, ID: word(at, "id"), Name: strings.ToLower(word(at, "toolType"))}
	}},
	{"executableCode", func(at any) Part {
		return Part{
			Type: TypeServerToolCall, ID: word(at, "id"), Name: "code_execution",
			Arguments: map[string]any{"code": text(member(at, "code"))},
		}
	}},
	{"codeExecutionResult", func(at any) Part {
		return Part{
			Type: TypeServerToolResponse, ID: word(at, "id"), Name: "code_execution",
			Response: map[string]any{"output": text(member(at, "output"))},
		}
	}},
}

// geminiAnswer takes a document of a generation's answer.
func (a *answer) geminiAnswer(document any) {
	for position, candidate := range list(member(document, "candidates")) {
		index := number(member(candidate, "index"))
		if index < 0 {
			index = position
		}
		c := a.choice(index)
		c.add(geminiParts(list(member(member(candidate, "content"), "parts"))))
		if reason := geminiReason(member(candidate, "finishReason")); reason != "" {
			c.finish = reason
		}
	}
}

// geminiReasons are the numbers that the older SDK asks for in place of names.
var geminiReasons = [...]string{
	1: "stop", 2: "max_tokens", 3: "safety", 4: "recitation", 5: "other", 6: "language", 7: "blocklist",
	8: "prohibited_content", 9: "spii", 10: "malformed_function_call", 11: "image_safety", 12: "unexpected_tool_call",
}

// geminiReason returns a finish reason in lower case, "" for one that is not
// set.
func geminiReason(v any) string {
	if n, ok := v.(json.Number); ok {
		if i := number(n); i >= 0 && i < len(geminiReasons) {
			return geminiReasons[i]
		}
		return n.String()
	}
	reason := strings.ToLower(text(v))
	if strings.HasSuffix(reason, "_unspecified") {
		return ""
	}
	return reason
}
