// SPDX-License-Identifier: Apache-2.0

// Package generativeai measures the calls of Google's earlier Gemini SDK,
// github.com/google/generative-ai-go, and keeps its API key out of URLs.
//
//	client, err := genai.NewClient(ctx, generativeai.ClientOptions(apiKey)...)
//
// It puts an HTTP client below the SDK, so that no call site changes. It knows
// this one SDK and nothing of spans or metrics: package instrument does the
// measuring.
//
// A request that the SDK sends again, as it does after a 503, is a call of its
// own, unless it is made under the context of [instrument.Start]. Cached
// contents go over gRPC and cost nothing by the call.
package generativeai

import (
	"net/http"

	"google.golang.org/api/option"

	"github.com/spanledger/spanledger/instrument"
)

// ClientOptions returns the options for genai.NewClient that authenticate with
// the API key and have all calls measured. Append your own options to them,
// such as option.WithEndpoint; leave out option.WithAPIKey and
// option.WithHTTPClient.
//
// The key goes out in the header x-goog-api-key, never in a URL, where the SDK
// would put it by itself and every trace of HTTP requests would show it. The
// SDK's own traces are switched off. With an empty key NewClient returns its
// error about the missing key.
func ClientOptions(apiKey string, opts ...instrument.Option) []option.ClientOption {
	if apiKey == "" {
		return []option.ClientOption{option.WithAPIKey("")}
	}
	transport := &keyTransport{key: apiKey, base: http.DefaultTransport}
	return []option.ClientOption{
		option.WithAPIKey(apiKey), // for gRPC; HTTP ignores it beside a client
		option.WithHTTPClient(&http.Client{Transport: instrument.NewTransport(transport, opts...)}),
		option.WithTelemetryDisabled(),
	}
}

// keyTransport authenticates requests.
type keyTransport struct {
	key  string
	base http.RoundTripper
}

// RoundTrip implements [http.RoundTripper]. A request that follows a redirect
// gets no key: it may lead anywhere.
func (t *keyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Response != nil {
		return t.base.RoundTrip(req)
	}
	authenticated := *req
	authenticated.Header = req.Header.Clone()
	if authenticated.Header == nil {
		authenticated.Header = make(http.Header, 1)
	}
	authenticated.Header.Set("X-Goog-Api-Key", t.key)
	return t.base.RoundTrip(&authenticated)
}
