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
// What the SDK sends again by itself, as it does without limit after a 503, is
// one call with all its attempts. It reads every answer, so that a failed one
// shows only after some seconds, or with the End of its analysis, that it was
// the last. Cached contents go over gRPC and cost nothing by the call.
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
	opts = append([]instrument.Option{instrument.WithRetryPolicy(mayRetry), instrument.ForProvider()}, opts...)
	return []option.ClientOption{
		option.WithAPIKey(apiKey), // for gRPC; HTTP ignores it beside a client
		option.WithHTTPClient(&http.Client{Transport: instrument.NewTransport(transport, opts...)}),
		option.WithTelemetryDisabled(),
	}
}

// mayRetry says what the SDK does after a failure: it sends everything but
// streams again after a 503, until its context ends.
func mayRetry(failed instrument.FailedAttempt) bool {
	return failed.Status == http.StatusServiceUnavailable && !failed.Stream
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
