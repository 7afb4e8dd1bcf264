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
// baggage header has them, nor with [ForProvider] of any other. All other
// baggage stays.
//
// What a client sends again by itself belongs to the same call: after a
// redirect, after a failed attempt, or to have an answer go on that stopped
// before its end. Such a call waits for the next request, and is recorded when
// that has come to its end, when it is too late for it, or with the End of its
// analysis. A client that shows its caller an error has given up: what the
// application sends after that is a call of its own.
//
// Where nothing records a call when it begins, because it belongs to no
// analysis and no OpenTelemetry SDK is set up, it is not read at all; an SDK
// that is set up before it ends does not see it.
//
// A request under a span of another library that is a call to a model already
// is no second span: the call is written into that one, which its owner ends.
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
	config := newCallConfig(opts)
	return &transport{
		base: base, recorder: recorderFor(config.providers),
		bodies: config.bodies.orNil(), mayRetry: config.mayRetry, toProvider: config.toProvider,
	}
}

type transport struct {
	base     http.RoundTripper
	recorder *recorder
	bodies   *bodies
	mayRetry func(FailedAttempt) bool // nil for never

	toProvider bool // every request goes to a provider
}

// RoundTrip implements [http.RoundTripper]. Its result is that of the base.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	a := t.begin(req)
	if a == nil {
		return t.forward(req)
	}
	defer a.unwind()
	res, err := t.base.RoundTrip(a.request)
	a.answered(req, res, err)
	return res, err
}

// forward makes a request that is no call. Where it goes to a provider all the
// same, our members of baggage stay behind.
func (t *transport) forward(req *http.Request) (*http.Response, error) {
	if (!t.toProvider && !isRedirected(req)) || !hasBaggage(req) {
		return t.base.RoundTrip(req)
	}
	sent := t.withoutBaggage(req)
	if sent == nil {
		sent = req
	}
	res, err := t.base.RoundTrip(sent)
	if res != nil && res.Request == sent {
		res.Request = req // the copy is nobody else's business
	}
	return res, err
}

// withoutBaggage returns a copy of a request, or nil where that fails.
func (t *transport) withoutBaggage(req *http.Request) (sent *http.Request) {
	defer t.recorder.losses.contain()
	ctx := measuredContext{req.Context()}
	copied := req.WithContext(&ctx) //nolint:contextcheck // it is the caller's, with a mark
	hideBaggage(&ctx, copied)
	return copied
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
	if t.recorder.isIdle(req) {
		return nil
	}
	ctx := req.Context()
	exchange, ok := wire.Recognize(req)
	if !ok || isMeasured(ctx) {
		return nil
	}
	a := &attempt{tap: tap{exchange: exchange, losses: t.recorder.losses}, source: req, mayRetry: t.mayRetry}
	a.body = requestBody{ReadCloser: req.Body, tap: &a.tap}
	under := t.assign(ctx, a, req)
	if a.isUnseen() {
		a.call.span.End()
		a.tap.end()
		return nil
	}
	a.send(under, req)
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
	if a.call = redirectedCall(req); a.call == nil {
		a.takeUp(t.recorder)
	}
	if a.call != nil {
		return trace.ContextWithSpan(ctx, a.call.span)
	}
	if a.call = t.recorder.joinForeign(ctx, &known, req.URL); a.call != nil {
		return ctx
	}
	ctx, a.call = t.recorder.start(ctx, requestStart(&known, req.URL))
	return ctx
}

// requestStart is what a request shows of a call before it is sent.
func requestStart(known *wire.Request, to *url.URL) CallStart {
	return CallStart{
		Provider: known.Provider, Operation: known.Operation, Model: known.Model,
		ServerAddress: to.Hostname(), ServerPort: port(to),
	}
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
