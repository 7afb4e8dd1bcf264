// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import "unicode/utf8"

// event is one response object: the only one of a unary call, or one of a
// stream's.
type event struct {
	parts    []answerPart
	finish   string // of the last event only
	blocked  string // the prompt's block reason; such an event has no parts
	usage    Usage
	searched bool // the answer rests on a search
	token    []byte
}

// answerPart is one part of an answer; one of its fields is set.
type answerPart struct {
	text    string
	thought string
	code    string
	output  string
	call    *FunctionCall
}

// unary puts a completed answer into one event.
func (a Answer) unary(req *Request, usage Usage) event {
	e := event{finish: a.FinishReason, usage: usage, searched: req.searches() > 0, token: a.token}
	steps := a.steps(req, usage, 1)
	for i := range steps {
		e.parts = append(e.parts, steps[i].parts...)
	}
	return e
}

// stream spreads a completed answer over events, its text over about chunks of
// them. The usage of each is what Gemini would report there.
func (a Answer) stream(req *Request, usage Usage, chunks int) []event {
	events := a.steps(req, usage, chunks)
	if len(events) == 0 {
		events = []event{{}}
	}
	for i := range events {
		events[i].token = a.token
	}
	last := &events[len(events)-1]
	last.finish, last.usage, last.searched = a.FinishReason, usage, req.searches() > 0
	return events
}

// steps lists what the model does, one event each, with the usage at that point.
func (a Answer) steps(req *Request, usage Usage, chunks int) []event {
	s := steps{n: req.candidates(), base: Usage{
		Prompt: usage.Prompt, PromptDetails: usage.PromptDetails,
		Cached: usage.Cached, CachedDetails: usage.CachedDetails,
	}}
	s.now = s.base
	s.now.Thoughts = usage.Thoughts
	if a.ThoughtSummary != "" {
		s.add(answerPart{thought: a.ThoughtSummary}, 0)
	}
	if a.Code != "" {
		s.add(answerPart{code: a.Code}, Tokens(a.Code))
		s.now = s.base // Gemini starts counting anew once the tool has run
		s.add(answerPart{output: a.Output}, 0)
	}
	said := ""
	for _, text := range split(a.Text, chunks) {
		s.add(answerPart{text: text}, Tokens(said+text)-Tokens(said))
		said += text
	}
	for i := range a.Calls {
		s.add(answerPart{call: &a.Calls[i]}, callTokens(a.Calls[i]))
	}
	return s.events
}

// steps gathers events while the counts go up.
type steps struct {
	n      int // candidates, each of which says the same
	base   Usage
	now    Usage
	events []event
}

func (s *steps) add(p answerPart, tokens int) {
	s.now.CandidatesDetails.Text += s.n * tokens
	s.now.Candidates = s.now.CandidatesDetails.Total()
	s.events = append(s.events, event{parts: []answerPart{p}, usage: s.now.withTotal()})
}

// split cuts text into at most n pieces of about the same length, between words.
func split(text string, n int) []string {
	size := max(1, perUnit(utf8.RuneCountInString(text), max(1, n)))
	var pieces []string
	start, count := 0, 0
	for i, r := range text {
		if count >= size && r == ' ' {
			pieces = append(pieces, text[start:i])
			start, count = i, 0
		}
		count++
	}
	if start < len(text) {
		pieces = append(pieces, text[start:])
	}
	return pieces
}
