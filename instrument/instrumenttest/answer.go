// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// Answer is what the model says to one request. The stand-in adds the counts,
// the thoughts and the tool parts that the request calls for.
type Answer struct {
	// Text is the answer itself. Empty leaves the text part out.
	Text string
	// ThoughtSummary is shown when the request includes thoughts. Defaults to a
	// general sentence.
	ThoughtSummary string
	// Code and Output are what the model runs and what that prints when code
	// execution is switched on. Both default to a small calculation.
	Code, Output string
	// Calls are functions the model wants called. One whose arguments JSON
	// cannot hold answers 500.
	Calls []FunctionCall
	// FinishReason defaults to STOP, and to MAX_TOKENS where maxOutputTokens cut
	// the text.
	FinishReason string
	// ModelVersion defaults to the requested model.
	ModelVersion string
	// Pieces is over how many requests the answer spreads: each piece but the
	// last ends with CONTINUATION and brings a token to ask for the next with.
	// Defaults to 1.
	Pieces int
	// Usage replaces the counted usage of the last event, wrong arithmetic
	// included. Nil counts.
	Usage *Usage

	token []byte // to ask for the next piece with
}

// FunctionCall asks the caller to call one of its functions.
type FunctionCall struct {
	Name string         `json:"name"`
	Args map[string]any `json:"args"`
}

// Responder decides what the model says. It is called from many goroutines at
// once and should give the same answer to the same request.
type Responder func(Request) Answer

// DefaultResponder answers with a few general sentences about the request, or
// with a JSON document that holds them where the request wants JSON.
func DefaultResponder(req Request) Answer {
	text := fmt.Sprintf(
		"This is a prepared answer of a local stand-in for %s. "+
			"The request held %s. "+
			"A real model would look at the question closely, weigh what speaks for and against each reading, "+
			"and then say in its own words what it found. "+
			"The figures that come with this answer are counted from the request itself.",
		req.Model, describe(req))
	if !req.JSON {
		return Answer{Text: text}
	}
	document, err := json.Marshal(map[string]string{"answer": text})
	if err != nil {
		return Answer{Text: "{}"}
	}
	return Answer{Text: string(document)}
}

// describe lists what a request carries.
func describe(req Request) string {
	held := []string{quantity(req.Turns, "message")}
	for _, media := range []struct {
		n    int
		noun string
	}{{req.Images, "image"}, {req.Videos, "video"}, {req.Audios, "audio clip"}, {req.Documents, "document"}} {
		if media.n > 0 {
			held = append(held, quantity(media.n, media.noun))
		}
	}
	if last := len(held) - 1; last > 0 {
		return strings.Join(held[:last], ", ") + " and " + held[last]
	}
	return held[0]
}

func quantity(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

const (
	defaultThought = "**Reading the question**\n\nI look at what is asked and plan the answer step by step.\n"
	defaultCode    = "values = [3, 5, 8, 13]\nprint(sum(values) / len(values))"
	defaultOutput  = "7.25\n"
)

// completed fills in what the request calls for and the responder left open.
func (a Answer) completed(req *Request) Answer {
	a = a.thinking(req).executing(req)
	if limit := req.parsed.GenerationConfig.MaxOutputTokens; limit > 0 && Tokens(a.Text) > limit {
		a.Text = string([]rune(a.Text)[:limit*charsPerToken])
		a.FinishReason = cmp.Or(a.FinishReason, "MAX_TOKENS")
	}
	a.FinishReason = cmp.Or(a.FinishReason, "STOP")
	a.ModelVersion = cmp.Or(a.ModelVersion, req.Model)
	return a.piece(req)
}

func (a Answer) thinking(req *Request) Answer {
	if !req.showsThoughts() {
		a.ThoughtSummary = ""
		return a
	}
	a.ThoughtSummary = cmp.Or(a.ThoughtSummary, defaultThought)
	return a
}

func (a Answer) executing(req *Request) Answer {
	switch {
	case !req.runsCode():
		a.Code, a.Output = "", ""
	case a.Code == "":
		a.Code, a.Output = defaultCode, defaultOutput
	}
	return a
}

const (
	minThoughts = 16
	maxThoughts = 1024
)

// usage counts a completed answer to the request, which has cached tokens of
// cached content.
func (a Answer) usage(req *Request, cached Modalities) Usage {
	u := promptUsage(req, cached)
	if req.thinks() {
		u.Thoughts = thoughts(req, u.Prompt)
	}
	u.CandidatesDetails.Text = req.candidates() * (Tokens(a.Text) + Tokens(a.Code) + callTokens(a.Calls...))
	u.Candidates = u.CandidatesDetails.Total()
	u.ToolUseDetails.Text = Tokens(a.Code) + Tokens(a.Output) + req.searches()*SearchTokens
	u.ToolUse = u.ToolUseDetails.Total()
	return u.withTotal()
}

// promptUsage is the usage before the model says anything.
func promptUsage(req *Request, cached Modalities) Usage {
	details := req.prompt().Add(cached)
	u := Usage{
		Prompt: details.Total(), PromptDetails: details,
		Cached: cached.Total(), CachedDetails: cached,
	}
	return u.withTotal()
}

func thoughts(req *Request, prompt int) int {
	limit := maxThoughts
	config := req.parsed.GenerationConfig.ThinkingConfig
	if config != nil && config.ThinkingBudget != nil && *config.ThinkingBudget > 0 {
		limit = *config.ThinkingBudget
	}
	return min(max(prompt/2, minThoughts), limit)
}

func callTokens(calls ...FunctionCall) int {
	sum := 0
	for _, call := range calls {
		raw, err := json.Marshal(call)
		if err != nil {
			continue // generate refuses such answers
		}
		sum += Tokens(string(raw))
	}
	return sum
}
