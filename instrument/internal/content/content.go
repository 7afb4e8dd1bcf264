// SPDX-License-Identifier: Apache-2.0

package content

// Content is what was said in one call.
type Content struct {
	// System are the instructions that a request holds apart from its messages.
	System []Part
	// Input are the messages of the request, oldest first.
	Input []Message
	// Output are the messages of the answer, one per choice.
	Output []Message
	// Tools are the tools that the request offers.
	Tools []Tool
}

// Message is what one side said.
type Message struct {
	// Role is "user", "assistant", "system", "tool" or the provider's own word.
	Role string
	// Name is the participant's, where there is one.
	Name  string
	Parts []Part
	// FinishReason says in lower case why an answer ended, in the provider's
	// words; "error" where it should say so and does not. Empty in an input.
	FinishReason string
}

// Types of parts. A part of a kind that is not known has its provider's type
// and nothing else.
const (
	TypeText               = "text"
	TypeReasoning          = "reasoning"
	TypeToolCall           = "tool_call"
	TypeToolResponse       = "tool_call_response"
	TypeServerToolCall     = "server_tool_call"
	TypeServerToolResponse = "server_tool_call_response"
	TypeBlob               = "blob"
	TypeURI                = "uri"
	TypeFile               = "file"
)

// Part is a piece of a message. Which fields are set depends on its Type.
type Part struct {
	Type string
	// Content is the text of a text or of reasoning.
	Content string
	// ID and Name are those of a tool's call, and of the answer to it.
	ID, Name string
	// Arguments are those of a tool's call, as [encoding/json] decodes them,
	// numbers as [encoding/json.Number]; a string where they are no JSON.
	Arguments any
	// Response is what a tool answered: of the same kinds as Arguments, or
	// []Part.
	Response any
	// MIMEType and Modality ("image", "audio", "video", "document") are those
	// of media, and Size is about how many bytes a blob has, 0 where it is not
	// known. The bytes themselves are nowhere.
	MIMEType, Modality string
	Size               int64
	// URI leads to media, without its query.
	URI string
	// FileID names a file that was given to the provider before.
	FileID string
}

// Tool is what the model may call.
type Tool struct {
	// Type is "function", or the provider's name for a tool of its own.
	Type string
	Name string
	// Description and Parameters, a JSON Schema, are those of a function.
	Description string
	Parameters  any
}

// IsZero reports whether there is nothing in it.
func (c *Content) IsZero() bool {
	return len(c.System) == 0 && len(c.Input) == 0 && len(c.Output) == 0 && len(c.Tools) == 0
}

// Cut says which bodies were longer than their buffers.
type Cut struct{ Request, Response bool }

// Read makes a Content of the bodies of a request and of its response. A nil
// Buffer is an empty body.
func Read(request, response *Buffer) (Content, Cut) {
	var c Content
	for _, document := range documents(request.Bytes()) {
		c.readRequest(document)
	}
	var a answer
	for _, document := range documents(response.Bytes()) {
		a.add(document)
	}
	c.Output = a.messages()
	c.dropMedia()
	return c, Cut{Request: request.Missing() > 0, Response: response.Missing() > 0}
}

// readRequest takes a request of any dialect.
func (c *Content) readRequest(document any) {
	c.System = append(c.System, instructions(document)...)
	c.Tools = append(c.Tools, tools(document)...)
	c.Input = append(c.Input, geminiInput(document)...)
	c.Input = append(c.Input, chatInput(document)...)
	c.Input = append(c.Input, itemInput(document)...)
}

// instructions are at a place of their own in most dialects: Gemini's
// systemInstruction, the instructions of OpenAI's responses, Anthropic's
// system.
func instructions(document any) []Part {
	for _, name := range []string{"systemInstruction", "instructions", "system"} {
		at := member(document, name)
		if at == nil {
			continue
		}
		if parts := list(member(at, "parts")); parts != nil {
			return geminiParts(parts)
		}
		return blocks(at)
	}
	return nil
}
