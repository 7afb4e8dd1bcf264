// SPDX-License-Identifier: Apache-2.0

package exampletest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// What must not leave.
const (
	keyCanary    = "canary-key-4711"
	answerCanary = "canary-answer-4712"
)

// Result is what one run of an example left behind.
type Result struct {
	Summary  instrument.Summary
	StandIns *example.StandIns
	Spans    []Span

	mu      sync.Mutex
	prompts []string
}

// Run runs an example once against stand-ins of its own.
func Run(
	t *testing.T, r *Recorder, respond instrumenttest.Responder,
	analyze func(context.Context, example.Providers) (instrument.Summary, error),
) *Result {
	t.Helper()
	result := &Result{}
	standIns, err := example.StartStandIns(t.Context(),
		instrumenttest.WithKey(keyCanary), instrumenttest.WithResponder(result.listen(respond)),
		instrumenttest.WithChunkDelay(time.Millisecond)) // so that a stream comes in pieces
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, standIns.Close()) })
	at := standIns.Providers()
	at.OpenAI.Key, at.Gemini.Key = keyCanary, keyCanary

	result.StandIns = standIns
	result.Summary, err = analyze(t.Context(), at)
	require.NoError(t, err)
	for _, s := range r.trace(result.traceID(t)) {
		result.Spans = append(result.Spans, newSpan(s))
	}
	return result
}

// listen notes the prompts and marks the answers.
func (r *Result) listen(respond instrumenttest.Responder) instrumenttest.Responder {
	return func(req instrumenttest.Request) instrumenttest.Answer {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.prompts = append(r.prompts, req.Prompt)
		answer := respond(req)
		if answer.Text != "" {
			answer.Text += " " + answerCanary
		}
		return answer
	}
}

func (r *Result) traceID(t *testing.T) trace.TraceID {
	t.Helper()
	require.NotEmpty(t, r.Summary.Breakdowns)
	return trace.TraceID(r.Summary.Breakdowns[0].Details[0].Key.Trace)
}

// Calls returns the spans that the ledger takes for calls.
func (r *Result) Calls() []Span {
	var calls []Span
	for _, s := range r.Spans {
		if s.isCall() {
			calls = append(calls, s)
		}
	}
	return calls
}
