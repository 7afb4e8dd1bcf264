// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"slices"

	"github.com/spanledger/spanledger/internal/semconv"
)

// API is a provider's API as [RunConformance] knows it: its stand-in, its
// models, how its calls are named, and what it lacks.
type API struct {
	path                string // of the API below the stand-in's URL
	provider, operation string
	model               string // that does not think
	thinking            string // that does
	embedding           string // whose usage is reported
	tier                string // that serves, "" where it is not told
	failure             string // error.type of a 503 within a stream
	start               func(ctx context.Context, opts ...Option) (fake, error)
	lacks               []Capability
}

// fake is what the suite asks of a stand-in.
type fake interface {
	URL() string
	Close() error
	Fail(n int, fault Fault)
	Exchanges() []Exchange
	Usage() Usage
}

// Capability is something that not every API can do, or not every SDK can ask
// for.
type Capability string

// The capabilities. What of them an [API] lacks is asserted: a [Client] has to
// refuse to ask for it, or nothing of it may be seen.
const (
	// CachedContent: a prompt that comes from a cache in part.
	CachedContent Capability = "cached content"
	// CacheWrite: what goes into a cache is reported.
	CacheWrite Capability = "cache write"
	// Thinking: the tokens of thoughts are reported.
	Thinking Capability = "thinking"
	// CodeExecution: a server-side tool that runs code.
	CodeExecution Capability = "code execution"
	// ToolUseTokens: what server-side tools feed back is reported by itself.
	ToolUseTokens Capability = "tool use tokens"
	// BlockedPrompt: a prompt that is refused by a 200 without an answer.
	BlockedPrompt Capability = "blocked prompt"
	// UsageOnRequest: a stream reports usage only where the request asks for it.
	UsageOnRequest Capability = "usage on request"
	// ImageCounts: what of the prompt is images is reported by itself.
	ImageCounts Capability = "image counts"
	// Embeddings: the SDK is an [Embedder].
	Embeddings Capability = "embeddings"
	// Retries: the SDK can try again after a 429 by itself.
	Retries Capability = "retries"
)

// Without returns the API for an SDK that cannot ask for all that it can do.
func (a API) Without(lacks ...Capability) API {
	a.lacks = slices.Concat(a.lacks, lacks)
	return a
}

// has tells whether the API has what the suite is about to ask for.
func (s *suite) has(c Capability) bool { return !slices.Contains(s.api.lacks, c) }

// GeminiAPI is the developer API of Gemini: generateContent.
func GeminiAPI() API {
	return API{
		provider: semconv.ProviderGemini, operation: semconv.OperationGenerateContent,
		model: "gemini-2.0-flash", thinking: "gemini-2.5-flash", embedding: "gemini-embedding-2",
		tier: "standard", failure: "unavailable",
		start: func(ctx context.Context, opts ...Option) (fake, error) { return StartGemini(ctx, opts...) },
		lacks: []Capability{CacheWrite, UsageOnRequest},
	}
}

func startOpenAI(ctx context.Context, opts ...Option) (fake, error) { return StartOpenAI(ctx, opts...) }

// OpenAIChatAPI is OpenAI's API of chat completions.
func OpenAIChatAPI() API {
	return API{
		path:     "/v1/",
		provider: semconv.ProviderOpenAI, operation: semconv.OperationChat,
		model: "gpt-4o-mini", thinking: "o4-mini", embedding: "text-embedding-3-small",
		tier: "standard", failure: "server_error",
		start: startOpenAI,
		lacks: []Capability{CacheWrite, CodeExecution, ToolUseTokens, BlockedPrompt, ImageCounts},
	}
}

// OpenAIResponsesAPI is OpenAI's API of responses.
func OpenAIResponsesAPI() API {
	a := OpenAIChatAPI()
	a.lacks = []Capability{CacheWrite, ToolUseTokens, BlockedPrompt, ImageCounts, UsageOnRequest}
	return a
}

// GeminiCompatibleAPI is the API in which Gemini speaks as OpenAI does.
func GeminiCompatibleAPI() API {
	a := OpenAIChatAPI().Without(CachedContent, Thinking)
	a.path, a.provider, a.model = geminiCompatible, semconv.ProviderGemini, "gemini-2.0-flash"
	a.embedding, a.tier, a.failure = "gemini-embedding-001", "", "503"
	return a
}

// AnthropicAPI is Anthropic's API of messages.
func AnthropicAPI() API {
	return API{
		provider: semconv.ProviderAnthropic, operation: semconv.OperationChat,
		model: "claude-haiku-4-5", thinking: "claude-sonnet-4-5",
		tier: "standard", failure: "overloaded_error",
		start: func(ctx context.Context, opts ...Option) (fake, error) { return StartAnthropic(ctx, opts...) },
		lacks: []Capability{ToolUseTokens, BlockedPrompt, ImageCounts, UsageOnRequest, Embeddings},
	}
}
