// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/semconv"
)

// Models of the suite: one that thinks, one that does not.
const (
	plainModel    = "gemini-2.0-flash"
	thinkingModel = "gemini-2.5-flash"
)

// conformanceCase is one call, and what is to be measured of it beside the
// stand-in's figures.
type conformanceCase struct {
	name    string
	prompt  Prompt
	options []GeminiOption
	fault   Fault

	callType  string // defaults to call_llm
	errorType string // of the first request
	returned  bool   // the SDK returns an error
}

// successCases are calls that work.
func successCases() []conformanceCase {
	plain := plainPrompt
	with := func(change func(*Prompt)) Prompt {
		p := plain
		change(&p)
		return p
	}
	thinking := with(func(p *Prompt) { p.Model = thinkingModel })
	cached := with(func(p *Prompt) { p.CachedContent = "cachedContents/prices" })
	coding := with(func(p *Prompt) { p.CodeExecution = true })
	image := with(func(p *Prompt) { p.Images = 1 })
	images := with(func(p *Prompt) { p.Images = 3 })
	prices := []GeminiOption{WithCachedContent("cachedContents/prices", 4096)}
	many := []GeminiOption{WithChunks(20)}

	return []conformanceCase{
		{name: "Unary", prompt: plain},
		{name: "Stream", prompt: streamed(plain)},
		{name: "ManyChunks", prompt: streamed(plain), options: many},
		{name: "OneChunk", prompt: streamed(plain), options: []GeminiOption{WithChunks(1)}},
		{name: "Thoughts", prompt: thinking},
		{name: "ThoughtsStream", prompt: streamed(thinking)},
		{name: "Cached", prompt: cached, options: prices},
		{name: "CachedStream", prompt: streamed(cached), options: prices},
		{name: "ToolUse", prompt: coding, callType: semconv.CallTypeLLMCodeExecution},
		{name: "ToolUseStream", prompt: streamed(coding), callType: semconv.CallTypeLLMCodeExecution},
		{name: "Image", prompt: image, callType: semconv.CallTypeLLMWithImage},
		{name: "Images", prompt: images, callType: semconv.CallTypeLLMWithImages},
	}
}

// failureCases are calls that fail in one way or another.
func failureCases() []conformanceCase {
	plain := plainPrompt
	return []conformanceCase{
		{name: "Status429", prompt: plain, fault: Fault{Status: 429}, errorType: "429", returned: true},
		{
			name: "Status429Stream", prompt: streamed(plain),
			fault: Fault{Status: 429}, errorType: "429", returned: true,
		},
		// An SDK that tries again makes a second request, and no error.
		{name: "Status503", prompt: plain, fault: Fault{Status: 503}, errorType: "503"},
		{
			name: "CutUnary", prompt: plain,
			fault: Fault{Cut: true}, errorType: semconv.ErrorTypeStreamCut, returned: true,
		},
		{
			name: "CutStream", prompt: streamed(plain), fault: Fault{Cut: true, After: 2},
			errorType: semconv.ErrorTypeStreamCut, returned: true,
		},
		{
			name: "CutAtOnce", prompt: streamed(plain), fault: Fault{Cut: true},
			errorType: semconv.ErrorTypeStreamCut, returned: true,
		},
		// Not every SDK notices.
		{
			name: "ErrorInStream", prompt: streamed(plain),
			fault: Fault{Status: 503, MidStream: true, After: 2}, errorType: "unavailable",
		},
		{
			name: "Garbage", prompt: plain,
			fault: Fault{Garbage: true}, errorType: semconv.ErrorTypeInvalidResponse, returned: true,
		},
		{
			name: "Blocked", prompt: plain,
			fault: Fault{BlockReason: "SAFETY"}, errorType: semconv.ErrorTypePromptBlocked,
		},
		{
			name: "BlockedStream", prompt: streamed(plain),
			fault: Fault{BlockReason: "SAFETY"}, errorType: semconv.ErrorTypePromptBlocked,
		},
	}
}

// streamed is the same prompt, asked as a stream.
func streamed(p Prompt) Prompt {
	p.stream = true
	return p
}

func bothWays(p Prompt) []Prompt { return []Prompt{p, streamed(p)} }

func (c *conformanceCase) run(t *testing.T, factory Factory) {
	t.Helper()
	r := newRig(t, factory, c.options...)
	r.fake.Fail(1, c.fault)
	ctx, analysis := r.start("")
	text, err := r.ask(ctx, c.prompt)
	switch {
	case c.returned:
		require.Error(t, err)
	case c.errorType == "":
		require.NoError(t, err)
		require.NotEmpty(t, text)
	}
	r.checkAll(analysis)
	r.checkHistograms()

	first := r.calls()[0]
	if err == nil && first.count(semconv.CallAttempts) > 1 {
		require.False(t, first.has(semconv.ErrorType), "what was tried again did not fail")
	} else {
		require.Equal(t, c.errorType, first.text(semconv.ErrorType))
	}
	want := c.callType
	if want == "" {
		want = semconv.CallTypeLLM
	}
	require.Equal(t, want, first.text(semconv.CallType))
}
