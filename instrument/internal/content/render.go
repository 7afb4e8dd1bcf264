// SPDX-License-Identifier: Apache-2.0

package content

import (
	"encoding/json"
	"maps"
	"sort"
)

// MinLimit is the least number of bytes that [Render] takes for a limit.
const MinLimit = 256

// Element is what the lists of a Content hold.
type Element interface{ Message | Part | Tool }

// Render writes a list as JSON, in the form that the conventions give it, of
// at most limit bytes. A list that is longer has its texts shortened, each
// with a mark that says by how much, and where that does not do, its first
// elements left out; cut says so. An error is one of encoding what a hook made
// of the list.
func Render[E Element](elements []E, limit int) (rendered string, cut bool, err error) {
	limit = max(limit, MinLimit)
	rendered, err = encode(elements)
	if err != nil || len(rendered) <= limit {
		return rendered, false, err
	}
	var shortened []E
	for most := limit / 2; most >= MinLimit/4; most /= 2 {
		shortened = shorten(elements, most)
		rendered, err = encode(shortened)
		if err != nil || len(rendered) <= limit {
			return rendered, true, err
		}
	}
	// Of the last ones, as many as fit.
	first := sort.Search(len(shortened), func(i int) bool {
		rendered, err = encode(shortened[i:])
		return err != nil || len(rendered) <= limit
	})
	rendered, err = encode(shortened[first:])
	return rendered, true, err
}

func shorten[E Element](from []E, most int) []E {
	to := make([]E, len(from))
	for i := range from {
		switch e := any(from[i]).(type) {
		case Message:
			e.Parts = shorten(e.Parts, most)
			e.Name, e.Role = clip(e.Name, most), clip(e.Role, most)
			to[i], _ = any(e).(E)
		case Part:
			to[i], _ = any(shortPart(e, most)).(E)
		case Tool:
			to[i], _ = any(shortTool(e, most)).(E)
		}
	}
	return to
}

func shortPart(p Part, most int) Part {
	for _, s := range []*string{&p.Type, &p.Content, &p.ID, &p.Name, &p.URI, &p.FileID, &p.MIMEType} {
		*s = clip(*s, most)
	}
	p.Arguments, p.Response = shortValue(p.Arguments, most), shortValue(p.Response, most)
	return p
}

// shortValue makes a text of a value that is too long, and shortens it.
func shortValue(v any, most int) any {
	if parts, ok := v.([]Part); ok {
		return shorten(parts, most)
	}
	s, isText := v.(string)
	if !isText && v != nil {
		s, _ = encode(v)
	}
	if len(s) <= most {
		return v
	}
	return clip(s, most)
}

// shortTool leaves parameters out, for half a schema is none.
func shortTool(t Tool, most int) Tool {
	t.Type, t.Name, t.Description = clip(t.Type, most), clip(t.Name, most), clip(t.Description, most)
	if len(valueText(t.Parameters)) > most {
		t.Parameters = nil
	}
	return t
}

// MarshalJSON writes the message as the conventions have it.
func (m Message) MarshalJSON() ([]byte, error) {
	parts := m.Parts
	if parts == nil {
		parts = []Part{}
	}
	return marshal(struct {
		Role         string `json:"role"`
		Name         string `json:"name,omitempty"`
		Parts        []Part `json:"parts"`
		FinishReason string `json:"finish_reason,omitempty"`
	}{m.Role, m.Name, parts, m.FinishReason})
}

// jsonPart is the JSON of a part. The conventions want some members even where
// they are empty: those are pointers.
type jsonPart struct {
	Type           string  `json:"type"`
	ID             string  `json:"id,omitempty"`
	Name           string  `json:"name,omitempty"`
	MIMEType       string  `json:"mime_type,omitempty"`
	Modality       string  `json:"modality,omitempty"`
	Content        *string `json:"content,omitempty"`
	URI            *string `json:"uri,omitempty"`
	FileID         *string `json:"file_id,omitempty"`
	Size           int64   `json:"size,omitempty"`
	Arguments      any     `json:"arguments,omitempty"`
	Response       *any    `json:"response,omitempty"`
	ServerCall     any     `json:"server_tool_call,omitempty"`
	ServerResponse any     `json:"server_tool_call_response,omitempty"`
}

// MarshalJSON writes the part as the conventions have it. A blob's content is
// empty: its bytes are not kept.
func (p Part) MarshalJSON() ([]byte, error) {
	j := jsonPart{
		Type: p.Type, ID: p.ID, Name: p.Name, MIMEType: p.MIMEType, Modality: p.Modality, Size: p.Size,
	}
	if p.Content != "" {
		j.Content = &p.Content
	}
	switch p.Type {
	case TypeText, TypeReasoning:
		j.Content = &p.Content
	case TypeBlob:
		j.Content = new(string)
	case TypeURI:
		j.URI = &p.URI
	case TypeFile:
		j.FileID = &p.FileID
	case TypeToolCall:
		j.Arguments = p.Arguments
	case TypeToolResponse:
		j.Response = &p.Response
	case TypeServerToolCall:
		j.ServerCall = details(p.Name, p.Arguments)
	case TypeServerToolResponse:
		j.Name = ""
		j.ServerResponse = details(p.Name, p.Response)
	}
	return marshal(j)
}

// details are those of a tool that the provider runs: an object that names its
// type.
func details(name string, held any) any {
	object := map[string]any{}
	switch held := held.(type) {
	case map[string]any:
		object = maps.Clone(held)
	case nil:
	default:
		object["content"] = held
	}
	object["type"] = name
	return object
}

// MarshalJSON writes the tool as the conventions have it.
func (t Tool) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		Type        string `json:"type"`
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		Parameters  any    `json:"parameters,omitempty"`
	}{t.Type, t.Name, t.Description, t.Parameters})
}

func marshal(v any) (json.RawMessage, error) {
	encoded, err := encode(v)
	return json.RawMessage(encoded), err
}
