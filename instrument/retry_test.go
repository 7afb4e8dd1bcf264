// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"

	"github.com/spanledger/spanledger/instrument"
)

// script answers one request after the other, and the last for ever.
type script struct {
	mu     sync.Mutex
	steps  []roundTripper
	bodies []string
}

func scripted(steps ...roundTripper) *script { return &script{steps: steps} }

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	step := s.steps[0]
	if len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	s.bodies = append(s.bodies, string(body))
	s.mu.Unlock()
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	return step(req)
}

// refusing answers with a status and a header, in pairs.
func refusing(status int, header ...string) roundTripper {
	return func(*http.Request) (*http.Response, error) {
		res := respond(status, io.NopCloser(strings.NewReader(`{"error":{"status":"UNAVAILABLE"}}`)))
		for i := 0; i < len(header); i += 2 {
			res.Header.Set(header[i], header[i+1])
		}
		return res, nil
	}
}

var errReset = errors.New("connection reset by peer")

func broken(*http.Request) (*http.Response, error) { return nil, errReset }

// reading says whether a client reads an answer before it closes it.
type reading bool

// exchange sends a request and closes the answer, after reading it or not.
func exchange(ctx context.Context, t *testing.T, transport http.RoundTripper, read reading, header ...string) {
	t.Helper()
	req := newRequest(ctx, t, generateURL)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	finish(t, transport, req, read)
}

func finish(t *testing.T, transport http.RoundTripper, req *http.Request, read reading) {
	t.Helper()
	res, err := transport.RoundTrip(req)
	if err != nil {
		require.ErrorIs(t, err, errReset)
		return
	}
	if read {
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
	}
	require.NoError(t, res.Body.Close())
}

func always(instrument.FailedAttempt) bool { return true }

// TestTransport_Retry sends the same request twice and looks at what it was
// taken for.
func TestTransport_Retry(t *testing.T) {
	t.Parallel()
	empty := func(*http.Request) (*http.Response, error) { return respond(503, http.NoBody), nil }
	for name, tt := range map[string]struct {
		first  roundTripper
		read   reading
		header [2]string // the client's count of retries, of both requests
		policy func(instrument.FailedAttempt) bool
		calls  int
	}{
		"ClosedUnread":      {first: refusing(503), calls: 1},
		"ClosedUnreadEmpty": {first: empty, calls: 1},
		"ReadEmpty":         {first: empty, read: true, calls: 2},
		"Read":              {first: refusing(503), read: true, calls: 2},
		"TooMany":           {first: refusing(429), calls: 1},
		"Conflict":          {first: refusing(409), calls: 1},
		"BadRequest":        {first: refusing(400), calls: 2},
		"ServerSaysYes":     {first: refusing(400, "x-should-retry", "true"), calls: 1},
		"ServerSaysNo":      {first: refusing(503, "x-should-retry", "false"), calls: 2},
		"Reset":             {first: broken, calls: 2},
		"ResetCounted":      {first: broken, header: [2]string{"0", "1"}, calls: 1},
		"ResetCountedAnew":  {first: broken, header: [2]string{"0", "0"}, calls: 2},
		"ResetByPolicy":     {first: broken, policy: always, calls: 1},
		"ReadByPolicy":      {first: refusing(503), read: true, policy: always, calls: 1},
		"Worked":            {first: answering(answer), read: true, policy: always, calls: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, analysis := m.start(t.Context(), t.Name())
			transport := instrument.NewTransport(scripted(tt.first, answering(answer)),
				append(m.options(), instrument.WithRetryPolicy(tt.policy))...)
			for i, count := range tt.header {
				var header []string
				if count != "" {
					header = []string{"X-Stainless-Retry-Count", count}
				}
				exchange(ctx, t, transport, tt.read || i == 1, header...)
			}
			analysis.End()
			s := analysis.Summary()
			require.EqualValues(t, tt.calls, s.Calls)
			if tt.calls > 1 {
				return
			}
			require.Zero(t, s.Failed, "what was tried again did not fail")
			span := m.span(callSpan)
			got := attributesOf(span)
			require.Equal(t, "2", got["spanledger.call.attempts"])
			require.NotContains(t, got, "error.type")
			require.Equal(t, codes.Unset, span.Status().Code)
			require.EqualValues(t, 120, s.Input)
			require.Equal(t, "120", got["gen_ai.usage.input_tokens"])
		})
	}
}

// TestTransport_RetryNeedsABodyToReplay has a body that cannot be sent twice.
func TestTransport_RetryNeedsABodyToReplay(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(refusing(503), m.options()...)
	req := newRequest(t.Context(), t, generateURL)
	req.GetBody = nil
	finish(t, transport, req, false)
	require.Equal(t, "503", attributesOf(m.span(callSpan))["error.type"])
}

// TestTransport_RetryOfAnother is no retry: something that tells two calls
// apart is different.
func TestTransport_RetryOfAnother(t *testing.T) {
	t.Parallel()
	other := func(ctx context.Context, t *testing.T, url, body string) *http.Request {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
		require.NoError(t, err)
		return req
	}
	for name, change := range map[string]func(context.Context, *testing.T) *http.Request{
		"Path": func(ctx context.Context, t *testing.T) *http.Request {
			t.Helper()
			return other(ctx, t, strings.Replace(generateURL, "2.0", "2.5", 1), question)
		},
		"Host": func(ctx context.Context, t *testing.T) *http.Request {
			t.Helper()
			return other(ctx, t, strings.Replace(generateURL, "google", "other", 1), question)
		},
		"Length": func(ctx context.Context, t *testing.T) *http.Request {
			t.Helper()
			return other(ctx, t, generateURL, question+" ")
		},
		"CallType": func(ctx context.Context, t *testing.T) *http.Request {
			t.Helper()
			return other(instrument.ContextWithCallType(ctx, "another_step"), t, generateURL, question)
		},
		"Analysis": func(ctx context.Context, t *testing.T) *http.Request {
			t.Helper()
			ctx, analysis := instrument.StartAnalysis(ctx, "")
			t.Cleanup(analysis.End)
			return other(ctx, t, generateURL, question)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, analysis := m.start(t.Context(), t.Name())
			transport := instrument.NewTransport(scripted(refusing(503), answering(answer)), m.options()...)
			exchange(ctx, t, transport, false)
			finish(t, transport, change(ctx, t), true)
			analysis.End()
			require.EqualValues(t, 1, analysis.Summary().Failed)
			calls := 0
			for _, s := range m.spans.Ended() {
				if s.Name() != "analysis" {
					calls++
					require.Equal(t, "1", attributesOf(s)["spanledger.call.attempts"])
				}
			}
			require.Equal(t, 2, calls)
		})
	}
}

// TestTransport_Waiting ends what waits in every way but by the next request:
// the call is what its last attempt was, and ends when that did.
func TestTransport_Waiting(t *testing.T) {
	t.Parallel()
	after := func(d time.Duration) {
		timer := time.NewTimer(d)
		<-timer.C
		synctest.Wait()
	}
	for name, tt := range map[string]struct {
		answer roundTripper
		until  time.Duration // when the time is over
		end    func(cancel func(), analysis *instrument.Analysis)
	}{
		"InTime":       {answer: refusing(503), until: 7 * time.Second},
		"RetryAfter":   {answer: refusing(429, "Retry-After", "30"), until: 35 * time.Second},
		"RetryAfterMs": {answer: refusing(429, "retry-after-ms", "500"), until: 5500 * time.Millisecond},
		"RetryAfterTooLong": {
			answer: refusing(429, "Retry-After", "1e300"), until: 65 * time.Second,
		},
		"Canceled":    {answer: refusing(503), end: func(cancel func(), _ *instrument.Analysis) { cancel() }},
		"AnalysisEnd": {answer: refusing(503), end: func(_ func(), a *instrument.Analysis) { a.End() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newTelemetry(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ctx, analysis := m.start(ctx, t.Name())
				defer analysis.End()
				transport := instrument.NewTransport(tt.answer, m.options()...)
				exchange(ctx, t, transport, false)
				ended := time.Now()
				require.Zero(t, analysis.Summary().Calls)
				if tt.end != nil {
					after(time.Second)
					tt.end(cancel, analysis)
					synctest.Wait()
				} else {
					after(tt.until - time.Millisecond)
					require.Zero(t, analysis.Summary().Calls)
					after(time.Millisecond)
				}
				s := analysis.Summary()
				require.EqualValues(t, 1, s.Calls)
				require.EqualValues(t, 1, s.Failed)
				span := m.span(callSpan)
				require.Equal(t, ended, span.EndTime(), "not when the waiting ended")
				require.Regexp(t, "503|429", attributesOf(span)["error.type"])
				require.Equal(t, codes.Error, span.Status().Code)

				exchange(ctx, t, transport, true)
				require.EqualValues(t, 2, analysis.Summary().Calls, "what comes too late is a call of its own")
			})
		})
	}
}

// TestTransport_WaitingWithATimeout has the time-out of an http.Client, which
// ends the context of every attempt and says nothing of the call.
func TestTransport_WaitingWithATimeout(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	client := &http.Client{
		Timeout:   time.Minute,
		Transport: instrument.NewTransport(scripted(refusing(503), refusing(429), answering(answer)), m.options()...),
	}
	for range 2 {
		res, err := client.Do(newRequest(t.Context(), t, generateURL))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	res, err := client.Do(newRequest(t.Context(), t, generateURL))
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "3", attributesOf(m.span(callSpan))["spanledger.call.attempts"])
}

// TestTransport_CanceledWithATimeout has the application give up, not the
// http.Client's time-out.
func TestTransport_CanceledWithATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t)
		ctx, cancel := context.WithCancel(t.Context())
		client := &http.Client{
			Timeout: time.Minute,
			Transport: instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}), append(m.options(), instrument.WithRetryPolicy(always))...),
		}
		time.AfterFunc(time.Second, cancel)
		res, err := client.Do(newRequest(ctx, t, generateURL))
		if err == nil {
			require.NoError(t, res.Body.Close())
		}
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, "canceled", attributesOf(m.span(callSpan))["error.type"])
	})
}

// TestFlush ends what waits in the whole process, so that it runs alone.
func TestFlush(t *testing.T) { //nolint:paralleltest // it would end the calls of other tests
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), t.Name())
	defer analysis.End()
	transport := instrument.NewTransport(refusing(503), m.options()...)
	exchange(ctx, t, transport, false)
	require.Zero(t, analysis.Summary().Calls)
	instrument.Flush()
	require.EqualValues(t, 1, analysis.Summary().Failed)
	exchange(ctx, t, transport, true)
	require.EqualValues(t, 2, analysis.Summary().Calls)
}

// TestTransport_WaitingForOneThatCounts has a context for each attempt, which
// ends before the next begins, or without one.
func TestTransport_WaitingForOneThatCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t)
		slow := func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, errors.Join(errReset, req.Context().Err())
		}
		timeouts := instrument.WithRetryPolicy(func(failed instrument.FailedAttempt) bool { return failed.TimedOut })
		transport := instrument.NewTransport(
			scripted(refusing(503), slow, refusing(500)), append(m.options(), timeouts)...)
		for i := range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			exchange(ctx, t, transport, false, "X-Stainless-Retry-Count", strconv.Itoa(i))
			cancel()
			synctest.Wait()
			require.Empty(t, m.spans.Ended())
		}
		timer := time.NewTimer(time.Second)
		<-timer.C
		synctest.Wait()
		require.Equal(t, "3", attributesOf(m.span(callSpan))["spanledger.call.attempts"])
	})
}

// TestTransport_RetryPolicy pins what a policy is told.
func TestTransport_RetryPolicy(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	var told []instrument.FailedAttempt
	transport := instrument.NewTransport(scripted(broken, func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("%w: %w", errReset, context.DeadlineExceeded)
	}, refusing(418), answering(answer)), append(m.options(),
		instrument.WithRetryPolicy(func(failed instrument.FailedAttempt) bool {
			told = append(told, failed)
			return true
		}))...)
	for i := range 4 {
		exchange(t.Context(), t, transport, i == 3)
	}
	path := "/v1beta/models/gemini-2.0-flash:generateContent"
	require.Equal(t, []instrument.FailedAttempt{
		{Path: path, Number: 1},
		{Path: path, Number: 2, TimedOut: true},
		{Path: path, Number: 3, Status: 418, Unread: true},
	}, told)
	require.Equal(t, "4", attributesOf(m.span(callSpan))["spanledger.call.attempts"])
}

// TestTransport_RetryPolicyThatPanics is contained.
func TestTransport_RetryPolicyThatPanics(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(roundTripper(broken), append(m.options(),
		instrument.WithRetryPolicy(func(instrument.FailedAttempt) bool { panic("the policy") }))...)
	exchange(t.Context(), t, transport, true)
	require.Equal(t, "connection_error", attributesOf(m.span(callSpan))["error.type"])
	require.Len(t, m.points("spanledger.instrument.lost"), 1)
}

// TestTransport_RetriesAtOnce has many calls that look alike, each of which is
// refused some times: whichever attempt goes to which, the sums are right.
func TestTransport_RetriesAtOnce(t *testing.T) {
	t.Parallel()
	const calls, failures = 100, 3
	for name, counted := range map[string]bool{"Counted": true, "Alike": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, analysis := m.start(t.Context(), t.Name())
			transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
				if req.Header.Get("Try") == strconv.Itoa(failures) {
					return answering(answer)(req)
				}
				return refusing(503)(req)
			}), m.options()...)
			var all sync.WaitGroup
			for range calls {
				all.Go(func() {
					for try := range failures + 1 {
						header := []string{"Try", strconv.Itoa(try)}
						if counted {
							header = append(header, "X-Stainless-Retry-Count", strconv.Itoa(try))
						}
						exchange(ctx, t, transport, try == failures, header...)
					}
				})
			}
			all.Wait()
			analysis.End()
			s := analysis.Summary()
			require.EqualValues(t, calls, s.Calls)
			require.EqualValues(t, 0, s.Failed)
			require.EqualValues(t, calls*120, s.Input)
			require.EqualValues(t, calls*120, m.tokens()[t.Name()]-calls*40)
			attempts := 0
			for _, d := range s.Breakdowns[0].Details {
				attempts += d.Attempts
				if counted {
					require.Equal(t, failures+1, d.Attempts)
				}
			}
			require.Equal(t, calls*(failures+1), attempts)
		})
	}
}
