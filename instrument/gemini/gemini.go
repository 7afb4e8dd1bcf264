// SPDX-License-Identifier: Apache-2.0

// Package gemini measures the calls of Google's Gen AI SDK,
// google.golang.org/genai, for the Gemini API and for Vertex AI.
//
//	client, err := genai.NewClient(ctx, nil)
//	err = gemini.Instrument(client)
//
// It hooks the HTTP client below the SDK, so that no call site changes: Models,
// Chats and whatever else generates content or embeddings is covered. It knows
// this one SDK and nothing of spans or metrics: package instrument does the
// measuring.
//
// Each request is a call, one that the SDK makes again or continues by itself
// too, unless it is made under the context of [instrument.Start].
//
// Not measured are the Live API, which is a websocket and no HTTP call,
// batches, whose usage comes with their results, Interactions, and the models
// that make images and videos only: record those with [instrument.Start].
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
	below.Transport = instrument.NewTransport(below.Transport, opts...)
	return nil
}
