// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Gemini is a stand-in for the Gemini API. It is an [http.Handler], and serves
// itself on a local port after Start. All methods may be called from many
// goroutines at once. Create it with [NewGemini] or [StartGemini].
type Gemini struct {
	config  geminiConfig
	faults  faults
	journal journal
	caches  caches
	ids     ids

	mu      sync.Mutex
	server  *http.Server
	url     string
	served  chan struct{} // closed when the server has returned
	closing chan struct{} // closed by Close
	closed  bool
	calls   sync.WaitGroup
}

// NewGemini returns a stand-in that answers through ServeHTTP only, until Start
// is called.
func NewGemini(opts ...GeminiOption) *Gemini {
	g := &Gemini{config: newGeminiConfig(opts), closing: make(chan struct{})}
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

// Start listens on a free port of 127.0.0.1 and serves until Close. It can be
// called once. The context is for the start only.
func (g *Gemini) Start(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.server != nil {
		return errors.New("start gemini stand-in: already started or closed")
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start gemini stand-in: %w", err)
	}
	g.url = "http://" + listener.Addr().String()
	g.served = make(chan struct{})
	g.server = &http.Server{
		Handler:           g,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // requests hold prompts and keys
	}
	go func(server *http.Server, served chan struct{}) {
		defer close(served)
		_ = server.Serve(listener) // returns when Close closes the listener
	}(g.server, g.served)
	return nil
}

// URL is the base URL, such as http://127.0.0.1:41234, without a trailing
// slash; empty before Start. After Close, connections to it are refused.
func (g *Gemini) URL() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.url
}

// Close stops the server, cuts the answers that are under way, and waits for
// them to end. It may be called more than once.
func (g *Gemini) Close() error {
	g.mu.Lock()
	server, served, first := g.server, g.served, !g.closed
	if first {
		g.closed = true
		close(g.closing)
	}
	g.mu.Unlock()

	var err error
	if server != nil && first {
		err = server.Close()
	}
	if served != nil {
		<-served
	}
	g.calls.Wait()
	return err
}

// Fail lets the next n requests that match the fault meet it; without end when n
// is negative. Faults are used up in the order in which they were added, each
// request meeting the first that matches.
func (g *Gemini) Fail(n int, fault Fault) { g.faults.add(n, fault) }

// Heal forgets all faults that are left.
func (g *Gemini) Heal() { g.faults.clear() }

// Exchanges returns every request so far, in the order of arrival, those under
// way included. An answer that a client has seen is in it.
func (g *Gemini) Exchanges() []Exchange { return g.journal.all() }

// Usage returns the sum of what all exchanges reported.
func (g *Gemini) Usage() Usage {
	var sum Usage
	exchanges := g.journal.all()
	for i := range exchanges {
		sum = sum.Add(exchanges[i].Usage)
	}
	return sum
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
		gemini: g, w: w, r: r, route: route,
		update: g.journal.open(newExchange(r, route)),
		enums:  enumsOf(r.URL.RawQuery),
		sse:    r.URL.Query().Get("alt") == "sse",
	}
	if !ok {
		c.fail(newAPIError(http.StatusNotFound, "There is nothing at this path."))
		return
	}
	c.serve()
}

// begin counts a call in, unless Close was called: Close waits for those that
// began before it.
func (g *Gemini) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.calls.Add(1)
	return true
}
