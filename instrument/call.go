// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"cmp"
	"context"
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

	mu      sync.Mutex
	ended   bool
	record  analysis.Call
	request wire.Request // what the latest attempt asked for
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
	// value, and a count that is known it is taken to be reported.
	Usage Usage
	// Err is the error that the call returned. Only its class is kept, never
	// its text: "timeout", "canceled", or "_OTHER".
	Err error
	// ErrorType is the value of error.type, such as "429". It goes before Err.
	ErrorType string

	// What the provider said of its answer. Empty fields keep what requests
	// under the call's context reported.
	ResponseID    string
	ResponseModel string
	ServiceTier   string
	FinishReasons []string
}

// Start opens a call that no transport sees, or one that takes more than one
// request. It returns a context to make the call under: requests through a
// transport of [NewTransport] under it become attempts of this call. Every
// call must be ended; until then it counts nowhere.
func Start(ctx context.Context, start CallStart, opts ...Option) (context.Context, *Call) {
	ctx, call := recorderFor(newProviders(opts)).start(ctx, start)
	return context.WithValue(ctx, callKey, call), call
}

// FirstChunk says that the first piece of a stream has come. Only the first
// time counts; what a transport sees it notes by itself.
func (c *Call) FirstChunk() {
	if c == nil {
		return
	}
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.firstChunk(now)
}

// End ends the call and records it. Only the first End of a call counts.
func (c *Call) End(result CallResult) {
	if c == nil || !c.close(&result) {
		return
	}
	c.recorder.publish(c)
}

// isOpen tells whether requests may still become attempts of the call.
func (c *Call) isOpen() bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.ended
}

func (c *Call) firstChunk(at time.Time) {
	if !c.ended && c.record.TimeToFirstChunk == 0 && at.After(c.record.Start) {
		c.record.TimeToFirstChunk = at.Sub(c.record.Start)
	}
}

// absorb takes in one attempt. The latest attempt decides what the call was
// like; every attempt that reported usage used it.
func (c *Call) absorb(request wire.Request, response wire.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		countLoss(lossLateAttempt)
		return
	}
	r := &c.record
	r.Attempts++
	c.request = request
	r.Stream = r.Stream || request.Stream
	r.RequestModel = cmp.Or(r.RequestModel, request.Model)
	r.ResponseModel = cmp.Or(response.Model, r.ResponseModel)
	r.ResponseID = cmp.Or(response.ID, r.ResponseID)
	r.ServiceTier = cmp.Or(response.ServiceTier, r.ServiceTier)
	r.FinishReasons = response.FinishReasons
	r.ErrorType = response.ErrorType
	r.Usage = addUsage(r.Usage, response.Usage)
	if !response.FirstChunk.IsZero() {
		c.firstChunk(response.FirstChunk)
	}
}

// close completes the record, once. Nobody changes it afterwards.
func (c *Call) close(result *CallResult) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.ended = true
	r := &c.record
	r.End = time.Now()
	r.Attempts = max(1, r.Attempts)
	r.Type = cmp.Or(r.Type, c.request.CallType, inferredType(r.Operation))
	r.ResponseModel = cmp.Or(result.ResponseModel, r.ResponseModel)
	r.ResponseID = cmp.Or(result.ResponseID, r.ResponseID)
	r.ServiceTier = cmp.Or(result.ServiceTier, r.ServiceTier)
	if result.FinishReasons != nil {
		r.FinishReasons = result.FinishReasons
	}
	if result.ErrorType != "" || result.Err != nil {
		r.ErrorType = cmp.Or(result.ErrorType, errorType(c.ctx, result.Err, semconv.ErrorTypeOther))
	}
	if usage, ok := givenUsage(result.Usage); ok {
		r.Usage = usage
	}
	return true
}

// inferredType is the type of a call of which only the operation is known.
func inferredType(operation string) CallType {
	if operation == semconv.OperationEmbeddings {
		return semconv.CallTypeEmbeddings
	}
	return semconv.CallTypeLLM
}
