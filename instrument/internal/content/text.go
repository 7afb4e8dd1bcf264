// SPDX-License-Identifier: Apache-2.0

package content

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Texts calls yield with every text of what was sent: instructions, messages,
// and the declarations of tools.
func (c *Content) Texts(yield func(string)) {
	textsOf(c.System, yield)
	for i := range c.Input {
		textsOf(c.Input[i].Parts, yield)
	}
	for i := range c.Tools {
		yield(c.Tools[i].Name)
		yield(c.Tools[i].Description)
		yield(valueText(c.Tools[i].Parameters))
	}
}

// AnswerTexts calls yield with every text of the answer.
func (c *Content) AnswerTexts(yield func(string)) {
	for i := range c.Output {
		textsOf(c.Output[i].Parts, yield)
	}
}

func textsOf(parts []Part, yield func(string)) {
	for i := range parts {
		p := &parts[i]
		yield(p.Content)
		switch p.Type {
		case TypeToolCall, TypeToolResponse, TypeServerToolCall, TypeServerToolResponse:
			yield(p.Name)
			yield(valueText(p.Arguments))
			yield(valueText(p.Response))
		}
	}
}

// valueText returns a value as the text that a model reads.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []Part:
		return textOf(v)
	}
	encoded, err := encode(v)
	if err != nil {
		return ""
	}
	return encoded
}

// encode writes JSON without the escapes that HTML wants.
func encode(v any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// Map returns a copy of which edit has changed every text: of messages and
// instructions, descriptions of tools, and all strings within arguments,
// responses and parameters, values and names of members alike. Roles, types,
// ids and the names of tools stay.
func (c *Content) Map(edit func(string) string) Content {
	mapped := Content{System: mapParts(c.System, edit)}
	mapped.Input = mapMessages(c.Input, edit)
	mapped.Output = mapMessages(c.Output, edit)
	for _, tool := range c.Tools {
		tool.Description = edit(tool.Description)
		tool.Parameters = mapValue(tool.Parameters, edit)
		mapped.Tools = append(mapped.Tools, tool)
	}
	return mapped
}

func mapMessages(from []Message, edit func(string) string) []Message {
	var to []Message
	for _, m := range from {
		m.Name = edit(m.Name)
		m.Parts = mapParts(m.Parts, edit)
		to = append(to, m)
	}
	return to
}

func mapParts(from []Part, edit func(string) string) []Part {
	to := slices.Clone(from)
	for i := range to {
		p := &to[i]
		p.Content, p.URI = edit(p.Content), edit(p.URI)
		p.Arguments = mapValue(p.Arguments, edit)
		p.Response = mapValue(p.Response, edit)
	}
	return to
}

func mapValue(v any, edit func(string) string) any {
	switch v := v.(type) {
	case string:
		return edit(v)
	case json.Number: // it may be a card's, or a telephone's
		if edited := edit(v.String()); edited != v.String() {
			return edited
		}
	case []Part:
		return mapParts(v, edit)
	case []any:
		to := make([]any, len(v))
		for i := range v {
			to[i] = mapValue(v[i], edit)
		}
		return to
	case map[string]any:
		to := make(map[string]any, len(v))
		for name, member := range v {
			to[edit(name)] = mapValue(member, edit)
		}
		return to
	}
	return v
}
