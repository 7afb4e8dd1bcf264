// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument/internal/wire"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// Call is one logical request to a provider that has been started, its retries
// and its whole stream included. Its methods may be called from many goroutines
// at once, and on nil, where they do nothing.
type Call struct {
	recorder *recorder
	analysis *Analysis
	ctx      context.Context
	span     trace.Span
	started  CallStart // what the span knew from its start
	gaps     gaps
	bodies   *bodies // what is done with the content that the application gives; nil for nothing

	mu        sync.Mutex
	ended     bool
	foreign   bool       // the span is another library's: not ours to end
	open      []*attempt // requests under way, of a call that Start opened
	tries     int        // requests for the same thing, the latest included, redirects not
	paused    time.Time  // when the last attempt ended, of a call that waits
	silent    bool       // an attempt may have used tokens and did not say how many
	record    analysis.Call
	lastChunk time.Time
	request   wire.Request // what the latest attempt asked for
	said      *said        // in the latest attempt
}

// CallStart says what is known of a call before it is made.
type CallStart struct {
	// Provider is the value of gen_ai.provider.name: "gcp.gemini", "openai".
	// Defaults to "_OTHER".
	Provider string
	// Operation is the value of gen_ai.operation.name. Defaults to "chat".
	Operation string
	// Model is the model that is asked.
	Model string
	// Type defaults to that of the context, and without one is inferred.
	Type CallType
	// Stream says that the answer comes in pieces.
	Stream bool
	// ServerAddress and ServerPort are the host that answers, where known.
	ServerAddress string
	ServerPort    int
}

// CallResult says how a call went. The zero CallResult is a call that worked,
// with the usage that its requests reported.
type CallResult struct {
	// Usage replaces what requests under the call's context reported, unless
	// it is the zero Usage. Its Status should say StatusReported,
	// StatusPartial or StatusEstimated; with StatusUnknown, which is the zero
	// value, and a count that is known it is taken to be reported. Counts
	// below zero are unknown.
	Usage Usage
	// Err is the error that the call returned. Only its class is kept, never
	// its text: "timeout", "canceled", or "_OTHER".
	Err error
	// ErrorType is the value of error.type, such as "429". It goes before Err.
	// A text that is no name, because it has spaces or is longer than 128
	// bytes, becomes "_OTHER": error messages must not leave.
	ErrorType string

	// What the provider said of its answer. Empty fields keep what requests
	// under the call's context reported.
	ResponseID    string
	ResponseModel string
	ServiceTier   string
	FinishReasons []string

	// Content is what was said, where the application has it: recorded where
	// the options of [Start] ask for that, and counted where they ask for
	// estimates and nothing else says what was used. It replaces what requests
	// under the call's context showed.
	Content Content
}

// Start opens a call that no transport sees, or one that takes more than one
// request. It returns a context to make the call under: requests through a
// transport of [NewTransport] under it become attempts of this call. Every
// call must be ended; until then it counts nowhere. What [WithBaggage] put into
// the context's baggage is not in that of the one returned.
func Start(ctx context.Context, start CallStart, opts ...Option) (context.Context, *Call) {
	config := newCallConfig(opts)
	ctx, call := recorderFor(config.providers).start(ctx, start)
	call.bodies = config.bodies.orNil()
	return context.WithValue(withoutBaggage(ctx), callKey, call), call
}

// Chunk says that a further piece of a stream has come. What a transport sees
// it notes by itself.
func (c *Call) Chunk() {
	if c != nil {
		c.chunks(1)
	}
}

// chunks notes pieces of a stream that came at once: the first of a call gives
// its time to first chunk, and each further one the time that it took.
func (c *Call) chunks(n int) {
	if n == 0 {
		return
	}
	now := time.Now()
	if since, ok := c.mark(now); ok {
		c.recorder.metrics.recordChunk(c, since)
	}
	for range n - 1 {
		c.recorder.metrics.recordChunk(c, 0)
	}
}

// mark notes the time of a piece and returns that since the one before, and
// false where there was none.
func (c *Call) mark(now time.Time) (since time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.lastChunk
	c.lastChunk = now
	if before.IsZero() && !c.ended && now.After(c.record.Start) {
		c.record.TimeToFirstChunk = now.Sub(c.record.Start)
	}
	return now.Sub(before), !before.IsZero()
}

// End ends the call and records it. Only the first End of a call counts.
// Requests that are still under way count as far as they came; whoever reads
// their answers reads on.
func (c *Call) End(result CallResult) {
	if c == nil {
		return
	}
	open, first := c.seal()
	if !first {
		return
	}
	for _, a := range open {
		a.finish(ending{by: byOthers})
	}
	c.complete(&result)
	c.recorder.publish(c)
}

// join takes in a request that begins, and reports false where the call has
// ended.
func (c *Call) join(a *attempt) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.open = append(c.open, a)
	return true
}

// seal lets no further request in and returns those under way. It reports
// whether this is the first end of the call.
func (c *Call) seal() (open []*attempt, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	open, first = c.open, !c.ended
	c.open, c.ended = nil, true
	return open, first
}

// absorb takes in an attempt that has ended. The latest attempt decides what
// the call was like; every attempt that reported usage used it.
func (c *Call) absorb(a *attempt, request wire.Request, response wire.Response, silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = slices.DeleteFunc(c.open, func(other *attempt) bool { return other == a })
	c.silent = c.silent || silent
	r := &c.record
	r.Attempts++
	if a.ownsCall { // and was not sent elsewhere
		c.tries++
	}
	c.request = request
	r.Stream = r.Stream || request.Stream
	r.RequestModel = cmp.Or(r.RequestModel, request.Model)
	r.ResponseModel = cmp.Or(response.Model, r.ResponseModel)
	r.ResponseID = cmp.Or(response.ID, r.ResponseID)
	r.ServiceTier = cmp.Or(response.ServiceTier, r.ServiceTier)
	r.FinishReasons = response.FinishReasons
	r.ErrorType = response.ErrorType
	r.Usage = addUsage(r.Usage, response.Usage)
}

// complete fills in the rest of a sealed call's record, which nobody changes
// afterwards.
func (c *Call) complete(result *CallResult) {
	r := &c.record
	r.End = c.paused
	if r.End.IsZero() {
		r.End = time.Now()
	}
	r.Attempts = max(1, r.Attempts)
	r.Type = c.callType()
	r.ResponseModel = cmp.Or(result.ResponseModel, r.ResponseModel)
	r.ResponseID = cmp.Or(result.ResponseID, r.ResponseID)
	r.ServiceTier = cmp.Or(serviceTier(result.ServiceTier), r.ServiceTier)
	if result.FinishReasons != nil {
		r.FinishReasons = result.FinishReasons
	}
	if result.ErrorType != "" || result.Err != nil {
		r.ErrorType = cmp.Or(errorName(result.ErrorType), errorType(c.ctx, result.Err, semconv.ErrorTypeOther))
	}
	if result.Usage != (Usage{}) {
		r.Usage = givenUsage(result.Usage)
	} else {
		r.Usage = c.usage()
	}
	c.hear(result.Content)
}

// callType is the application's, or else what the request shows.
func (c *Call) callType() CallType {
	return cmp.Or(c.record.Type, c.request.CallType, inferredType(c.record.Operation))
}

// usage is what all attempts reported, a lower bound where one did not.
func (c *Call) usage() Usage {
	u := c.record.Usage
	if c.silent && u.Status == StatusReported {
		u.Status = StatusPartial
	}
	return u
}

// pause keeps the call open after an attempt: that the next one is long in
// coming, or does not come, makes no call longer.
func (c *Call) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = time.Now()
}

// resume goes on with the call, after a number of requests for the same thing.
func (c *Call) resume(tries int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused, c.tries = time.Time{}, tries
}

// serviceTier returns a tier in our words; OpenAI's "default" is standard.
func serviceTier(tier string) string {
	if tier == "default" {
		return semconv.TierStandard
	}
	return tier
}

// inferredType is the type of a call of which only the operation is known.
func inferredType(operation string) CallType {
	if operation == semconv.OperationEmbeddings {
		return semconv.CallTypeEmbeddings
	}
	return semconv.CallTypeLLM
}
