// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// chatBody is the part of a request to OpenAI or Anthropic that the stand-ins
// understand. What only one API has stays empty for the others.
type chatBody struct {
	Model         string     `json:"model"`
	Stream        bool       `json:"stream"`
	StreamOptions streamWish `json:"stream_options"`

	System       blocks        `json:"system"`       // Anthropic
	Instructions string        `json:"instructions"` // OpenAI's responses
	Messages     []chatMessage `json:"messages"`
	Input        chatInput     `json:"input"` // OpenAI's responses and embeddings
	Tools        []chatTool    `json:"tools"`

	N                   int          `json:"n"`
	MaxTokens           int          `json:"max_tokens"`
	MaxCompletionTokens int          `json:"max_completion_tokens"`
	MaxOutputTokens     int          `json:"max_output_tokens"`
	ReasoningEffort     string       `json:"reasoning_effort"`
	Reasoning           effort       `json:"reasoning"`
	Thinking            thinkingWish `json:"thinking"`
	ResponseFormat      textFormat   `json:"response_format"`
	Text                textWish     `json:"text"`
	PromptCacheKey      string       `json:"prompt_cache_key"`
	ServiceTier         string       `json:"service_tier"`
	Dimensions          int          `json:"dimensions"`
	EncodingFormat      string       `json:"encoding_format"`
}

type streamWish struct {
	IncludeUsage bool `json:"include_usage"`
}

type effort struct {
	Effort string `json:"effort"`
}

type thinkingWish struct {
	Type         string `json:"type"`
	BudgetTokens int    `json:"budget_tokens"`
}

type textFormat struct {
	Type string `json:"type"`
}

type textWish struct {
	Format textFormat `json:"format"`
}

// chatMessage is one message, or one item of a response's input.
type chatMessage struct {
	Role      string          `json:"role"`
	Content   blocks          `json:"content"`
	ToolCalls json.RawMessage `json:"tool_calls"`
	Output    json.RawMessage `json:"output"` // of a function_call_output
}

// chatInput is a text, a list of texts, or a list of messages.
type chatInput struct {
	texts    []string
	messages []chatMessage
}

// UnmarshalJSON implements [json.Unmarshaler].
func (in *chatInput) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		in.texts, in.messages = []string{text}, []chatMessage{{Role: "user", Content: textBlocks(text)}}
		return nil
	}
	if json.Unmarshal(raw, &in.texts) == nil {
		return nil
	}
	in.texts = nil
	return json.Unmarshal(raw, &in.messages)
}

// blocks are a message's content: a list, or a text for a list of one.
type blocks []block

func textBlocks(text string) blocks {
	return blocks{{Type: "text", Text: text, raw: compact(text)}}
}

// UnmarshalJSON implements [json.Unmarshaler].
func (b *blocks) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*b = nil
		if text != "" {
			*b = textBlocks(text)
		}
		return nil
	}
	return json.Unmarshal(raw, (*[]block)(b))
}

type block struct {
	Type         string        `json:"type"`
	Text         string        `json:"text"`
	Source       blockSource   `json:"source"`
	InputAudio   blockSource   `json:"input_audio"`
	CacheControl *cacheControl `json:"cache_control"`

	raw json.RawMessage
}

type blockSource struct {
	Data string `json:"data"`
}

type cacheControl struct {
	TTL string `json:"ttl"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (b *block) UnmarshalJSON(raw []byte) error {
	type plain block
	if err := json.Unmarshal(raw, (*plain)(b)); err != nil {
		return err
	}
	b.raw = slices.Clone(raw)
	return nil
}

// part is the block in Gemini's form, where the counting is done.
func (b *block) part() part {
	switch b.Type {
	case "text", "input_text", "output_text":
		return part{Text: b.Text}
	case "image", "image_url", "input_image":
		return part{InlineData: &blob{MimeType: "image/png", Data: b.Source.Data}}
	case "document", "file", "input_file":
		return part{InlineData: &blob{MimeType: "application/pdf", Data: b.Source.Data}}
	case "input_audio":
		return part{InlineData: &blob{MimeType: "audio/wav", Data: b.InputAudio.Data}}
	}
	return part{FunctionResponse: b.raw} // tools called and what they said
}

func (b blocks) content(role string) content {
	c := content{Role: role}
	for i := range b {
		c.Parts = append(c.Parts, b[i].part())
	}
	return c
}

func (m *chatMessage) content() content {
	c := m.Content.content(m.Role)
	for _, raw := range []json.RawMessage{m.ToolCalls, m.Output} {
		if len(raw) > 0 {
			c.Parts = append(c.Parts, part{FunctionResponse: raw})
		}
	}
	return c
}

// chatTool is a function that may be called, or a tool of the server's.
type chatTool struct {
	Type         string          `json:"type"`
	Name         string          `json:"name"`
	Function     json.RawMessage `json:"function"` // where chat completions put a function
	CacheControl *cacheControl   `json:"cache_control"`

	raw json.RawMessage
}

// UnmarshalJSON implements [json.Unmarshaler].
func (t *chatTool) UnmarshalJSON(raw []byte) error {
	type plain chatTool
	if err := json.Unmarshal(raw, (*plain)(t)); err != nil {
		return err
	}
	t.raw = slices.Clone(raw)
	return nil
}

// tool is the tool by Gemini's name.
func (t *chatTool) tool() tool {
	switch {
	case strings.HasPrefix(t.Type, "code_"):
		return tool{"codeExecution": json.RawMessage("{}")}
	case strings.HasPrefix(t.Type, "web_search"):
		return tool{"googleSearch": json.RawMessage("{}")}
	case len(t.Function) > 0:
		return tool{"functionDeclarations": t.Function}
	}
	return tool{"functionDeclarations": t.raw}
}

// parseChatBody reads a request's JSON document.
func parseChatBody(raw []byte) (*chatBody, error) {
	var b chatBody
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&b); err != nil {
		return nil, fmt.Errorf("decode request: %w", err)
	}
	return &b, nil
}

// body is the request in Gemini's form, where answering and counting are done.
func (b *chatBody) body() *body {
	g := &body{Model: b.Model, GenerationConfig: b.generationConfig()}
	system := b.System.content("system")
	if b.Instructions != "" {
		system.Parts = append(system.Parts, part{Text: b.Instructions})
	}
	for _, m := range slices.Concat(b.Messages, b.Input.messages) {
		if m.Role == "system" || m.Role == "developer" {
			system.Parts = append(system.Parts, m.content().Parts...)
			continue
		}
		g.Contents = append(g.Contents, m.content())
	}
	if len(system.Parts) > 0 {
		g.SystemInstruction = &system
	}
	for i := range b.Tools {
		g.Tools = append(g.Tools, b.Tools[i].tool())
	}
	return g
}

func (b *chatBody) generationConfig() generationConfig {
	g := generationConfig{
		CandidateCount:  b.N,
		MaxOutputTokens: max(b.MaxTokens, b.MaxCompletionTokens, b.MaxOutputTokens),
		ThinkingConfig:  b.thinkingConfig(),
	}
	if strings.HasPrefix(b.ResponseFormat.Type, "json") || strings.HasPrefix(b.Text.Format.Type, "json") {
		g.ResponseMimeType = "application/json"
	}
	return g
}

// thinkingConfig says whether the model thinks: Anthropic's when they are asked
// to, and OpenAI's that reason unless they are asked not to.
func (b *chatBody) thinkingConfig() *thinkingConfig {
	switch b.Thinking.Type {
	case "enabled", "adaptive":
		return &thinkingConfig{IncludeThoughts: true, ThinkingBudget: budget(b.Thinking.BudgetTokens)}
	}
	switch asked := b.ReasoningEffort + b.Reasoning.Effort; {
	case asked == "none", asked == "" && !reasonsByDefault(b.Model):
		none := 0
		return &thinkingConfig{ThinkingBudget: &none}
	}
	return &thinkingConfig{}
}

// budget is a thinking budget, nil where none is set.
func budget(tokens int) *int {
	if tokens <= 0 {
		return nil
	}
	return &tokens
}

// reasonsByDefault tells OpenAI's models that reason before they answer.
func reasonsByDefault(model string) bool {
	for _, prefix := range []string{"gpt-5", "o1", "o3", "o4"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}
