// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"sync"
	"time"
)

// Fault is something that goes wrong with a request. Set Delay, and at most one
// of Status, BlockReason, Cut, Reset and Garbage. The zero value changes nothing: it
// lets one request pass.
type Fault struct {
	// Match chooses the requests the fault is for. Nil matches every request.
	// It must not call the stand-in it was given to.
	Match func(Request) bool
	// Delay is how long the request waits before anything is answered. It ends
	// early when the client gives up.
	Delay time.Duration
	// Status is the HTTP status of the error to answer, such as 429 or 503.
	Status int
	// RetryAfter is sent with Status: as header, in whole seconds, and as
	// Google's RetryInfo; by [OpenAI] and [Anthropic] in milliseconds too.
	RetryAfter time.Duration
	// MidStream sends the error of Status inside a stream that began with 200,
	// once After events are through. A unary request gets the plain error.
	MidStream bool
	// BlockReason, such as SAFETY, answers a generate request as a blocked
	// prompt: a 200 that reports the prompt's tokens and has no candidates. Only
	// [Gemini] has such answers; the others answer as ever.
	BlockReason string
	// Cut closes the connection in the middle of the event that follows After
	// whole ones, or of a unary body. A stream with no more than After events
	// is cut in its last one.
	Cut bool
	// After is how many events a stream sends whole before MidStream or Cut.
	After int
	// Reset closes the connection before anything is answered.
	Reset bool
	// Garbage answers 200 and a body that is no JSON.
	Garbage bool
}

// FailingModel matches the requests to one model; for [Fault.Match].
func FailingModel(model string) func(Request) bool {
	return func(req Request) bool { return req.Model == model }
}

// faults is the script of what goes wrong. It may be used by many goroutines.
type faults struct {
	mu     sync.Mutex
	script []scripted
}

type scripted struct {
	fault Fault
	left  int // below 0: without end
}

func (f *faults) add(n int, fault Fault) {
	if n == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = append(f.script, scripted{fault, n})
}

// take uses up the first fault that matches. The script is locked meanwhile, so
// that a fault for one request never meets two.
func (f *faults) take(req Request) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.script {
		next := &f.script[i]
		if next.fault.Match != nil && !next.fault.Match(req) {
			continue
		}
		fault := next.fault
		next.left--
		if next.left == 0 {
			f.script = append(f.script[:i], f.script[i+1:]...)
		}
		return fault
	}
	return Fault{}
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = nil
}
