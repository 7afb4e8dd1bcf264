// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/semconv"
)

// conformanceCase is one call, and what is to be measured of it beside the
// stand-in's figures.
type conformanceCase struct {
	name    string
	prompt  Prompt
	options []Option
	fault   Fault
	needs   Capability // of the client, to make the call

	callType  string // defaults to call_llm
	errorType string // of the first request
	returned  bool   // the SDK returns an error
	check     func(*testing.T, Usage)
}

// successCases are calls that work.
func (s *suite) successCases() []conformanceCase {
	plain := s.plain()
	with := func(change func(*Prompt)) Prompt {
		p := plain
		change(&p)
		return p
	}
	thinking := with(func(p *Prompt) { p.Model, p.Thinking = s.api.thinking, true })
	coding := with(func(p *Prompt) { p.CodeExecution = true })
	image := with(func(p *Prompt) { p.Images = 1 })
	images := with(func(p *Prompt) { p.Images = 3 })
	thinks := func(t *testing.T, u Usage) { t.Helper(); require.Positive(t, u.Thoughts) }
	feedsBack := func(t *testing.T, u Usage) {
		t.Helper()
		require.Equal(t, s.has(ToolUseTokens), u.ToolUse > 0)
	}
	sees := func(t *testing.T, u Usage) {
		t.Helper()
		require.Equal(t, s.has(ImageCounts), u.PromptDetails.Image > 0)
	}
	const coded = semconv.CallTypeLLMCodeExecution

	return []conformanceCase{
		{name: "Unary", prompt: plain},
		{name: "Stream", prompt: streamed(plain)},
		{name: "ManyChunks", prompt: streamed(plain), options: []Option{WithChunks(20)}},
		{name: "OneChunk", prompt: streamed(plain), options: []Option{WithChunks(1)}},
		{name: "Thoughts", prompt: thinking, needs: Thinking, check: thinks},
		{name: "ThoughtsStream", prompt: streamed(thinking), needs: Thinking, check: thinks},
		{name: "ToolUse", prompt: coding, needs: CodeExecution, callType: coded, check: feedsBack},
		{name: "ToolUseStream", prompt: streamed(coding), needs: CodeExecution, callType: coded, check: feedsBack},
		{name: "Image", prompt: image, callType: semconv.CallTypeLLMWithImage, check: sees},
		{name: "Images", prompt: images, callType: semconv.CallTypeLLMWithImages, check: sees},
	}
}

// failureCases are calls that fail in one way or another.
func (s *suite) failureCases() []conformanceCase {
	plain, blocked := s.plain(), ""
	if s.has(BlockedPrompt) {
		blocked = semconv.ErrorTypePromptBlocked
	}
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
			fault: Fault{Status: 503, MidStream: true, After: 2}, errorType: s.api.failure,
		},
		{
			name: "Garbage", prompt: plain,
			fault: Fault{Garbage: true}, errorType: semconv.ErrorTypeInvalidResponse, returned: true,
		},
		{
			name: "Blocked", prompt: plain,
			fault: Fault{BlockReason: "SAFETY"}, errorType: blocked,
		},
		{
			name: "BlockedStream", prompt: streamed(plain),
			fault: Fault{BlockReason: "SAFETY"}, errorType: blocked,
		},
	}
}

// streamed is the same prompt, asked as a stream.
func streamed(p Prompt) Prompt {
	p.stream = true
	return p
}

func bothWays(p Prompt) []Prompt { return []Prompt{p, streamed(p)} }

func (s *suite) run(t *testing.T, c *conformanceCase) {
	t.Helper()
	if c.needs != "" && !s.has(c.needs) {
		s.refuses(t, c.prompt)
		return
	}
	r := s.rig(t, c.options...)
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
	call := r.checkOne(analysis, c.errorType)
	r.checkHistograms(1)
	want := c.callType
	if want == "" {
		want = semconv.CallTypeLLM
	}
	require.Equal(t, want, call.text(semconv.CallType))
	if c.check != nil {
		c.check(t, r.fake.Usage())
	}
}

// refuses expects a client that cannot ask for this, and says so.
func (s *suite) refuses(t *testing.T, p Prompt) {
	t.Helper()
	r := s.rig(t)
	_, err := r.ask(t.Context(), p)
	require.ErrorIs(t, err, ErrUnsupported)
	require.Empty(t, r.fake.Exchanges())
	require.Empty(t, r.calls())
}
