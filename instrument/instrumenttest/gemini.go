// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"net/http"
)

// Gemini is a stand-in for the Gemini API. It is an [http.Handler], and serves
// itself on a local port after Start. All methods may be called from many
// goroutines at once. Create it with [NewGemini] or [StartGemini].
type Gemini struct {
	standIn

	caches       caches
	interactions interactions
}

// NewGemini returns a stand-in that answers through ServeHTTP only, until Start
// is called.
func NewGemini(opts ...GeminiOption) *Gemini {
	g := &Gemini{}
	g.init(g, opts)
	g.caches.fixed = g.config.cached
	return g
}

// StartGemini returns a stand-in that listens on a free port of 127.0.0.1. Close
// it when done. The context is for the start only.
func StartGemini(ctx context.Context, opts ...GeminiOption) (*Gemini, error) {
	g := NewGemini(opts...)
	if err := g.Start(ctx); err != nil {
		return nil, err
	}
	return g, nil
}

// ServeHTTP implements [http.Handler].
func (g *Gemini) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.begin() {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer g.calls.Done()

	route, ok := parseRoute(r.Method, r.URL.Path)
	c := &call{
		answering: answering{server: &g.standIn, w: w, r: r, update: g.journal.open(newExchange(r, route))},
		gemini:    g, route: route,
		enums: enumsOf(r.URL.RawQuery),
		sse:   r.URL.Query().Get("alt") == "sse",
	}
	if !ok {
		c.fail(newAPIError(http.StatusNotFound, "There is nothing at this path."))
		return
	}
	c.serve()
}
