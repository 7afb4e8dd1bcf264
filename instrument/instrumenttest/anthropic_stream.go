// SPDX-License-Identifier: Apache-2.0

package instrumenttest

// The events of a streamed message.
type (
	messageStart struct {
		Type    string            `json:"type"`
		Message *anthropicMessage `json:"message"`
	}
	blockStart struct {
		Type  string `json:"type"`
		Index int    `json:"index"`
		Block any    `json:"content_block"`
	}
	blockDelta struct {
		Type  string `json:"type"`
		Index int    `json:"index"`
		Delta any    `json:"delta"`
	}
	blockStop struct {
		Type  string `json:"type"`
		Index int    `json:"index"`
	}
	messageDelta struct {
		Type  string          `json:"type"`
		Delta stopDelta       `json:"delta"`
		Usage *anthropicUsage `json:"usage"`
	}
	typeOnly struct {
		Type string `json:"type"`
	}
)

// What a block's delta may be.
type (
	stopDelta struct {
		StopReason   *string `json:"stop_reason"`
		StopSequence *string `json:"stop_sequence"`
	}
	thinkingDelta struct {
		Type     string `json:"type"`
		Thinking string `json:"thinking"`
	}
	signatureDelta struct {
		Type      string `json:"type"`
		Signature string `json:"signature"`
	}
	inputDelta struct {
		Type        string `json:"type"`
		PartialJSON string `json:"partial_json"`
	}
)

// startTokens is what a message counts as output when it begins.
const startTokens = 1

// stream sends a message in pieces. Its begin reports what the request itself
// holds; its last but one event the counts of all, to which what the tools fed
// back has come.
func (a anthropic) stream(c *chatCall, whole *anthropicMessage, said Answer, usage Usage, use cacheUse) {
	first := usage
	first.Prompt = promptUsage(&c.req, Modalities{}).Prompt
	if said.Usage != nil {
		first.Prompt = usage.Prompt
	}
	first.Candidates, first.Thoughts = startTokens, 0
	begun := *whole
	begun.Content, begun.StopReason, begun.Usage = []any{}, nil, newAnthropicUsage(first, use)

	var s messageEvents
	s.add("message_start", messageStart{"message_start", &begun})
	s.events[0].usage = &first
	for i := range whole.Content {
		s.block(i, whole.Content[i], c.server.config.chunks)
	}
	s.add("message_delta", messageDelta{
		"message_delta", stopDelta{StopReason: whole.StopReason}, anthropicCounts(usage),
	})
	s.events[len(s.events)-1].usage = &usage
	s.add("message_stop", typeOnly{"message_stop"})
	c.stream(&streaming{
		contentType: "text/event-stream; charset=utf-8", events: s.events,
		failure: func(int) []byte {
			failure := a.failure(c.fault.problem())
			return sse("error", failure)
		},
	})
}

// messageEvents gathers the events of a stream.
type messageEvents struct{ events []answer }

func (s *messageEvents) add(name string, event any) {
	s.events = append(s.events, answer{raw: sse(name, event)})
}

func (s *messageEvents) delta(index int, delta any) {
	s.add("content_block_delta", blockDelta{"content_block_delta", index, delta})
}

// block sends one block, from its begin to its end.
func (s *messageEvents) block(index int, block any, chunks int) {
	s.add("content_block_start", blockStart{"content_block_start", index, emptied(block)})
	if index == 0 {
		s.add("ping", typeOnly{"ping"})
	}
	switch block := block.(type) {
	case textBlock:
		for _, piece := range split(block.Text, chunks) {
			s.delta(index, textBlock{"text_delta", piece})
		}
	case thinkingBlock:
		s.delta(index, thinkingDelta{"thinking_delta", block.Thinking})
		s.delta(index, signatureDelta{"signature_delta", block.Signature})
	case toolBlock:
		s.delta(index, inputDelta{"input_json_delta", string(compact(block.Input))})
	}
	s.add("content_block_stop", blockStop{"content_block_stop", index})
}

// emptied is a block as it begins.
func emptied(block any) any {
	switch block := block.(type) {
	case textBlock:
		return textBlock{Type: block.Type}
	case thinkingBlock:
		return thinkingBlock{Type: block.Type}
	case toolBlock:
		block.Input = map[string]any{}
		return block
	}
	return block
}
