// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

func TestTransport_Span(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), m.options()...)
	require.Equal(t, answer, ask(t.Context(), t, transport))

	span := m.span(callSpan)
	require.Equal(t, codes.Unset, span.Status().Code)
	require.Equal(t, map[string]string{
		"gen_ai.operation.name": "generate_content", "gen_ai.provider.name": "gcp.gemini",
		"gen_ai.request.model": "gemini-2.0-flash", "gen_ai.request.temperature": "0.5",
		"server.address": "generativelanguage.googleapis.com", "server.port": "443",
		"gen_ai.response.id": "r1", "gen_ai.response.model": "gemini-2.0-flash",
		"gen_ai.response.finish_reasons": `["stop"]`,
		"gen_ai.usage.input_tokens":      "120", "gen_ai.usage.output_tokens": "40",
		"spanledger.usage.total_tokens": "160", "spanledger.usage.status": "reported",
		"spanledger.call.type": "call_llm", "spanledger.call.attempts": "1",
	}, attributesOf(span))
}

// TestTransport_RequestParameters has a request with everything in it.
func TestTransport_RequestParameters(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	body := strings.NewReader(
		`{"generationConfig":{"topK":40,"topP":0.9,"candidateCount":2,"seed":7,"maxOutputTokens":99,` +
			`"stopSequences":["END"],"responseMimeType":"application/json"}}`,
	)
	url := "http://localhost/v1beta/models/gemini-2.0-flash:generateContent"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	require.NoError(t, err)
	res, err := instrument.NewTransport(answering(answer), m.options()...).RoundTrip(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	got := attributesOf(m.span(callSpan))
	for name, want := range map[string]string{
		"gen_ai.request.top_k": "40", "gen_ai.request.top_p": "0.9", "gen_ai.request.choice.count": "2",
		"gen_ai.request.seed": "7", "gen_ai.request.max_tokens": "99", "gen_ai.request.stop_sequences": `["END"]`,
		"gen_ai.output.type": "json", "server.port": "80",
	} {
		require.Equal(t, want, got[name], name)
	}
}

// TestTransport_SamplersSee the attributes that the conventions want from the
// start, and those that tell an analysis.
func TestTransport_SamplersSee(t *testing.T) {
	t.Parallel()
	var seen map[string]string
	sampler := samplerFunc(func(p trace.SamplingParameters) {
		seen = map[string]string{}
		for _, kv := range p.Attributes {
			seen[string(kv.Key)] = kv.Value.String()
		}
	})
	transport := instrument.NewTransport(answering(answer),
		instrument.WithTracerProvider(trace.NewTracerProvider(trace.WithSampler(sampler))))
	ctx, analysis := instrument.StartAnalysis(t.Context(), t.Name(), instrument.WithSubject("RELIANCE"))
	defer analysis.End()
	ask(instrument.ContextWithCallType(ctx, "final_decision"), t, transport)
	require.Equal(t, map[string]string{
		"gen_ai.operation.name": "generate_content", "gen_ai.provider.name": "gcp.gemini",
		"gen_ai.request.model": "gemini-2.0-flash",
		"server.address":       "generativelanguage.googleapis.com", "server.port": "443",
		"spanledger.analysis.id": t.Name(), "spanledger.analysis.subject": "RELIANCE",
		"spanledger.call.type": "final_decision",
	}, seen)
}

type samplerFunc func(trace.SamplingParameters)

func (f samplerFunc) ShouldSample(p trace.SamplingParameters) trace.SamplingResult {
	f(p)
	return trace.SamplingResult{Decision: trace.RecordAndSample}
}

func (samplerFunc) Description() string { return "test" }

func TestTransport_LeavesOtherRequestsAlone(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	var got *http.Request
	transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		got = req
		return respond(http.StatusOK, http.NoBody), nil
	}), m.options()...)
	req := newRequest(t.Context(), t, "https://example.com/v1beta/models/gemini-2.0-flash:countTokens")
	res, err := transport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Same(t, req, got)
	require.Empty(t, m.spans.Started())
}

// TestTransport_Request holds what goes out against what came in.
func TestTransport_Request(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	var sent []string
	transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		require.Equal(t, int64(len(question)), req.ContentLength)
		head := make([]byte, 20)
		_, err := io.ReadFull(req.Body, head)
		require.NoError(t, err)
		require.NoError(t, req.Body.Close())
		for range 2 { // as net/http does when a connection breaks
			again, err := req.GetBody()
			require.NoError(t, err)
			body, err := io.ReadAll(again)
			require.NoError(t, err)
			sent = append(sent, string(body))
		}
		res := respond(http.StatusOK, io.NopCloser(strings.NewReader(answer)))
		res.Request = req
		return res, nil
	}), m.options()...)
	req := newRequest(t.Context(), t, generateURL)
	before := *req
	res, err := transport.RoundTrip(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, []string{question, question}, sent)
	require.Equal(t, before.Header, req.Header)
	require.Equal(t, before.Body, req.Body, "the caller's request stays as it is")
	require.Same(t, req, res.Request, "as http.Transport has it")
	require.Equal(t, "0.5", attributesOf(m.span(callSpan))["gen_ai.request.temperature"])
}

func TestTransport_NestedCountsOnce(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	inner := instrument.NewTransport(answering(answer), m.options()...)
	require.Same(t, inner, instrument.NewTransport(inner, m.options()...))
	outer := instrument.NewTransport(roundTripper(inner.RoundTrip), m.options()...)
	ask(t.Context(), t, outer)
	require.Len(t, m.spans.Started(), 1)
	require.Len(t, m.points("spanledger.calls"), 1)
}

func TestTransport_ErrorTypes(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		err  error
		want string
	}{
		"Refused":       {t.Context(), errors.New("connect: connection refused to ?key=secret"), "connection_error"},
		"Deadline":      {t.Context(), context.DeadlineExceeded, "timeout"},
		"NetTimeout":    {t.Context(), os.ErrDeadlineExceeded, "timeout"},
		"Canceled":      {t.Context(), context.Canceled, "canceled"},
		"ContextIsDone": {canceled, errors.New("unexpected end of JSON"), "canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			transport := instrument.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
				return nil, tt.err
			}), m.options()...)
			res, err := transport.RoundTrip(newRequest(tt.ctx, t, generateURL))
			require.Equal(t, tt.err, err)
			require.Nil(t, res)
			span := m.span(callSpan)
			require.Equal(t, tt.want, attributesOf(span)["error.type"])
			require.Equal(t, "unknown", attributesOf(span)["spanledger.usage.status"])
			require.Equal(t, trace.Status{Code: codes.Error}, span.Status())
			require.Empty(t, span.Events())
		})
	}
}

// TestTransport_ClientTimeout has the time-out of an http.Client, which ends
// the call in the middle of its body.
func TestTransport_ClientTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t)
		client := &http.Client{
			Timeout: time.Minute,
			Transport: instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
				event := strings.NewReader("data: " + answer + "\n\n")
				return respond(http.StatusOK, io.NopCloser(io.MultiReader(event, waiting{req.Context()}))), nil
			}), m.options()...),
		}
		res, err := client.Do(newRequest(t.Context(), t, streamURL))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, res.Body.Close())
		got := attributesOf(m.span(callSpan))
		require.Equal(t, "timeout", got["error.type"])
		require.Equal(t, "partial", got["spanledger.usage.status"])
	})
}

// waiting has nothing to read until its context is done.
type waiting struct{ ctx context.Context }

func (w waiting) Read([]byte) (int, error) {
	<-w.ctx.Done()
	return 0, w.ctx.Err()
}

func TestTransport_EndsOnce(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), m.options()...)
	ctx, cancel := context.WithCancel(t.Context())
	res, err := transport.RoundTrip(newRequest(ctx, t, generateURL))
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	n, err := res.Body.Read(make([]byte, 1))
	require.Zero(t, n)
	require.ErrorIs(t, err, io.EOF)
	cancel()
	require.NoError(t, res.Body.Close())
	require.NoError(t, res.Body.Close())
	require.NotContains(t, attributesOf(m.span(callSpan)), "error.type")
}

// TestTransport_TotalAlone reports no count that tells input from output.
func TestTransport_TotalAlone(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ask(t.Context(), t, instrument.NewTransport(answering(`{"usageMetadata":{"totalTokenCount":160}}`), m.options()...))
	got := attributesOf(m.span(callSpan))
	require.Equal(t, "unknown", got["spanledger.usage.status"])
	require.NotContains(t, got, "spanledger.usage.total_tokens", "unknown usage has no counts")
}

// TestTransport_InvalidText would make an exporter refuse the whole batch.
func TestTransport_InvalidText(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), t.Name()+"\xff", instrument.WithSubject("\xfe"))
	ctx = instrument.ContextWithCallType(ctx, "step\xff")
	ask(ctx, t, instrument.NewTransport(answering(answer), m.options()...))
	analysis.End()
	for _, s := range m.spans.Ended() {
		require.True(t, utf8.ValidString(s.Name()))
		for key, value := range attributesOf(s) {
			require.True(t, utf8.ValidString(value), key)
		}
	}
	for _, p := range m.points("spanledger.tokens") {
		require.True(t, utf8.ValidString(p.Attributes.Encoded(attribute.DefaultEncoder())))
	}
}

// TestTransport_BodyKnownToBeWhole needs no EOF: some readers stop at the end
// of the document, and some never close it.
func TestTransport_BodyKnownToBeWhole(t *testing.T) {
	t.Parallel()
	events := "data: " + answer + "\n\n"
	for name, tt := range map[string]struct {
		body   string
		length int
	}{
		"Document": {answer, -1},
		"Array":    {"[" + answer + "]", -1},
		"Length":   {events, len(events)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			transport := instrument.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
				res := respond(http.StatusOK, io.NopCloser(strings.NewReader(tt.body)))
				res.ContentLength = int64(tt.length)
				return res, nil
			}), m.options()...)
			res, err := transport.RoundTrip(newRequest(t.Context(), t, streamURL))
			require.NoError(t, err)
			_, err = io.ReadFull(res.Body, make([]byte, len(tt.body)))
			require.NoError(t, err)
			got := attributesOf(m.span(callSpan))
			require.Equal(t, "reported", got["spanledger.usage.status"])
			require.NotContains(t, got, "error.type")
			require.NoError(t, res.Body.Close())
		})
	}
}

func TestTransport_CutBody(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	broken := errors.New("connection reset")
	transport := instrument.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
		event := strings.NewReader("data: " + answer + "\n\n")
		return respond(http.StatusOK, io.NopCloser(io.MultiReader(event, failing{broken}))), nil
	}), m.options()...)
	res, err := transport.RoundTrip(newRequest(t.Context(), t, streamURL))
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.Same(t, broken, err)
	require.NoError(t, res.Body.Close())
	got := attributesOf(m.span(callSpan))
	require.Equal(t, "stream_cut", got["error.type"])
	require.Equal(t, "partial", got["spanledger.usage.status"])
	require.Equal(t, "120", got["gen_ai.usage.input_tokens"])
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestTransport_TimeToFirstChunk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t)
		transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
			timer := time.NewTimer(250 * time.Millisecond)
			<-timer.C
			return respond(http.StatusOK, io.NopCloser(strings.NewReader("data: "+answer+"\n\n"))), req.Context().Err()
		}), m.options()...)
		res, err := transport.RoundTrip(newRequest(t.Context(), t, streamURL))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, "0.25", attributesOf(m.span(callSpan))["gen_ai.response.time_to_first_chunk"])
		require.Equal(t, "true", attributesOf(m.span(callSpan))["gen_ai.request.stream"])
	})
}

// TestTransport_AbandonedStream has a stream without a context that ends: the
// garbage collector finds it.
func TestTransport_AbandonedStream(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering("data: "+answer+"\n\n"), m.options()...)
	ctx := context.WithoutCancel(t.Context())
	func() {
		res, err := transport.RoundTrip(newRequest(ctx, t, streamURL))
		require.NoError(t, err)
		_, err = res.Body.Read(make([]byte, 4096))
		require.NoError(t, err)
	}()
	require.Eventually(t, func() bool {
		runtime.GC()
		return len(m.spans.Ended()) == 1
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, "partial", attributesOf(m.span(callSpan))["spanledger.usage.status"])
}

func TestTransport_PanicOfTheBase(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
		panic("the base is broken")
	}), m.options()...)
	require.PanicsWithValue(t, "the base is broken", func() {
		_, _ = transport.RoundTrip(newRequest(t.Context(), t, generateURL))
	})
	require.Equal(t, "panic", attributesOf(m.span(callSpan))["error.type"])
}

func TestTransport_OddResponses(t *testing.T) {
	t.Parallel()
	for name, res := range map[string]*http.Response{
		"NoResponse":         nil,
		"NoBody":             respond(http.StatusOK, http.NoBody),
		"NilBody":            {StatusCode: http.StatusNoContent},
		"SwitchingProtocols": respond(http.StatusSwitchingProtocols, io.NopCloser(&bytes.Buffer{})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			transport := instrument.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
				return res, nil
			}), m.options()...)
			got, err := transport.RoundTrip(newRequest(t.Context(), t, generateURL))
			require.NoError(t, err)
			require.Same(t, res, got)
			require.Len(t, m.spans.Ended(), 1)
		})
	}
}

func TestTransport_WithoutSDK(t *testing.T) {
	t.Parallel()
	transport := instrument.NewTransport(answering(answer))
	ctx, analysis := instrument.StartAnalysis(t.Context(), "")
	defer analysis.End()
	require.Equal(t, answer, ask(ctx, t, transport))
	s := analysis.Summary()
	require.EqualValues(t, 160, s.Input+s.Output)
}

func TestTransport_CloseIdleConnections(t *testing.T) {
	t.Parallel()
	base := &idle{}
	client := http.Client{Transport: instrument.NewTransport(base)}
	client.CloseIdleConnections()
	require.True(t, base.closed)
	(&http.Client{Transport: instrument.NewTransport(answering(answer))}).CloseIdleConnections()
}

type idle struct {
	http.RoundTripper
	closed bool
}

func (i *idle) CloseIdleConnections() { i.closed = true }

// TestTransport_ReadsAfterTheEnd holds that what passes after the end of a call
// changes nothing in those that come after it.
func TestTransport_ReadsAfterTheEnd(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	half := len(answer) / 2
	reader, writer := io.Pipe()
	var pending *http.Request
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPost && req.ContentLength > 0 {
			return answering(answer)(req)
		}
		pending = req
		return respond(http.StatusOK, reader), nil
	})
	transport := instrument.NewTransport(base, m.options()...)
	ctx, call := instrument.Start(t.Context(), instrument.CallStart{Operation: "outer"}, m.options()...)
	req := newRequest(ctx, t, generateURL)
	req.ContentLength = -1
	first, err := transport.RoundTrip(req)
	require.NoError(t, err)
	call.End(instrument.CallResult{})

	second, err := transport.RoundTrip(newRequest(t.Context(), t, generateURL))
	require.NoError(t, err)
	start := make([]byte, half)
	_, err = io.ReadFull(second.Body, start)
	require.NoError(t, err)
	go func() {
		_, err := io.WriteString(writer, answer)
		_ = writer.CloseWithError(err)
	}()
	late, err := io.ReadAll(first.Body)
	require.NoError(t, err)
	require.NoError(t, first.Body.Close())
	_, err = io.Copy(io.Discard, pending.Body)
	require.NoError(t, err)
	rest, err := io.ReadAll(second.Body)
	require.NoError(t, err)
	require.NoError(t, second.Body.Close())

	require.Equal(t, []string{answer, answer}, []string{string(late), string(start) + string(rest)})
	require.Equal(t, "120", attributesOf(m.span(callSpan))[semconv.UsageInputTokens])
	require.Equal(t, "unknown", attributesOf(m.span("outer gemini-2.0-flash"))[semconv.UsageStatus])
	require.NotContains(t, m.collect(), semconv.MetricLost)
}
