// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import "strings"

// wireInteraction is an interaction of Gemini's API of that name.
type wireInteraction struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	Status            string            `json:"status"`
	Model             string            `json:"model,omitempty"`
	Agent             string            `json:"agent,omitempty"`
	Previous          string            `json:"previous_interaction_id,omitempty"`
	Steps             []wireStep        `json:"steps,omitempty"`
	ContinuationToken string            `json:"continuation_token,omitempty"`
	Usage             *interactionUsage `json:"usage,omitempty"`
}

// wireStep is one thing that the model did; its type says which members it has.
type wireStep struct {
	Type      string            `json:"type"`
	Content   []wireStepContent `json:"content,omitempty"`   // of what it said
	Summary   []wireStepContent `json:"summary,omitempty"`   // of a thought
	ID        string            `json:"id,omitempty"`        // of a function call
	Name      string            `json:"name,omitempty"`      // of a function call
	Arguments *map[string]any   `json:"arguments,omitempty"` // of a function call
}

type wireStepContent struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// interactionUsage is the usage of an interaction; the parts exclude each other.
type interactionUsage struct {
	Total    int                   `json:"total_tokens"`
	Input    int                   `json:"total_input_tokens"`
	Cached   int                   `json:"total_cached_tokens"`
	Output   int                   `json:"total_output_tokens"`
	ToolUse  int                   `json:"total_tool_use_tokens"`
	Thoughts int                   `json:"total_thought_tokens"`
	InputBy  []interactionModality `json:"input_tokens_by_modality,omitempty"`
	OutputBy []interactionModality `json:"output_tokens_by_modality,omitempty"`
}

type interactionModality struct {
	Modality string `json:"modality"`
	Tokens   int    `json:"tokens"`
}

func newInteractionUsage(u Usage) *interactionUsage {
	return &interactionUsage{
		Total: u.Total, Input: u.Prompt, Cached: u.Cached,
		Output: u.Candidates, ToolUse: u.ToolUse, Thoughts: u.Thoughts,
		InputBy: interactionModalities(u.PromptDetails), OutputBy: interactionModalities(u.CandidatesDetails),
	}
}

func interactionModalities(m Modalities) (by []interactionModality) {
	for _, detail := range (enums{}).modalities(m) {
		name, _ := detail.Modality.(string)
		by = append(by, interactionModality{strings.ToLower(name), detail.TokenCount})
	}
	return by
}

// interactionStatus is how an interaction ended.
func interactionStatus(a Answer) string {
	switch {
	case a.FinishReason == "CONTINUATION":
		return "requires_continuation"
	case a.FinishReason != "STOP":
		return "incomplete"
	case len(a.Calls) > 0:
		return "requires_action"
	}
	return "completed"
}

// interactionSteps lists what the model did.
func interactionSteps(a Answer) (steps []wireStep) {
	if a.ThoughtSummary != "" {
		steps = append(steps, wireStep{Type: "thought", Summary: []wireStepContent{{"text", a.ThoughtSummary}}})
	}
	if a.Text != "" {
		steps = append(steps, wireStep{Type: "model_output", Content: []wireStepContent{{"text", a.Text}}})
	}
	for i := range a.Calls {
		steps = append(steps, wireStep{
			Type: "function_call", ID: a.Calls[i].Name, Name: a.Calls[i].Name, Arguments: &a.Calls[i].Args,
		})
	}
	return steps
}

// wireInteractionEvent is one event of a streamed interaction; its type says
// which members it has.
type wireInteractionEvent struct {
	Type              string           `json:"event_type,omitempty"`
	Interaction       *wireInteraction `json:"interaction,omitempty"`
	InteractionID     string           `json:"interaction_id,omitempty"`
	Status            string           `json:"status,omitempty"`
	ContinuationToken string           `json:"continuation_token,omitempty"`
	Index             *int             `json:"index,omitempty"`
	Step              *wireStep        `json:"step,omitempty"`
	Delta             *wireStepContent `json:"delta,omitempty"`
	Metadata          *wireMetadata    `json:"metadata,omitempty"`
	Error             *wireFailure     `json:"error,omitempty"`
}

type wireMetadata struct {
	TotalUsage *interactionUsage `json:"total_usage"`
}

// interactionEvents gathers the events of a stream.
type interactionEvents struct{ events []answer }

func (s *interactionEvents) add(e wireInteractionEvent, usage *Usage) {
	s.events = append(s.events, answer{raw: sse(e.Type, e), usage: usage})
}

// interactionEnd is what follows the last event.
const interactionEnd = "event: done\ndata: [DONE]\n\n"

// streamInteraction sends an interaction in pieces. Each tells the usage so far,
// and before the last one comes a checkpoint where the rest can be asked for.
func (c *call) streamInteraction(a Answer, begun, done wireInteraction, usage Usage) {
	var s interactionEvents
	first := 0
	s.add(wireInteractionEvent{Type: "interaction.created", Interaction: &begun}, nil)
	s.add(wireInteractionEvent{Type: "step.start", Index: &first, Step: &wireStep{Type: "model_output"}}, nil)
	said := a.stream(&c.req, usage, c.gemini.config.chunks)
	for i := range said {
		for _, p := range said[i].parts {
			if p.text == "" {
				continue
			}
			s.add(wireInteractionEvent{
				Type: "step.delta", Index: &first, Delta: &wireStepContent{"text", p.text},
				Metadata: &wireMetadata{newInteractionUsage(said[i].usage)},
			}, &said[i].usage)
		}
	}
	s.add(wireInteractionEvent{Type: "step.stop", Index: &first}, nil)
	if done.ContinuationToken != "" {
		s.add(wireInteractionEvent{
			Type: "interaction.status_update", InteractionID: done.ID, Status: "in_progress",
			ContinuationToken: done.ContinuationToken,
		}, nil)
	}
	done.Steps = nil
	s.add(wireInteractionEvent{Type: "interaction.completed", Interaction: &done}, &usage)
	c.setTier()
	c.answering.stream(&streaming{
		contentType: "text/event-stream", events: s.events, end: interactionEnd,
		failure: func(int) []byte {
			failed := interactionFailure(c.fault.apiError())
			return append(sse("error", wireInteractionEvent{Type: "error", Error: failed}), interactionEnd...)
		},
	})
}

// interactionFailure is an error as this API tells it.
func interactionFailure(e *apiError) *wireFailure {
	return &wireFailure{strings.ToLower(e.Status), e.Message}
}
