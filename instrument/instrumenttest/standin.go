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

// standIn is what every stand-in is made of, whatever API it speaks: a server on
// a local port, a script of faults, and a journal. All methods may be called
// from many goroutines at once.
type standIn struct {
	config  config
	handler http.Handler
	faults  faults
	journal journal
	ids     ids

	mu      sync.Mutex
	server  *http.Server
	url     string
	served  chan struct{} // closed when the server has returned
	closing chan struct{} // closed by Close
	closed  bool
	calls   sync.WaitGroup
}

// init prepares a stand-in whose requests handler answers.
func (s *standIn) init(handler http.Handler, opts []Option) {
	s.config, s.handler, s.closing = newConfig(opts), handler, make(chan struct{})
}

// Start listens on a free port of 127.0.0.1 and serves until Close. It can be
// called once. The context is for the start only.
func (s *standIn) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.server != nil {
		return errors.New("start stand-in: already started or closed")
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start stand-in: %w", err)
	}
	s.url = "http://" + listener.Addr().String()
	s.served = make(chan struct{})
	s.server = &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: time.Minute,                // a thousand clients at once may have to wait
		ErrorLog:          log.New(io.Discard, "", 0), // requests hold prompts and keys
	}
	go func(server *http.Server, served chan struct{}) {
		defer close(served)
		_ = server.Serve(listener) // returns when Close closes the listener
	}(s.server, s.served)
	return nil
}

// URL is the base URL, such as http://127.0.0.1:41234, without a trailing
// slash; empty before Start. After Close, connections to it are refused.
func (s *standIn) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.url
}

// Close stops the server, cuts the answers that are under way, and waits for
// them to end. It may be called more than once.
func (s *standIn) Close() error {
	s.mu.Lock()
	server, served, first := s.server, s.served, !s.closed
	if first {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()

	var err error
	if server != nil && first {
		err = server.Close()
	}
	if served != nil {
		<-served
	}
	s.calls.Wait()
	return err
}

// Fail lets the next n requests that match the fault meet it; without end when n
// is negative. Faults are used up in the order in which they were added, each
// request meeting the first that matches.
func (s *standIn) Fail(n int, fault Fault) { s.faults.add(n, fault) }

// Heal forgets all faults that are left.
func (s *standIn) Heal() { s.faults.clear() }

// Exchanges returns every request so far, in the order of arrival, those under
// way included. An answer that a client has seen is in it.
func (s *standIn) Exchanges() []Exchange { return s.journal.all() }

// Usage returns the sum of what all exchanges reported.
func (s *standIn) Usage() Usage {
	var sum Usage
	exchanges := s.journal.all()
	for i := range exchanges {
		sum = sum.Add(exchanges[i].Usage)
	}
	return sum
}

// begin counts a call in, unless Close was called: Close waits for those that
// began before it.
func (s *standIn) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.calls.Add(1)
	return true
}
