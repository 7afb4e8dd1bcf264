// SPDX-License-Identifier: Apache-2.0

package content

import "strings"

// blocks reads the content of a message of OpenAI, Anthropic or Gemini's
// Interactions: a string, or a list of blocks, each with its type.
func blocks(content any) []Part {
	var parts []Part
	for _, at := range list(content) {
		if part, ok := block(at); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

// block reads one block. The dialects use the same words, or each its own.
func block(at any) (Part, bool) {
	if s, ok := at.(string); ok {
		return Part{Type: TypeText, Content: s}, s != ""
	}
	if _, ok := at.(map[string]any); !ok {
		return Part{}, false // of tokens that were made elsewhere
	}
	kind := word(at, "type")
	switch kind {
	case "text", "input_text", "output_text", "summary_text", "reasoning_text", "refusal", "":
		s := word(at, "text", "refusal")
		return Part{Type: TypeText, Content: s}, s != ""
	case "thinking", "reasoning", "thought":
		s := word(at, "thinking") + textOf(blocks(member(at, "summary"))) + textOf(blocks(member(at, "content")))
		return Part{Type: TypeReasoning, Content: s}, s != ""
	case "image_url", "input_image", "image":
		return media(at, "image"), true
	case "input_audio", "audio":
		return media(at, "audio"), true
	case "video", "input_video":
		return media(at, "video"), true
	case "file", "input_file", "document":
		return media(at, "document"), true
	}
	return toolBlock(at, kind), true
}

// toolBlock reads a block about a tool. The calls of tools that the provider
// runs, and whatever else there may be, are named and no more: what they hold
// is not known.
func toolBlock(at any, kind string) Part {
	switch kind {
	case "tool_use", "function_call":
		arguments := member(at, "input")
		if arguments == nil {
			arguments = member(at, "arguments")
		}
		if s, ok := arguments.(string); ok {
			arguments = parsed(s)
		}
		return Part{
			Type: TypeToolCall, ID: word(at, "call_id", "id"), Name: word(at, "name"), Arguments: arguments,
		}
	case "tool_result", "function_call_output", "function_result":
		return Part{
			Type:     TypeToolResponse,
			ID:       word(at, "tool_use_id", "call_id"),
			Name:     word(at, "name"),
			Response: response(at),
		}
	}
	if name, ok := cutEither(kind, "_tool_use", "_call"); ok {
		if own := word(at, "name"); own != "" {
			name = own
		}
		return Part{Type: TypeServerToolCall, ID: word(at, "id"), Name: name}
	}
	if name, ok := cutEither(kind, "_tool_result", "_result"); ok {
		return Part{Type: TypeServerToolResponse, ID: word(at, "tool_use_id", "call_id"), Name: name}
	}
	return Part{Type: kind}
}

func cutEither(s string, suffixes ...string) (before string, ok bool) {
	for _, suffix := range suffixes {
		if before, ok := strings.CutSuffix(s, suffix); ok {
			return before, true
		}
	}
	return "", false
}

// response returns what a tool answered: a text, an object, or the parts of a
// message, without the bytes of media.
func response(at any) any {
	for _, name := range []string{"content", "output", "result"} {
		switch held := member(at, name).(type) {
		case nil:
		case []any:
			return whole(blocks(held))
		default:
			return held
		}
	}
	return ""
}

// whole returns parts as one text where they are nothing else.
func whole(parts []Part) any {
	for i := range parts {
		if parts[i].Type != TypeText {
			return parts
		}
	}
	return textOf(parts)
}

// textOf returns the texts of parts, a line each.
func textOf(parts []Part) string {
	var texts []string
	for i := range parts {
		if parts[i].Content != "" {
			texts = append(texts, parts[i].Content)
		}
	}
	return strings.Join(texts, "\n")
}
