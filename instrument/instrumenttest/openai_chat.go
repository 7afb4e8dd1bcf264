// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import "fmt"

type wireChat struct {
	ID                string       `json:"id"`
	Object            string       `json:"object"`
	Created           int64        `json:"created"`
	Model             string       `json:"model"`
	Choices           []wireChoice `json:"choices"`
	Usage             *openAIUsage `json:"usage,omitempty"`
	ServiceTier       string       `json:"service_tier,omitempty"`
	SystemFingerprint string       `json:"system_fingerprint,omitempty"`
}

// wireChunk is an event of a stream. Its usage is null until the last event,
// which has it where the request asks for it; else it is not there at all.
type wireChunk struct {
	wireChat

	Usage any `json:"usage,omitempty"`
}

type wireChoice struct {
	Index        int          `json:"index"`
	Message      *wireMessage `json:"message,omitempty"`
	Delta        *wireDelta   `json:"delta,omitempty"`
	Logprobs     *struct{}    `json:"logprobs"`
	FinishReason *string      `json:"finish_reason"`
}

type wireMessage struct {
	Role        string         `json:"role"`
	Content     *string        `json:"content"`
	Refusal     *string        `json:"refusal"`
	Annotations []struct{}     `json:"annotations"`
	ToolCalls   []wireToolCall `json:"tool_calls,omitempty"`
}

type wireDelta struct {
	Role      string         `json:"role,omitempty"`
	Content   *string        `json:"content,omitempty"`
	ToolCalls []wireToolCall `json:"tool_calls,omitempty"`
}

type wireToolCall struct {
	Index    *int         `json:"index,omitempty"`
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Function wireFunction `json:"function"`
}

type wireFunction struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// openAIUsage is the usage of a chat completion. Reasoning is part of the
// completion; Gemini's compatible API has no details.
type openAIUsage struct {
	PromptTokens      int                `json:"prompt_tokens"`
	CompletionTokens  int                `json:"completion_tokens"`
	TotalTokens       int                `json:"total_tokens"`
	PromptDetails     *promptDetails     `json:"prompt_tokens_details,omitempty"`
	CompletionDetails *completionDetails `json:"completion_tokens_details,omitempty"`
}

type promptDetails struct {
	CachedTokens int `json:"cached_tokens"`
	AudioTokens  int `json:"audio_tokens"`
}

type completionDetails struct {
	ReasoningTokens          int `json:"reasoning_tokens"`
	AudioTokens              int `json:"audio_tokens"`
	AcceptedPredictionTokens int `json:"accepted_prediction_tokens"`
	RejectedPredictionTokens int `json:"rejected_prediction_tokens"`
}

func (o openAI) usage(u Usage) *openAIUsage {
	w := &openAIUsage{PromptTokens: u.Input(), CompletionTokens: u.Output(), TotalTokens: u.Total}
	if !o.compatible {
		w.PromptDetails = &promptDetails{CachedTokens: u.Cached}
		w.CompletionDetails = &completionDetails{ReasoningTokens: u.Thoughts}
	}
	return w
}

// reported is what of the usage the API tells.
func (o openAI) reported(u Usage) *Usage {
	if o.compatible {
		u.Candidates, u.Thoughts, u.Cached = u.Output(), 0, 0
	}
	return &u
}

// cachedUsage adds to the usage what of the prompt the cache that the request
// names holds.
func cachedUsage(c *chatCall, u Usage) Usage {
	u.Cached = min(c.server.config.cached[c.asked.PromptCacheKey], u.Prompt)
	return u
}

// chat answers a chat completion.
func (o openAI) chat(c *chatCall) {
	a, usage := c.said()
	usage = cachedUsage(c, usage)
	head := wireChat{ID: "chatcmpl-" + c.id, Object: "chat.completion", Created: createdAt, Model: a.ModelVersion}
	if !o.compatible {
		head.ServiceTier, head.SystemFingerprint = servedTier(c.asked.ServiceTier), "fp_0123456789"
	}
	c.name(head.ID)
	if c.asked.Stream {
		o.chatStream(c, head, a, usage)
		return
	}
	head.Usage = o.usage(usage)
	reason := openAIReason(a)
	for i := range c.req.candidates() {
		head.Choices = append(head.Choices, wireChoice{
			Index: i, Message: newWireMessage(a, c.id), FinishReason: &reason,
		})
	}
	c.whole(answer{contentType: "application/json", raw: pretty(head), usage: o.reported(usage)})
}

func newWireMessage(a Answer, id string) *wireMessage {
	m := &wireMessage{Role: "assistant", Annotations: []struct{}{}}
	if a.Text != "" {
		m.Content = &a.Text
	}
	for i := range a.Calls {
		m.ToolCalls = append(m.ToolCalls, newWireToolCall(&a.Calls[i], id, i))
	}
	return m
}

func newWireToolCall(call *FunctionCall, id string, i int) wireToolCall {
	return wireToolCall{
		ID: fmt.Sprintf("call_%s%d", id, i), Type: "function",
		Function: wireFunction{Name: call.Name, Arguments: argumentsOf(call)},
	}
}

// chatStream sends a chat completion in pieces: the role, the text, the calls,
// the reason to stop, and, on request, the usage.
func (o openAI) chatStream(c *chatCall, head wireChat, a Answer, usage Usage) {
	head.Object = "chat.completion.chunk"
	s := chatChunks{head: head, n: c.req.candidates(), withUsage: c.asked.StreamOptions.IncludeUsage}
	s.delta(wireDelta{Role: "assistant", Content: new("")})
	for _, piece := range split(a.Text, c.server.config.chunks) {
		s.delta(wireDelta{Content: &piece})
	}
	for i := range a.Calls {
		call := newWireToolCall(&a.Calls[i], c.id, i)
		call.Index = &i
		s.delta(wireDelta{ToolCalls: []wireToolCall{call}})
	}
	reason := openAIReason(a)
	s.finish(&reason)
	if s.withUsage {
		last := wireChunk{wireChat: head, Usage: o.usage(usage)}
		last.Choices = []wireChoice{}
		s.events = append(s.events, answer{raw: sse("", last), usage: o.reported(usage)})
	}
	c.stream(&streaming{
		contentType: "text/event-stream; charset=utf-8", events: s.events, end: "data: [DONE]\n\n",
		failure: func(int) []byte { return sse("", o.document(c.fault.problem())) },
	})
}

// chatChunks gathers the events of a stream, one for each choice.
type chatChunks struct {
	head      wireChat
	n         int
	withUsage bool
	events    []answer
}

func (s *chatChunks) delta(d wireDelta) { s.add(d, nil) }

func (s *chatChunks) finish(reason *string) { s.add(wireDelta{}, reason) }

func (s *chatChunks) add(d wireDelta, reason *string) {
	for i := range s.n {
		chunk := wireChunk{wireChat: s.head}
		chunk.Choices = []wireChoice{{Index: i, Delta: &d, FinishReason: reason}}
		if s.withUsage {
			chunk.Usage = (*openAIUsage)(nil)
		}
		s.events = append(s.events, answer{raw: sse("", chunk)})
	}
}
