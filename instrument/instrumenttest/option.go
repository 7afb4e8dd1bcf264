// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import "time"

// Option changes how a stand-in behaves.
type Option interface{ apply(*config) }

// GeminiOption is an [Option].
type GeminiOption = Option

type config struct {
	responder  Responder
	chunks     int
	chunkDelay time.Duration
	latency    time.Duration
	key        string
	openToAll  bool
	models     []string
	cached     map[string]int
}

func newConfig(opts []Option) config {
	config := config{responder: DefaultResponder, chunks: 4, cached: map[string]int{}}
	for _, opt := range opts {
		opt.apply(&config)
	}
	return config
}

type option func(*config)

func (o option) apply(config *config) { o(config) }

// WithResponder lets respond decide what the model says. Defaults to
// [DefaultResponder].
func WithResponder(respond Responder) Option {
	return option(func(config *config) { config.responder = respond })
}

// WithChunks sets over how many events a stream spreads the answer's text; a
// short text takes fewer. Defaults to 4.
func WithChunks(n int) Option {
	return option(func(config *config) { config.chunks = max(1, n) })
}

// WithChunkDelay sets the time between two events of a stream. Defaults to none.
func WithChunkDelay(d time.Duration) Option {
	return option(func(config *config) { config.chunkDelay = d })
}

// WithLatency sets the time before each answer. Defaults to none.
func WithLatency(d time.Duration) Option {
	return option(func(config *config) { config.latency = d })
}

// WithKey accepts only this API key. Defaults to accepting any key, or any
// bearer token, as long as there is one.
func WithKey(key string) Option {
	return option(func(config *config) { config.key = key })
}

// WithoutKeyCheck answers requests that carry no credentials too.
func WithoutKeyCheck() Option {
	return option(func(config *config) { config.openToAll = true })
}

// WithModels answers only for these models, and 404 for all others. Defaults to
// answering for any name, and listing a few that exist.
func WithModels(names ...string) Option {
	return option(func(config *config) { config.models = names })
}

// WithCachedContent gives the cached content of this name a number of text
// tokens. For [Gemini] it is a resource name, such as cachedContents/prices,
// whose tokens the prompt has beside its own; names that it does not know count
// as [DefaultCachedTokens]. For [OpenAI] it is a prompt_cache_key, and as many
// tokens of the prompt come from the cache as there are. [Anthropic] has none
// of it: there a request marks what is to be cached.
func WithCachedContent(name string, tokens int) Option {
	return option(func(config *config) { config.cached[name] = tokens })
}
