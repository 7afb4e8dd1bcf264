// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import "time"

// GeminiOption changes how a [Gemini] behaves.
type GeminiOption interface{ apply(*geminiConfig) }

type geminiConfig struct {
	responder  Responder
	chunks     int
	chunkDelay time.Duration
	latency    time.Duration
	key        string
	openToAll  bool
	models     []string
	cached     map[string]int
}

func newGeminiConfig(opts []GeminiOption) geminiConfig {
	config := geminiConfig{responder: DefaultResponder, chunks: 4, cached: map[string]int{}}
	for _, opt := range opts {
		opt.apply(&config)
	}
	return config
}

type geminiOption func(*geminiConfig)

func (o geminiOption) apply(config *geminiConfig) { o(config) }

// WithResponder lets respond decide what the model says. Defaults to
// [DefaultResponder].
func WithResponder(respond Responder) GeminiOption {
	return geminiOption(func(config *geminiConfig) { config.responder = respond })
}

// WithChunks sets over how many events a stream spreads the answer's text; a
// short text takes fewer. Defaults to 4.
func WithChunks(n int) GeminiOption {
	return geminiOption(func(config *geminiConfig) { config.chunks = max(1, n) })
}

// WithChunkDelay sets the time between two events of a stream. Defaults to none.
func WithChunkDelay(d time.Duration) GeminiOption {
	return geminiOption(func(config *geminiConfig) { config.chunkDelay = d })
}

// WithLatency sets the time before each answer. Defaults to none.
func WithLatency(d time.Duration) GeminiOption {
	return geminiOption(func(config *geminiConfig) { config.latency = d })
}

// WithKey accepts only this API key. Defaults to accepting any key, or any
// bearer token, as long as there is one.
func WithKey(key string) GeminiOption {
	return geminiOption(func(config *geminiConfig) { config.key = key })
}

// WithoutKeyCheck answers requests that carry no credentials too.
func WithoutKeyCheck() GeminiOption {
	return geminiOption(func(config *geminiConfig) { config.openToAll = true })
}

// WithModels answers only for these models, and 404 for all others. Defaults to
// answering for any name, and listing a few that exist.
func WithModels(names ...string) GeminiOption {
	return geminiOption(func(config *geminiConfig) { config.models = names })
}

// WithCachedContent gives the cached content of this resource name, such as
// cachedContents/prices, a number of text tokens. Names that the stand-in does
// not know count as [DefaultCachedTokens].
func WithCachedContent(name string, tokens int) GeminiOption {
	return geminiOption(func(config *geminiConfig) { config.cached[name] = tokens })
}
