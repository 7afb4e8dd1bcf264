// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
)

// checkpoint is an answer that stopped before its end, at 120 tokens in and 40
// out; its token is longer than what is kept of it.
func checkpoint(token, finish string) string {
	return strings.Replace(answer, `"finishReason":"STOP"`,
		`"continuationToken":"`+token+strings.Repeat("A", 200)+`"`+finish, 1)
}

const stopped = `,"finishReason":"CONTINUATION"`

// goOn asks for the rest of an answer.
func goOn(ctx context.Context, t *testing.T, url, token string) *http.Request {
	t.Helper()
	body := question[:len(question)-1] + `,"continuationToken":"` + token + strings.Repeat("A", 200) + `"}`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	return req
}

func event(document string) string { return "data: " + document + "\n\n" }

// saying answers with a body that fails with an error after it, nil for none.
func saying(body string, err error) roundTripper {
	return func(*http.Request) (*http.Response, error) {
		var r io.Reader = strings.NewReader(body)
		if err != nil {
			r = io.MultiReader(r, failing{err})
		}
		return respond(http.StatusOK, io.NopCloser(r)), nil
	}
}

// TestTransport_Continuation asks for an answer in two pieces.
func TestTransport_Continuation(t *testing.T) {
	t.Parallel()
	cut := errors.New("connection reset")
	for name, tt := range map[string]struct {
		first  roundTripper
		url    string
		leave  bool // the consumer does, after what it has
		token  string
		calls  int
		status string
	}{
		"Unary":          {first: saying(checkpoint("t1", stopped), nil), calls: 1},
		"UnaryNoReason":  {first: saying(checkpoint("t1", ""), nil), calls: 1},
		"UnaryDone":      {first: saying(checkpoint("t1", `,"finishReason":"STOP"`), nil), calls: 2},
		"Stream":         {first: saying(event(checkpoint("t1", stopped)), nil), url: streamURL, calls: 1},
		"StreamNoReason": {first: saying(event(checkpoint("t1", "")), nil), url: streamURL, calls: 1},
		"StreamCut": {
			first: saying(event(checkpoint("t1", ""))+"data: {", cut), url: streamURL, calls: 1, status: "partial",
		},
		"StreamFailed": {
			first: saying(event(checkpoint("t1", ""))+event(`{"error":{"status":"INTERNAL"}}`), nil),
			url:   streamURL, leave: true, calls: 1, status: "partial",
		},
		"StreamLeft": {
			first: saying(event(checkpoint("t1", ""))+"data: {", nil), url: streamURL, leave: true, calls: 2,
		},
		"AnotherToken": {first: saying(checkpoint("t2", stopped), nil), calls: 2},
		"LaterCheckpoint": {
			first: saying(event(checkpoint("t0", ""))+event(checkpoint("t1", stopped)), nil), url: streamURL, calls: 1,
		},
		"Blocked": {
			first: saying(strings.Replace(checkpoint("t1", ""), "{", `{"promptFeedback":{"blockReason":"SAFETY"},`, 1), nil),
			calls: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			url, second := generateURL, saying(answer, nil)
			if tt.url != "" {
				url, second = tt.url, saying(event(answer), nil)
			}
			script := scripted(tt.first, second)
			transport := instrument.NewTransport(script, m.options()...)
			ctx, analysis := m.start(t.Context(), t.Name())

			res, err := transport.RoundTrip(goOn(ctx, t, url, "t0"))
			require.NoError(t, err)
			if tt.leave {
				_, err = res.Body.Read(make([]byte, 4096))
				require.NoError(t, err)
			} else if _, err = io.Copy(io.Discard, res.Body); err != nil {
				require.Same(t, cut, err)
			}
			require.NoError(t, res.Body.Close())
			req := goOn(ctx, t, url, "t1")
			finish(t, transport, req, true)
			analysis.End()

			sent := strings.Replace(script.bodies[1], "t1", "t0", 1)
			require.Equal(t, script.bodies[0], sent, "what went out is whole")
			s := analysis.Summary()
			require.EqualValues(t, tt.calls, s.Calls)
			require.EqualValues(t, 240, s.Input, "each request is billed")
			if tt.calls > 1 {
				return
			}
			require.Zero(t, s.Failed)
			got := attributesOf(m.span(callSpan))
			require.Equal(t, "2", got["spanledger.call.attempts"])
			require.Equal(t, `["stop"]`, got["gen_ai.response.finish_reasons"])
			if tt.status == "" {
				tt.status = "reported"
			}
			require.Equal(t, tt.status, got["spanledger.usage.status"])
		})
	}
}

// TestTransport_ContinuationStartsOver has the stream that was to bring the rest
// of an answer break before its first piece: the client asks for it again.
func TestTransport_ContinuationStartsOver(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]roundTripper{
		"Reset": broken, "Empty": saying("", nil), "Cut": saying("", errReset),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			first, third := saying(event(checkpoint("t1", stopped)), nil), saying(event(answer), nil)
			transport := instrument.NewTransport(scripted(first, second, third), m.options()...)
			ask := func(req *http.Request) {
				res, err := transport.RoundTrip(req)
				if err != nil {
					require.ErrorIs(t, err, errReset)
					return
				}
				if _, err = io.Copy(io.Discard, res.Body); err != nil {
					require.ErrorIs(t, err, errReset)
				}
				require.NoError(t, res.Body.Close())
			}
			ask(newRequest(t.Context(), t, streamURL))
			ask(goOn(t.Context(), t, streamURL, "t1"))
			ask(goOn(t.Context(), t, streamURL, "t1"))
			got := attributesOf(m.span(callSpan))
			require.Equal(t, "3", got["spanledger.call.attempts"])
			require.NotContains(t, got, "error.type")
		})
	}
}

// TestTransport_ContinuationNotAskedFor ends as the answer did.
func TestTransport_ContinuationNotAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t)
		transport := instrument.NewTransport(saying(checkpoint("t1", stopped), nil), m.options()...)
		ask(t.Context(), t, transport)
		require.Empty(t, m.spans.Ended())
		ended := time.Now()
		timer := time.NewTimer(5 * time.Second)
		<-timer.C
		synctest.Wait()
		span := m.span(callSpan)
		require.Equal(t, ended, span.EndTime())
		got := attributesOf(span)
		require.Equal(t, "1", got["spanledger.call.attempts"])
		require.Equal(t, `["continuation"]`, got["gen_ai.response.finish_reasons"])
		require.NotContains(t, got, "error.type")
	})
}

// TestTransport_ContinuationBodies looks for a token in bodies that are not as
// they should be: the client sees what it would without us.
func TestTransport_ContinuationBodies(t *testing.T) {
	t.Parallel()
	cut := errors.New("the body broke")
	for name, tt := range map[string]struct {
		body   io.Reader
		length int64
		err    error
	}{
		"Broken":        {body: io.MultiReader(strings.NewReader("half"), failing{cut}), length: 100, err: cut},
		"Longer":        {body: strings.NewReader(question), length: 10},
		"Shorter":       {body: strings.NewReader(question), length: 1000},
		"UnknownLength": {body: strings.NewReader(question), length: -1},
		"TooLong":       {body: strings.NewReader(question), length: 1 << 30},
		"None":          {body: nil, length: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			first := true
			var sent bytes.Buffer
			transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
				if first {
					first = false
					return saying(checkpoint("t1", stopped), nil)(req)
				}
				if req.Body != nil {
					if _, err := io.Copy(&sent, req.Body); err != nil {
						return nil, err
					}
					require.NoError(t, req.Body.Close())
				}
				return saying(answer, nil)(req)
			}), m.options()...)
			ctx, analysis := m.start(t.Context(), t.Name())
			ask(ctx, t, transport)
			body := &closable{Reader: tt.body}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, generateURL, http.NoBody)
			require.NoError(t, err)
			req.ContentLength, req.Body = tt.length, nil
			if tt.body != nil {
				req.Body = body
			}
			res, err := transport.RoundTrip(req)
			if tt.err != nil {
				require.Same(t, tt.err, err)
				require.Equal(t, "half", sent.String())
				analysis.End()
				return
			}
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			if tt.body != nil {
				whole := strings.Clone(question) // byte for byte, not as JSON
				require.Equal(t, whole, sent.String())
				require.True(t, body.closed)
			}
			analysis.End()
			require.EqualValues(t, 2, analysis.Summary().Calls)
		})
	}
}

type closable struct {
	io.Reader
	closed bool
}

func (c *closable) Close() error {
	c.closed = true
	return nil
}
