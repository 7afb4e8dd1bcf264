// SPDX-License-Identifier: Apache-2.0

// Package openai measures the calls of OpenAI's SDK,
// github.com/openai/openai-go/v3, for OpenAI and for every service that speaks
// as OpenAI does.
//
//	client := openai.NewClient(spanledger.Options()...)
//
// It hooks a middleware into the SDK, so that no call site changes: chat
// completions, responses and embeddings are covered, and an HTTP client of your
// own stays in place. It knows this one SDK and nothing of spans or metrics:
// package instrument does the measuring. Requests are never changed.
//
// # Streams of chat completions
//
// OpenAI reports the usage of a streamed chat completion only where the request
// asks for it; elsewhere its tokens are unknown, not zero. This line asks:
//
//	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
//
// Responses report it always.
//
// Not measured are realtime connections, which are websockets and no HTTP calls,
// batches, whose usage comes with their results, and the models that make
// images, sound and video only: record those with [instrument.Start].
package openai

import (
	"github.com/openai/openai-go/v3/option"

	"github.com/spanledger/spanledger/instrument"
)

// Options returns the options for openai.NewClient that have all calls of the
// client measured. Add your own options before or after them in any order; a
// middleware of yours that comes after them works below the measuring, and one
// that comes before them above it.
func Options(opts ...instrument.Option) []option.RequestOption {
	return []option.RequestOption{option.WithMiddleware(instrument.NewMiddleware(opts...))}
}
