// SPDX-License-Identifier: Apache-2.0

package instrument

import "net/http"

// NewMiddleware returns what [NewTransport] does as a function that makes a
// request through next, for clients that take such functions instead of a
// transport. It may be used by many goroutines at once.
//
// next has the part of the base transport: it makes one request, redirects and
// all. A client that sends a request again calls the function again.
func NewMiddleware(opts ...Option) func(
	req *http.Request, next func(*http.Request) (*http.Response, error),
) (*http.Response, error) {
	measured, _ := NewTransport(nextFunc(nil), append([]Option{ForProvider()}, opts...)...).(*transport)
	return func(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		t := *measured
		t.base = nextFunc(next)
		return t.RoundTrip(req)
	}
}

// nextFunc is a function in the part of a transport.
type nextFunc func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f nextFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
