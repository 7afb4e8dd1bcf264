// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import "fmt"

// wireResponses is a response of OpenAI's API of that name.
type wireResponses struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	CreatedAt          int64             `json:"created_at"`
	Status             string            `json:"status"`
	Background         bool              `json:"background"`
	Error              *wireFailure      `json:"error"`
	IncompleteDetails  *wireIncomplete   `json:"incomplete_details"`
	Instructions       *string           `json:"instructions"`
	MaxOutputTokens    *int              `json:"max_output_tokens"`
	Model              string            `json:"model"`
	Output             []wireItem        `json:"output"`
	ParallelToolCalls  bool              `json:"parallel_tool_calls"`
	PreviousResponseID *string           `json:"previous_response_id"`
	ServiceTier        string            `json:"service_tier"`
	Store              bool              `json:"store"`
	Temperature        float64           `json:"temperature"`
	ToolChoice         string            `json:"tool_choice"`
	Tools              []struct{}        `json:"tools"`
	TopP               float64           `json:"top_p"`
	Truncation         string            `json:"truncation"`
	Usage              *responsesUsage   `json:"usage"`
	Metadata           map[string]string `json:"metadata"`
}

type wireFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type wireIncomplete struct {
	Reason string `json:"reason"`
}

// wireItem is one thing that the model put out; its type says which members it
// has.
type wireItem struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Status string `json:"status,omitempty"`

	Role    string             `json:"role,omitempty"`    // of a message
	Content *[]wireContentPart `json:"content,omitempty"` // of a message

	Summary *[]struct{} `json:"summary,omitempty"` // of reasoning

	CallID    string  `json:"call_id,omitempty"`   // of a function call
	Name      string  `json:"name,omitempty"`      // of a function call
	Arguments *string `json:"arguments,omitempty"` // of a function call

	ContainerID string     `json:"container_id,omitempty"` // of code
	Code        string     `json:"code,omitempty"`         // of code
	Outputs     []wireLogs `json:"outputs,omitempty"`      // of code
}

type wireContentPart struct {
	Type        string     `json:"type"`
	Annotations []struct{} `json:"annotations"`
	Logprobs    []struct{} `json:"logprobs"`
	Text        string     `json:"text"`
}

type wireLogs struct {
	Type string `json:"type"`
	Logs string `json:"logs"`
}

// responsesUsage is the usage of a response. Reasoning is part of the output.
type responsesUsage struct {
	InputTokens        int             `json:"input_tokens"`
	InputTokensDetails cachedDetails   `json:"input_tokens_details"`
	OutputTokens       int             `json:"output_tokens"`
	OutputDetails      reasoningDetail `json:"output_tokens_details"`
	TotalTokens        int             `json:"total_tokens"`
}

type cachedDetails struct {
	CachedTokens int `json:"cached_tokens"`
}

type reasoningDetail struct {
	ReasoningTokens int `json:"reasoning_tokens"`
}

func newResponsesUsage(u Usage) *responsesUsage {
	return &responsesUsage{
		InputTokens: u.Input(), InputTokensDetails: cachedDetails{u.Cached},
		OutputTokens: u.Output(), OutputDetails: reasoningDetail{u.Thoughts},
		TotalTokens: u.Total,
	}
}

// respond answers a response.
func respond(c *chatCall) {
	a, usage := c.said()
	usage = cachedUsage(c, usage)
	begun := wireResponses{
		ID: c.name("resp_" + c.id), Object: "response", CreatedAt: createdAt, Status: "in_progress",
		Model: a.ModelVersion, Output: []wireItem{}, ParallelToolCalls: true, Store: true,
		ServiceTier: servedTier(c.asked.ServiceTier), Temperature: 1, TopP: 1,
		ToolChoice: "auto", Tools: []struct{}{}, Truncation: "disabled", Metadata: map[string]string{},
	}
	done := begun
	done.Status, done.Output, done.Usage = "completed", items(c, a, usage), newResponsesUsage(usage)
	switch a.FinishReason {
	case "MAX_TOKENS":
		done.Status, done.IncompleteDetails = "incomplete", &wireIncomplete{"max_output_tokens"}
	case "SAFETY":
		done.Status, done.IncompleteDetails = "incomplete", &wireIncomplete{"content_filter"}
	}
	if c.asked.Stream {
		streamResponse(c, begun, done, usage)
		return
	}
	c.whole(answer{contentType: "application/json", raw: pretty(done), usage: &usage})
}

// items lists what the model puts out: its reasoning, its code, its text, its
// calls.
func items(c *chatCall, a Answer, u Usage) []wireItem {
	found := []wireItem{}
	if u.Thoughts > 0 {
		found = append(found, wireItem{ID: "rs_" + c.id, Type: "reasoning", Summary: &[]struct{}{}})
	}
	if a.Code != "" {
		found = append(found, wireItem{
			ID: "ci_" + c.id, Type: "code_interpreter_call", Status: "completed",
			ContainerID: "cntr_" + c.id, Code: a.Code, Outputs: []wireLogs{{"logs", a.Output}},
		})
	}
	if a.Text != "" {
		found = append(found, wireItem{
			ID: "msg_" + c.id, Type: "message", Status: "completed", Role: "assistant",
			Content: &[]wireContentPart{outputText(a.Text)},
		})
	}
	for i := range a.Calls {
		found = append(found, wireItem{
			ID: fmt.Sprintf("fc_%s%d", c.id, i), Type: "function_call", Status: "completed",
			CallID: fmt.Sprintf("call_%s%d", c.id, i), Name: a.Calls[i].Name, Arguments: new(argumentsOf(&a.Calls[i])),
		})
	}
	return found
}

func outputText(s string) wireContentPart {
	return wireContentPart{Type: "output_text", Annotations: []struct{}{}, Logprobs: []struct{}{}, Text: s}
}

// wireResponseEvent is one event of a streamed response; its type says which
// members it has.
type wireResponseEvent struct {
	Type           string           `json:"type"`
	SequenceNumber int              `json:"sequence_number"`
	Response       *wireResponses   `json:"response,omitempty"`
	ItemID         string           `json:"item_id,omitempty"`
	OutputIndex    *int             `json:"output_index,omitempty"`
	ContentIndex   *int             `json:"content_index,omitempty"`
	Item           *wireItem        `json:"item,omitempty"`
	Part           *wireContentPart `json:"part,omitempty"`
	Delta          *string          `json:"delta,omitempty"`
	Text           *string          `json:"text,omitempty"`
	Arguments      *string          `json:"arguments,omitempty"`
	Logprobs       *[]struct{}      `json:"logprobs,omitempty"`
}

// wireErrorEvent is the event of a stream that fails.
type wireErrorEvent struct {
	Type           string  `json:"type"`
	Code           string  `json:"code"`
	Message        string  `json:"message"`
	Param          *string `json:"param"`
	SequenceNumber int     `json:"sequence_number"`
}

// streamResponse sends a response in pieces. Only its last event has usage.
func streamResponse(c *chatCall, begun, done wireResponses, usage Usage) {
	var s responseEvents
	s.add(wireResponseEvent{Type: "response.created", Response: &begun})
	s.add(wireResponseEvent{Type: "response.in_progress", Response: &begun})
	for i := range done.Output {
		s.item(&done.Output[i], i, c.server.config.chunks)
	}
	s.add(wireResponseEvent{Type: "response." + done.Status, Response: &done})
	s.events[len(s.events)-1].usage = &usage
	c.stream(&streaming{
		contentType: "text/event-stream; charset=utf-8", events: s.events,
		failure: func(i int) []byte { return failedResponse(c, begun, i) },
	})
}

// failedResponse is how a response that has begun fails: an event of its own,
// and the response as it is then.
func failedResponse(c *chatCall, begun wireResponses, i int) []byte {
	p := c.fault.problem()
	begun.Status, begun.Error = "failed", &wireFailure{"server_error", p.message}
	return append(
		sse("error", wireErrorEvent{Type: "error", Code: "server_error", Message: p.message, SequenceNumber: i}),
		sse("response.failed", wireResponseEvent{Type: "response.failed", SequenceNumber: i + 1, Response: &begun})...)
}

// responseEvents gathers the events of a stream.
type responseEvents struct{ events []answer }

func (s *responseEvents) add(e wireResponseEvent) {
	e.SequenceNumber = len(s.events)
	s.events = append(s.events, answer{raw: sse(e.Type, e)})
}

// item sends one item of the output, from its begin to its end.
func (s *responseEvents) item(item *wireItem, index, chunks int) {
	begun := *item
	if begun.Status != "" {
		begun.Status = "in_progress"
	}
	begun.Outputs, begun.Code = nil, ""
	switch item.Type {
	case "message":
		begun.Content = &[]wireContentPart{}
	case "function_call":
		begun.Arguments = new("")
	}
	s.add(wireResponseEvent{Type: "response.output_item.added", OutputIndex: &index, Item: &begun})
	switch item.Type {
	case "message":
		s.message(item, index, chunks)
	case "function_call":
		s.add(wireResponseEvent{
			Type: "response.function_call_arguments.delta", ItemID: item.ID, OutputIndex: &index, Delta: item.Arguments,
		})
		s.add(wireResponseEvent{
			Type:        "response.function_call_arguments.done",
			ItemID:      item.ID,
			OutputIndex: &index,
			Arguments:   item.Arguments,
		})
	}
	s.add(wireResponseEvent{Type: "response.output_item.done", OutputIndex: &index, Item: item})
}

// message sends the text of a message.
func (s *responseEvents) message(item *wireItem, index, chunks int) {
	whole, empty, first := (*item.Content)[0], outputText(""), 0
	e := wireResponseEvent{ItemID: item.ID, OutputIndex: &index, ContentIndex: &first}
	added := e
	added.Type, added.Part = "response.content_part.added", &empty
	s.add(added)
	for _, piece := range split(whole.Text, chunks) {
		delta := e
		delta.Type, delta.Delta, delta.Logprobs = "response.output_text.delta", &piece, &[]struct{}{}
		s.add(delta)
	}
	said := e
	said.Type, said.Text, said.Logprobs = "response.output_text.done", &whole.Text, &[]struct{}{}
	s.add(said)
	done := e
	done.Type, done.Part = "response.content_part.done", &whole
	s.add(done)
}
