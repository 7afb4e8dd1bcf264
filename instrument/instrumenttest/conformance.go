// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/spanledger/spanledger/instrument"
)

// Client is a provider's SDK, reduced to what [RunConformance] asks of it.
type Client interface {
	// Generate asks for one answer and returns its text and the SDK's error, or
	// [ErrUnsupported].
	Generate(ctx context.Context, p Prompt) (string, error)
	// Stream asks for an answer in pieces. It makes the request when it is
	// ranged over, and yields something for each event and the SDK's error, or
	// [ErrUnsupported], last.
	Stream(ctx context.Context, p Prompt) iter.Seq2[string, error]
}

// Embedder is a [Client] whose SDK makes embeddings too.
type Embedder interface {
	// Embed asks for the embedding of the prompt's text.
	Embed(ctx context.Context, p Prompt) error
}

// ErrUnsupported is what a [Client] returns, without any request, where a prompt
// asks for what its SDK cannot ask for.
var ErrUnsupported = errors.New("the SDK cannot ask for this")

// Prompt is one request of the suite.
type Prompt struct {
	// Model is the model to ask.
	Model string
	// Text is the question.
	Text string
	// Images is how many PNG images to send along; [PNG] is one.
	Images int
	// Thinking asks to think, for models that do not by themselves.
	Thinking bool
	// CodeExecution switches the server-side tool on.
	CodeExecution bool
	// CachedContent names cached content to use, if any: a resource name, a
	// prompt_cache_key, or a text to mark for the cache.
	CachedContent string
	// SilentStream asks for a stream that reports no usage.
	SilentStream bool

	stream bool // for the suite: ask by Stream
}

// PNG returns a small image, for prompts that send some.
func PNG() []byte {
	return []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06")
}

// Target says where a [Client] has to send its calls.
type Target struct {
	// URL is the base URL of the API.
	URL string
	// Key is the API key to use.
	Key string
	// Bare asks for the SDK as it is, without any instrumentation.
	Bare bool
	// Retries asks for an SDK that tries again by itself, within milliseconds
	// where it may choose. Otherwise it is not to, where it can be told.
	Retries bool
	// Options are to be given to the instrumentation.
	Options []instrument.Option
}

// Factory makes a client for a target. It ends the test where it cannot, and
// cleans up with the test.
type Factory func(t *testing.T, target Target) Client

// RunConformance runs an instrumented SDK through everything that can happen to
// a call, and holds what was measured against what the stand-in says it
// answered: each call one span, with the stand-in's figures in the span, in
// the summary and in both kinds of metrics; results and errors those of the
// bare SDK; and nothing of prompts, answers and keys in what was measured.
func RunConformance(t *testing.T, api API, factory Factory) {
	t.Helper()
	s := suite{api: &api, factory: factory}
	cases := append(s.successCases(), s.failureCases()...)
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s.run(t, c)
		})
	}
	for name, test := range map[string]func(*testing.T){
		"Cached": s.testCached, "SilentStream": s.testSilentStream, "Embeddings": s.testEmbeddings,
		"Retries": s.testRetries, "RetriesStream": s.testRetriesStream,
		"Canceled": s.testCanceled, "Timeout": s.testTimeout, "Refused": s.testRefused,
		"Break": s.testBreak, "Panic": s.testPanic, "Abandoned": s.testAbandoned,
		"Concurrency": s.testConcurrency, "ManyStreams": s.testManyStreams, "Join": s.testJoin,
		"StartedCall": s.testStartedCall, "SameAsBare": s.testSameAsBare, "Canary": s.testCanary,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t) })
	}
}

// suite is the suite for one SDK.
type suite struct {
	api     *API
	factory Factory
}

// plain is the simplest prompt.
func (s *suite) plain() Prompt { return Prompt{Model: s.api.model, Text: "Where does the price go?"} }
