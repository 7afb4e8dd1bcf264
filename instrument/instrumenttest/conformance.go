// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"iter"
	"testing"

	"github.com/spanledger/spanledger/instrument"
)

// Client is a provider's SDK, reduced to what [RunConformance] asks of it.
type Client interface {
	// Generate asks for one answer and returns its text and the SDK's error.
	Generate(ctx context.Context, p Prompt) (string, error)
	// Stream asks for an answer in pieces. It makes the request when it is
	// ranged over, and yields the SDK's error last.
	Stream(ctx context.Context, p Prompt) iter.Seq2[string, error]
}

// Prompt is one request of the suite.
type Prompt struct {
	// Model is the model to ask.
	Model string
	// Text is the question.
	Text string
	// Images is how many PNG images to send along; [PNG] is one.
	Images int
	// CodeExecution switches the server-side tool on.
	CodeExecution bool
	// CachedContent is the resource name of cached content to use, if any.
	CachedContent string

	stream bool // for the suite: ask by Stream
}

// PNG returns a small image, for prompts that send some.
func PNG() []byte {
	return []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06")
}

// Target says where a [Client] has to send its calls.
type Target struct {
	// URL is the stand-in's base URL.
	URL string
	// Key is the API key to use.
	Key string
	// Bare asks for the SDK as it is, without any instrumentation.
	Bare bool
	// Options are to be given to the instrumentation.
	Options []instrument.Option
}

// Factory makes a client for a target. It ends the test where it cannot, and
// cleans up with the test.
type Factory func(t *testing.T, target Target) Client

// RunConformance runs an instrumented SDK through everything that can happen to
// a call, and holds what was measured against what the stand-in says it
// answered: each request one span, with the stand-in's figures in the span, in
// the summary and in both kinds of metrics; results and errors those of the
// bare SDK; and nothing of prompts, answers and keys in what was measured.
func RunConformance(t *testing.T, factory Factory) {
	t.Helper()
	cases := append(successCases(), failureCases()...)
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, factory)
		})
	}
	t.Run("Canceled", func(t *testing.T) { t.Parallel(); testCanceled(t, factory) })
	t.Run("Timeout", func(t *testing.T) { t.Parallel(); testTimeout(t, factory) })
	t.Run("Refused", func(t *testing.T) { t.Parallel(); testRefused(t, factory) })
	t.Run("Break", func(t *testing.T) { t.Parallel(); testBreak(t, factory) })
	t.Run("Panic", func(t *testing.T) { t.Parallel(); testPanic(t, factory) })
	t.Run("Abandoned", func(t *testing.T) { t.Parallel(); testAbandoned(t, factory) })
	t.Run("Concurrency", func(t *testing.T) { t.Parallel(); testConcurrency(t, factory) })
	t.Run("Join", func(t *testing.T) { t.Parallel(); testJoin(t, factory) })
	t.Run("StartedCall", func(t *testing.T) { t.Parallel(); testStartedCall(t, factory) })
	t.Run("SameAsBare", func(t *testing.T) { t.Parallel(); testSameAsBare(t, factory) })
	t.Run("Canary", func(t *testing.T) { t.Parallel(); testCanary(t, factory) })
}
