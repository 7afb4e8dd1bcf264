// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument/internal/wire"
)

// NewTransport returns a transport that measures the calls to language models
// that go through it, and passes everything else on untouched. A nil base
// stands for [http.DefaultTransport]. It may be used by many goroutines at
// once, as base may.
//
// A call is one span of kind CLIENT, from the request to the end of its
// response: until the body was read to its end, was closed, could not be read
// any further, or the request's context was done. What fails is a call too,
// with its error.type. Requests are recognized by their path, so that proxies
// and local stand-ins work.
//
// Members of baggage that [WithBaggage] writes do not go to the provider: of a
// request that is recognized, neither what base sees of the context nor the
// baggage header has them. All other baggage stays.
//
// A redirect that an [http.Client] follows is part of the same call.
//
// Requests under the context of a [Call] that [Start] opened are attempts of
// that call and no calls of their own. A request that passes several such
// transports counts once, at the first; a transport that NewTransport made is
// returned as it is.
func NewTransport(base http.RoundTripper, opts ...Option) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	if measured, ok := base.(*transport); ok {
		return measured
	}
	p := newProviders(opts)
	return &transport{base: base, recorder: recorderFor(p), bodies: p.bodies.orNil()}
}

type transport struct {
	base     http.RoundTripper
	recorder *recorder
	bodies   *bodies
}

// RoundTrip implements [http.RoundTripper]. Its result is that of the base.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	a := t.begin(req)
	if a == nil {
		return t.base.RoundTrip(req)
	}
	defer a.unwind()
	res, err := t.base.RoundTrip(a.request)
	a.answered(req, res, err)
	return res, err
}

// CloseIdleConnections passes on what [http.Client] asks of its transport.
func (t *transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// begin returns the attempt that the request is, or nil where it is none.
func (t *transport) begin(req *http.Request) *attempt {
	defer t.recorder.losses.contain()
	ctx := req.Context()
	exchange, ok := wire.Recognize(req)
	if !ok || isMeasured(ctx) {
		return nil
	}
	a := &attempt{tap: tap{exchange: exchange, losses: t.recorder.losses}}
	a.send(t.assign(ctx, a, req), req)
	a.tap.copies = t.bodies.copiesFor(a.call, req)
	return a
}

// assign finds the call that the attempt belongs to, or opens one, and returns
// the context to make the request under.
func (t *transport) assign(ctx context.Context, a *attempt, req *http.Request) context.Context {
	known := a.tap.request()
	a.stream = known.Stream
	a.call = callFromContext(ctx)
	if a.call.join(a) {
		return ctx
	}
	a.ownsCall = true
	a.call = redirectedCall(req)
	if a.call != nil {
		return trace.ContextWithSpan(ctx, a.call.span)
	}
	ctx, a.call = t.recorder.start(ctx, CallStart{
		Provider: known.Provider, Operation: known.Operation, Model: known.Model,
		ServerAddress: req.URL.Hostname(), ServerPort: port(req.URL),
	})
	return ctx
}

// port returns the port that a URL leads to, or 0 where it is not known.
func port(u *url.URL) int {
	if text := u.Port(); text != "" {
		n, _ := strconv.Atoi(text) // 0 where it is none
		return n
	}
	switch u.Scheme {
	case "https":
		return 443
	case "http":
		return 80
	}
	return 0
}
