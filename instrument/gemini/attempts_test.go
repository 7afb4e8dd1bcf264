// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

const model = "gemini-2.0-flash"

// retrying are options that lose no time.
func retrying() *genai.HTTPRetryOptions {
	return &genai.HTTPRetryOptions{InitialDelay: new(0.0), Jitter: new(0.0)}
}

// measured is a client of a stand-in, in one analysis.
type measured struct {
	*genai.Client
	t        *testing.T
	fake     *instrumenttest.Gemini
	spans    *tracetest.SpanRecorder
	analysis *instrument.Analysis
}

func measure(
	t *testing.T, retries *genai.HTTPRetryOptions, opts ...instrumenttest.GeminiOption,
) (context.Context, *measured) {
	t.Helper()
	fake, err := instrumenttest.StartGemini(t.Context(), opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: "any", Backend: genai.BackendGeminiAPI, HTTPClient: &http.Client{Transport: base},
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL(), RetryOptions: retries},
	})
	require.NoError(t, err)
	m := &measured{Client: client, t: t, fake: fake, spans: tracetest.NewSpanRecorder()}
	tracers := trace.NewTracerProvider(trace.WithSpanProcessor(m.spans))
	require.NoError(t, gemini.Instrument(client, instrument.WithTracerProvider(tracers)))
	ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name(), instrument.WithTracerProvider(tracers))
	t.Cleanup(analysis.End)
	m.analysis = analysis
	return ctx, m
}

func (m *measured) generate(ctx context.Context) error {
	_, err := m.Models.GenerateContent(ctx, model, genai.Text("Hello there"), nil)
	return err //nolint:wrapcheck // it is looked at as it is
}

// stream reads a stream to its end.
func (m *measured) stream(ctx context.Context) (err error) {
	for _, err = range m.Models.GenerateContentStream(ctx, model, genai.Text("Hello there"), nil) {
		if err != nil {
			return err
		}
	}
	return nil
}

// attribute returns an attribute of the call's span as text.
func attribute(s trace.ReadOnlySpan, key string) string {
	for _, kv := range s.Attributes() {
		if string(kv.Key) == key {
			return kv.Value.String()
		}
	}
	return ""
}

// isOneCall expects one call over all requests, and the sum of their usage.
func (m *measured) isOneCall(failure string) instrument.CallDetail {
	m.t.Helper()
	exchanges, want, ended := m.fake.Exchanges(), m.fake.Usage(), m.spans.Ended()
	require.Len(m.t, ended, 1)
	require.Equal(m.t, strconv.Itoa(len(exchanges)), attribute(ended[0], "spanledger.call.attempts"))
	require.Equal(m.t, failure, attribute(ended[0], "error.type"))
	s := m.analysis.Summary()
	require.EqualValues(m.t, 1, s.Calls)
	require.EqualValues(m.t, want.Input(), s.Input)
	require.EqualValues(m.t, want.Output(), s.Output)
	detail := s.Breakdowns[0].Details[0]
	require.Len(m.t, exchanges, detail.Attempts)
	require.Equal(m.t, failure, detail.ErrorType)
	return detail
}

var bothWays = map[string]func(*measured, context.Context) error{
	"Unary": (*measured).generate, "Stream": (*measured).stream,
}

func eachWay(t *testing.T, test func(t *testing.T, ask func(*measured, context.Context) error)) {
	t.Helper()
	for name, ask := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, ask)
		})
	}
}

func TestInstrument_Retries(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]instrumenttest.Fault{
		"Unavailable": {Status: 503}, "TooMany": {Status: 429}, "Reset": {Reset: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachWay(t, func(t *testing.T, ask func(*measured, context.Context) error) {
				t.Helper()
				ctx, m := measure(t, retrying())
				m.fake.Fail(2, fault)
				require.NoError(t, ask(m, ctx))
				require.Len(t, m.fake.Exchanges(), 3)
				m.isOneCall("")
			})
		})
	}
}

func TestInstrument_RetriesExhausted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault   instrumenttest.Fault
		failure string
	}{
		"Unavailable": {instrumenttest.Fault{Status: 503}, "503"},
		"Reset":       {instrumenttest.Fault{Reset: true}, "connection_error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachWay(t, func(t *testing.T, ask func(*measured, context.Context) error) {
				t.Helper()
				ctx, m := measure(t, retrying())
				m.fake.Fail(-1, tt.fault)
				require.Error(t, ask(m, ctx))
				require.Len(t, m.fake.Exchanges(), 5)
				m.isOneCall(tt.failure)
			})
		})
	}
}

// TestInstrument_RetriesOfTheApplication are calls of their own.
func TestInstrument_RetriesOfTheApplication(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]instrumenttest.Fault{"Unavailable": {Status: 503}, "Reset": {Reset: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, m := measure(t, nil)
			m.fake.Fail(1, fault)
			require.Error(t, m.generate(ctx))
			require.EqualValues(t, 1, m.analysis.Summary().Failed, "at once")
			require.NoError(t, m.generate(ctx))
			require.EqualValues(t, 2, m.analysis.Summary().Calls)
		})
	}
}

// TestInstrument_RetriesOfOneRequest asks for retries with the request alone,
// and for a status that is none to try again after by itself.
func TestInstrument_RetriesOfOneRequest(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil)
	m.fake.Fail(1, instrumenttest.Fault{Status: 503})
	_, err := m.Models.GenerateContent(ctx, model, genai.Text("Hi"), &genai.GenerateContentConfig{
		HTTPOptions: &genai.HTTPOptions{RetryOptions: retrying()},
	})
	require.NoError(t, err)
	m.isOneCall("")
}

func TestInstrument_RetriesOfOtherStatuses(t *testing.T) {
	t.Parallel()
	options := retrying()
	options.HTTPStatusCodes, options.Attempts = []int32{404}, new(int32(2))
	ctx, m := measure(t, options)
	m.fake.Fail(1, instrumenttest.Fault{Status: 404})
	require.NoError(t, m.generate(ctx))
	m.isOneCall("")
}

// TestInstrument_CanceledWhileWaiting ends the call as its last attempt.
func TestInstrument_CanceledWhileWaiting(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, &genai.HTTPRetryOptions{InitialDelay: new(60.0)})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m.fake.Fail(-1, instrumenttest.Fault{Status: 503})
	returned := make(chan error, 1)
	go func() { returned <- m.generate(ctx) }()
	require.Eventually(t, func() bool {
		exchanges := m.fake.Exchanges()
		return len(exchanges) == 1 && exchanges[0].Complete
	}, 10*time.Second, time.Millisecond)
	cancel()
	require.Error(t, <-returned, "that of the context, or where it was sooner, of the attempt")
	require.Eventually(t, func() bool { return len(m.spans.Ended()) == 1 }, 10*time.Second, time.Millisecond)
	require.Contains(t, []string{"503", "canceled"}, attribute(m.spans.Ended()[0], "error.type"))
}

// inPieces answers over three requests.
func inPieces(instrumenttest.Request) instrumenttest.Answer {
	return instrumenttest.Answer{Text: "The price goes up. It goes down. It stays where it is.", Pieces: 3}
}

func TestInstrument_Continuation(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, ask func(*measured, context.Context) error) {
		t.Helper()
		ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces))
		require.NoError(t, ask(m, ctx))
		require.Len(t, m.fake.Exchanges(), 3)
		detail := m.isOneCall("")
		require.Equal(t, []string{"stop"}, detail.FinishReasons)
		require.Equal(t, instrument.StatusReported, detail.Usage.Status)
	})
}

// TestInstrument_ContinuationWithTimeout gives each request a context of its
// own, which ends before the next begins.
func TestInstrument_ContinuationWithTimeout(t *testing.T) {
	t.Parallel()
	inTime := func() *genai.GenerateContentConfig { // the SDK writes into it
		return &genai.GenerateContentConfig{HTTPOptions: &genai.HTTPOptions{Timeout: new(time.Minute)}}
	}
	t.Run("Unary", func(t *testing.T) {
		t.Parallel()
		ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces))
		_, err := m.Models.GenerateContent(ctx, model, genai.Text("Hello there"), inTime())
		require.NoError(t, err)
		require.Len(t, m.fake.Exchanges(), 3)
		m.isOneCall("")
	})
	t.Run("Stream", func(t *testing.T) {
		t.Parallel()
		ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces))
		for _, err := range m.Models.GenerateContentStream(ctx, model, genai.Text("Hello there"), inTime()) {
			require.NoError(t, err)
		}
		require.Len(t, m.fake.Exchanges(), 3)
		m.isOneCall("")
	})
}

// TestInstrument_ContinuationWithFailures has a stream dropped in the middle,
// the request for the rest of it refused, and one that brings nothing.
func TestInstrument_ContinuationWithFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		faults    []instrumenttest.Fault
		exchanges int
	}{
		"Dropped":      {[]instrumenttest.Fault{{Cut: true, After: 1}}, 3},
		"DroppedTwice": {[]instrumenttest.Fault{{Cut: true, After: 1}, {Cut: true, After: 1}}, 3},
		"Refused":      {[]instrumenttest.Fault{{}, {Status: 503}}, 4},
		"Reset":        {[]instrumenttest.Fault{{}, {Reset: true}}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, m := measure(t, retrying(), instrumenttest.WithResponder(inPieces), instrumenttest.WithChunks(2))
			for _, fault := range tt.faults {
				m.fake.Fail(1, fault)
			}
			require.NoError(t, m.stream(ctx))
			require.Len(t, m.fake.Exchanges(), tt.exchanges)
			m.isOneCall("")
		})
	}
}

// TestInstrument_ContinuationLeft has the consumer leave a stream that could go
// on: nothing waits for that.
func TestInstrument_ContinuationLeft(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces))
	for _, err := range m.Models.GenerateContentStream(ctx, model, genai.Text("Hi"), nil) {
		require.NoError(t, err)
		break
	}
	require.EqualValues(t, 1, m.analysis.Summary().Calls)
}

// TestInstrument_ContinuationSwitchedOff waits in vain, and ends at the latest
// with the analysis.
func TestInstrument_ContinuationSwitchedOff(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces))
	_, err := m.Models.GenerateContent(ctx, model, genai.Text("Hi"),
		&genai.GenerateContentConfig{AutomaticContinuation: new(false)})
	require.NoError(t, err)
	m.analysis.End()
	s := m.analysis.Summary()
	require.EqualValues(t, 1, s.Calls)
	require.Equal(t, []string{"continuation"}, s.Breakdowns[0].Details[0].FinishReasons)
}

// TestInstrument_ChatsContinue goes through a chat.
func TestInstrument_ChatsContinue(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, retrying(), instrumenttest.WithResponder(inPieces))
	m.fake.Fail(1, instrumenttest.Fault{Status: 503})
	chat, err := m.Chats.Create(ctx, model, nil, nil)
	require.NoError(t, err)
	_, err = chat.SendMessage(ctx, genai.Part{Text: "Hi"})
	require.NoError(t, err)
	require.Len(t, m.fake.Exchanges(), 4)
	m.isOneCall("")
}

// TestInstrument_StreamTwice ranges over the same stream again, which asks
// again.
func TestInstrument_StreamTwice(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil)
	stream := m.Models.GenerateContentStream(ctx, model, genai.Text("Hi"), nil)
	for range 2 {
		for _, err := range stream {
			require.NoError(t, err)
		}
	}
	require.Len(t, m.fake.Exchanges(), 2)
	require.EqualValues(t, 2, m.analysis.Summary().Calls)
	require.EqualValues(t, m.fake.Usage().Input(), m.analysis.Summary().Input)
}

// TestInstrument_NoCalls costs nothing.
func TestInstrument_NoCalls(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil)
	_, err := m.Models.CountTokens(ctx, model, genai.Text("Hi"), nil)
	require.NoError(t, err)
	cache, err := m.Caches.Create(ctx, model, &genai.CreateCachedContentConfig{Contents: genai.Text("Hi")})
	require.NoError(t, err)
	_, err = m.Caches.Delete(ctx, cache.Name, nil)
	require.NoError(t, err)
	require.Len(t, m.fake.Exchanges(), 3)
	require.Zero(t, m.analysis.Summary().Calls)
	require.Empty(t, m.spans.Ended())
}

// TestInstrument_ModelNames are given in every form.
func TestInstrument_ModelNames(t *testing.T) {
	t.Parallel()
	for name, asked := range map[string]string{"Bare": model, "Resource": "models/" + model} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, m := measure(t, nil)
			_, err := m.Models.GenerateContent(ctx, asked, genai.Text("Hi"), nil)
			require.NoError(t, err)
			require.Equal(t, model, m.isOneCall("").RequestModel)
		})
	}
}

// TestInstrument_RetriesAtOnce has many calls at once under one context, each
// refused and continued some times.
func TestInstrument_RetriesAtOnce(t *testing.T) {
	t.Parallel()
	const calls = 100
	ctx, m := measure(t, retrying(), instrumenttest.WithResponder(inPieces))
	m.fake.Fail(calls/2, instrumenttest.Fault{Status: 503})
	m.fake.Fail(calls/4, instrumenttest.Fault{Reset: true})
	var all sync.WaitGroup
	failed := make(chan error, calls)
	for i := range calls {
		all.Go(func() {
			ask := bothWays[[]string{"Unary", "Stream"}[i%2]]
			failed <- ask(m, ctx)
		})
	}
	all.Wait()
	close(failed)
	gaveUp := 0
	for err := range failed {
		if err != nil {
			gaveUp++
		}
	}
	m.analysis.End()
	s := m.analysis.Summary()
	require.EqualValues(t, calls, s.Calls)
	require.EqualValues(t, gaveUp, s.Failed)
	require.EqualValues(t, m.fake.Usage().Input(), s.Input)
	require.EqualValues(t, m.fake.Usage().Output(), s.Output)
	attempts := 0
	for _, d := range s.Breakdowns[0].Details {
		attempts += d.Attempts
	}
	require.Len(t, m.fake.Exchanges(), attempts)
}
