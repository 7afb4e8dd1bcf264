// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

type anthropicMessage struct {
	ID           string          `json:"id"`
	Type         string          `json:"type"`
	Role         string          `json:"role"`
	Model        string          `json:"model"`
	Content      []any           `json:"content"`
	StopReason   *string         `json:"stop_reason"`
	StopSequence *string         `json:"stop_sequence"`
	Usage        *anthropicUsage `json:"usage"`
}

// anthropicUsage is the usage of a message. What was written to a cache or read
// from one is not among the input tokens.
type anthropicUsage struct {
	InputTokens   int              `json:"input_tokens"`
	CacheCreation int              `json:"cache_creation_input_tokens"`
	CacheRead     int              `json:"cache_read_input_tokens"`
	Created       *createdTokens   `json:"cache_creation,omitempty"`
	OutputTokens  int              `json:"output_tokens"`
	OutputDetails *thinkingDetails `json:"output_tokens_details,omitempty"`
	ServiceTier   string           `json:"service_tier,omitempty"`
}

type createdTokens struct {
	FiveMinutes int `json:"ephemeral_5m_input_tokens"`
	OneHour     int `json:"ephemeral_1h_input_tokens"`
}

type thinkingDetails struct {
	ThinkingTokens int `json:"thinking_tokens"`
}

// The kinds of blocks that a message holds.
type (
	textBlock struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	thinkingBlock struct {
		Type      string `json:"type"`
		Thinking  string `json:"thinking"`
		Signature string `json:"signature"`
	}
	toolBlock struct {
		Type  string         `json:"type"`
		ID    string         `json:"id"`
		Name  string         `json:"name"`
		Input map[string]any `json:"input"`
	}
	codeResultBlock struct {
		Type      string     `json:"type"`
		ToolUseID string     `json:"tool_use_id"`
		Content   codeResult `json:"content"`
	}
	codeResult struct {
		Type       string     `json:"type"`
		Stdout     string     `json:"stdout"`
		Stderr     string     `json:"stderr"`
		ReturnCode int        `json:"return_code"`
		Content    []struct{} `json:"content"`
	}
)

// newAnthropicUsage is the usage as Anthropic writes it, tier and all.
func newAnthropicUsage(u Usage, use cacheUse) *anthropicUsage {
	w := anthropicCounts(u)
	w.ServiceTier, w.Created = "standard", &createdTokens{FiveMinutes: u.CacheWrite}
	if use.long {
		w.Created = &createdTokens{OneHour: u.CacheWrite}
	}
	return w
}

// anthropicCounts are the counts alone, as an event that changes them has them.
func anthropicCounts(u Usage) *anthropicUsage {
	w := &anthropicUsage{
		InputTokens: u.Prompt - u.Cached - u.CacheWrite, CacheCreation: u.CacheWrite, CacheRead: u.Cached,
		OutputTokens: u.Output(),
	}
	if u.Thoughts > 0 {
		w.OutputDetails = &thinkingDetails{u.Thoughts}
	}
	return w
}

var anthropicFinish = map[string]string{"STOP": "end_turn", "MAX_TOKENS": "max_tokens", "SAFETY": "refusal"}

func anthropicReason(a Answer) *string {
	if len(a.Calls) > 0 && a.FinishReason == "STOP" {
		return new("tool_use")
	}
	return new(cmp.Or(anthropicFinish[a.FinishReason], strings.ToLower(a.FinishReason)))
}

// message answers a message.
func (a anthropic) message(c *chatCall) {
	said, usage := c.said()
	usage.Total = 0 // Anthropic names none
	found := a.prefixes.use(c.asked)
	usage.Cached, usage.CacheWrite = found.read, found.written
	whole := anthropicMessage{
		ID: c.name("msg_" + c.id), Type: "message", Role: "assistant", Model: said.ModelVersion,
		Content: messageBlocks(c, said), StopReason: anthropicReason(said),
		Usage: newAnthropicUsage(usage, found),
	}
	if c.asked.Stream {
		a.stream(c, &whole, said, usage, found)
		return
	}
	c.whole(answer{contentType: "application/json", raw: compact(whole), usage: &usage})
}

// messageBlocks lists what the model says: its thoughts, the code it runs, its
// text, its calls.
func messageBlocks(c *chatCall, a Answer) []any {
	found := []any{}
	if a.ThoughtSummary != "" {
		found = append(found, thinkingBlock{"thinking", a.ThoughtSummary, "c2lnbmF0dXJl"})
	}
	if a.Code != "" {
		id := "srvtoolu_" + c.id
		found = append(found,
			toolBlock{"server_tool_use", id, "code_execution", map[string]any{"code": a.Code}},
			codeResultBlock{"code_execution_tool_result", id, codeResult{
				Type: "code_execution_result", Stdout: a.Output, Content: []struct{}{},
			}})
	}
	if a.Text != "" {
		found = append(found, textBlock{"text", a.Text})
	}
	for i, call := range a.Calls {
		found = append(found, toolBlock{"tool_use", fmt.Sprintf("toolu_%s%d", c.id, i), call.Name, inputOf(call)})
	}
	return found
}

func inputOf(call FunctionCall) map[string]any {
	if _, err := json.Marshal(call.Args); err != nil || call.Args == nil {
		return map[string]any{}
	}
	return call.Args
}
