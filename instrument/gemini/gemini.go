// SPDX-License-Identifier: Apache-2.0

// Package gemini measures the calls of Google's Gen AI SDK,
// google.golang.org/genai, for the Gemini API and for Vertex AI.
//
//	client, err := genai.NewClient(ctx, nil)
//	err = gemini.Instrument(client)
//
// It hooks the HTTP client below the SDK, so that no call site changes: Models,
// Chats, Interactions and whatever else generates content or embeddings is
// covered. It knows this one SDK and nothing of spans or metrics: package
// instrument does the measuring.
//
// A call is what the application asked for once. What the SDK sends by itself to
// that end is part of it: retries, where the client has RetryOptions and always
// for Interactions, and the requests that have an answer go on which stopped
// before its end. Ranging over a stream twice is two calls, as the SDK asks
// twice. Requests under the context of [instrument.Start] are one call whatever
// they are.
//
// Retries after a lost connection are told from new calls by the RetryOptions
// that the client had when it was instrumented; where only a request's own
// options ask for them, each such attempt is a call of its own. Interactions are
// taken to be tried five times, as the SDK does by itself: where other options
// ask for fewer, what the application asks again within seconds of an error is
// taken for a further attempt.
//
// Not measured are the Live API, which is a websocket and no HTTP call,
// batches, whose usage comes with their results, and the models that make images
// and videos only: record those with [instrument.Start]. An interaction in the
// background is a call of unknown usage: what it used is known when it is done,
// and to ask for it then is no call.
package gemini

import (
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
)

// ErrClient says that a client cannot be instrumented.
var ErrClient = errors.New("cannot instrument gemini client")

// Instrument has all calls of the client measured from now on. Call it before
// the client is used; a second time changes nothing. It replaces the transport
// of the client's HTTP client, so whatever else uses that HTTP client is
// measured too.
//
// It returns an error that is [ErrClient] where the client is nil, or shares
// [http.DefaultClient] with the rest of the process.
func Instrument(client *genai.Client, opts ...instrument.Option) error {
	if client == nil {
		return fmt.Errorf("%w: it is nil", ErrClient)
	}
	below := client.ClientConfig().HTTPClient
	switch below {
	case nil:
		return fmt.Errorf("%w: it was not made by genai.NewClient", ErrClient)
	case http.DefaultClient:
		return fmt.Errorf("%w: it shares http.DefaultClient, give it an http.Client of its own", ErrClient)
	}
	policy := instrument.WithRetryPolicy(retryPolicy(client.ClientConfig().HTTPOptions.RetryOptions))
	opts = append([]instrument.Option{policy, instrument.ForProvider()}, opts...)
	below.Transport = instrument.NewTransport(below.Transport, opts...)
	return nil
}
