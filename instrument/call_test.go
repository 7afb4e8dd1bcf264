// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
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

func TestCall_End(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), t.Name())
	defer analysis.End()
	_, call := instrument.Start(ctx, instrument.CallStart{
		Provider: "openai", Model: "gpt-4o-mini", Type: "final_decision",
		ServerAddress: "api.openai.com", ServerPort: 443,
	}, m.options()...)
	call.End(instrument.CallResult{
		Usage: instrument.Usage{
			Input: instrument.Known(1000), Output: instrument.Known(100), CacheRead: instrument.Known(200),
		},
		ResponseID: "r7", ResponseModel: "gpt-4o-mini", ServiceTier: "standard", FinishReasons: []string{"length"},
	})
	call.End(instrument.CallResult{ErrorType: "500"})

	require.Equal(t, map[string]string{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
		"server.address": "api.openai.com", "server.port": "443",
		"gen_ai.response.id": "r7", "gen_ai.response.model": "gpt-4o-mini",
		"gen_ai.response.finish_reasons": `["length"]`,
		"gen_ai.usage.input_tokens":      "1000", "gen_ai.usage.output_tokens": "100",
		"gen_ai.usage.cache_read.input_tokens": "200",
		"spanledger.usage.status":              "reported", "spanledger.service.tier": "standard",
		"spanledger.call.type": "final_decision", "spanledger.call.attempts": "1",
		"spanledger.analysis.id": t.Name(),
	}, attributesOf(m.span("chat gpt-4o-mini")))
	s := analysis.Summary()
	require.EqualValues(t, 1, s.Calls)
	require.Zero(t, s.Failed)
	require.EqualValues(t, 1100, s.Input+s.Output)
}

func TestCall_ErrorTypes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		result instrument.CallResult
		want   string
	}{
		"None":     {instrument.CallResult{}, ""},
		"Named":    {instrument.CallResult{ErrorType: "429", Err: errors.New("secret")}, "429"},
		"Other":    {instrument.CallResult{Err: errors.New("secret")}, "_OTHER"},
		"Canceled": {instrument.CallResult{Err: context.Canceled}, "canceled"},
		"Timeout":  {instrument.CallResult{Err: context.DeadlineExceeded}, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			_, call := instrument.Start(t.Context(), instrument.CallStart{}, m.options()...)
			call.End(tt.result)
			got := attributesOf(m.span("chat"))
			require.Equal(t, tt.want, got["error.type"])
			require.Equal(t, "_OTHER", got["gen_ai.provider.name"])
			require.Equal(t, "unknown", got["spanledger.usage.status"])
		})
	}
}

// TestCall_GivenResults has what an application gives mended, so that the
// summary says what a reader of the span will.
func TestCall_GivenResults(t *testing.T) {
	t.Parallel()
	known := instrument.Known
	for name, tt := range map[string]struct {
		given  instrument.CallResult
		status string
		absent []string
		want   map[string]string
	}{
		"StatusWithoutCounts": {
			given:  instrument.CallResult{Usage: instrument.Usage{Status: instrument.StatusReported}},
			status: "unknown",
		},
		"CountsWithoutStatus": {
			given:  instrument.CallResult{Usage: instrument.Usage{Output: known(3)}},
			status: "reported", want: map[string]string{"gen_ai.usage.output_tokens": "3"},
		},
		"Negative": {
			given:  instrument.CallResult{Usage: instrument.Usage{Input: known(3), Output: known(-1)}},
			status: "reported", absent: []string{"gen_ai.usage.output_tokens"},
		},
		"Message": {
			given:  instrument.CallResult{ErrorType: "bad key: secret"},
			status: "unknown", want: map[string]string{"error.type": "_OTHER"},
		},
		"Tier": {
			given:  instrument.CallResult{ServiceTier: "default"},
			status: "unknown", want: map[string]string{"spanledger.service.tier": "standard"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, analysis := m.start(t.Context(), "")
			defer analysis.End()
			_, call := instrument.Start(ctx, instrument.CallStart{}, m.options()...)
			call.End(tt.given)
			got := attributesOf(m.span("chat"))
			require.Equal(t, tt.status, got["spanledger.usage.status"])
			for key, want := range tt.want {
				require.Equal(t, want, got[key])
			}
			for _, key := range tt.absent {
				require.NotContains(t, got, key)
			}
			s := analysis.Summary()
			require.Equal(t, tt.status == "unknown", s.WithoutUsage == 1)
			require.GreaterOrEqual(t, s.Output, int64(0))
		})
	}
}

func TestCall_Attempts(t *testing.T) {
	t.Parallel()

	start := func(t *testing.T, m *telemetry) (context.Context, *instrument.Call) {
		t.Helper()
		return instrument.Start(t.Context(), instrument.CallStart{Operation: "generate_content"}, m.options()...)
	}
	t.Run("FeedTheCall", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		transport := instrument.NewTransport(answering(answer), m.options()...)
		ctx, call := start(t, m)
		ask(ctx, t, transport)
		ask(ctx, t, transport)
		call.End(instrument.CallResult{})
		got := attributesOf(m.span(callSpan))
		require.Equal(t, "2", got["spanledger.call.attempts"])
		require.Equal(t, "240", got["gen_ai.usage.input_tokens"], "each request was billed")
		require.Equal(t, "gemini-2.0-flash", got["gen_ai.request.model"], "the request names it")
		require.Equal(t, "call_llm", got["spanledger.call.type"])
		require.Len(t, m.spans.Started(), 1)
	})
	t.Run("TellTheLargestRequest", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		ctx, call := start(t, m)
		for _, input := range []string{"120000", "150000", "90000"} {
			body := strings.ReplaceAll(
				strings.ReplaceAll(answer, ":120,", ":"+input+","),
				"gemini-2.0-flash",
				"gemini-2.5-pro",
			)
			ask(ctx, t, instrument.NewTransport(answering(body), m.options()...))
		}
		refused := roundTripper(func(*http.Request) (*http.Response, error) {
			return respond(http.StatusServiceUnavailable, http.NoBody), nil
		})
		ask(ctx, t, instrument.NewTransport(refused, m.options()...))
		call.End(instrument.CallResult{})
		got := attributesOf(m.span(callSpan))
		require.Equal(t, "4", got["spanledger.call.attempts"])
		require.Equal(t, "360000", got["gen_ai.usage.input_tokens"])
		require.Equal(t, "150000", got["spanledger.usage.largest_request.input_tokens"])
	})
	t.Run("AloneIsTheLargestRequest", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		ask(t.Context(), t, instrument.NewTransport(answering(answer), m.options()...))
		require.NotContains(t, attributesOf(m.span(callSpan)), "spanledger.usage.largest_request.input_tokens")
	})
	t.Run("GiveWayToGivenUsage", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		ctx, call := start(t, m)
		ask(ctx, t, instrument.NewTransport(answering(answer), m.options()...))
		call.End(instrument.CallResult{Usage: instrument.Usage{
			Status: instrument.StatusEstimated, Input: instrument.Known(7),
		}})
		got := attributesOf(m.span(callSpan))
		require.Equal(t, "7", got["gen_ai.usage.input_tokens"])
		require.NotContains(t, got, "gen_ai.usage.output_tokens")
		require.Equal(t, "estimated", got["spanledger.usage.status"])
	})
	t.Run("CutShortMakeTheCallPartial", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		ctx, call := start(t, m)
		whole := instrument.NewTransport(answering(answer), m.options()...)
		ask(ctx, t, whole)
		cut := instrument.NewTransport(answering("data: "+answer+"\n\ndata: {"), m.options()...)
		res, err := cut.RoundTrip(newRequest(ctx, t, streamURL))
		require.NoError(t, err)
		_, err = res.Body.Read(make([]byte, 1024))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		ask(ctx, t, whole)
		call.End(instrument.CallResult{})
		got := attributesOf(m.span(callSpan))
		require.Equal(t, "partial", got["spanledger.usage.status"])
		require.Equal(t, "360", got["gen_ai.usage.input_tokens"])
	})
	t.Run("ThatOutliveTheCallCountAsFarAsTheyCame", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		ctx, call := start(t, m)
		stream := instrument.NewTransport(answering("data: "+answer+"\n\n"), m.options()...)
		res, err := stream.RoundTrip(newRequest(ctx, t, streamURL))
		require.NoError(t, err)
		_, err = res.Body.Read(make([]byte, 1024))
		require.NoError(t, err)
		call.End(instrument.CallResult{})
		got := attributesOf(m.span(callSpan))
		require.Equal(t, "partial", got["spanledger.usage.status"])
		require.Equal(t, "120", got["gen_ai.usage.input_tokens"])
		require.Equal(t, "1", got["spanledger.call.attempts"])
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err, "the reader reads on")
		require.NoError(t, res.Body.Close())
		require.Len(t, m.spans.Ended(), 1)
		require.Empty(t, m.points("spanledger.instrument.lost"))
	})
	t.Run("ThatNeverReturnedCount", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		ctx, call := start(t, m)
		transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
			call.End(instrument.CallResult{})
			return answering(answer)(req)
		}), m.options()...)
		require.Equal(t, answer, ask(ctx, t, transport))
		got := attributesOf(m.span(callSpan))
		require.Equal(t, "unknown", got["spanledger.usage.status"])
		require.Len(t, m.spans.Ended(), 1)
	})
	t.Run("ThatMayHaveUsedTokensLeaveALowerBound", func(t *testing.T) {
		t.Parallel()
		for name, tt := range map[string]struct {
			first roundTripper
			want  string
		}{
			"TimedOut": {func(req *http.Request) (*http.Response, error) {
				_, err := io.Copy(io.Discard, req.Body)
				return nil, errors.Join(err, context.DeadlineExceeded)
			}, "partial"},
			"Refused": {func(*http.Request) (*http.Response, error) {
				return nil, errors.New("connection refused")
			}, "reported"},
			"TooMany": {func(req *http.Request) (*http.Response, error) {
				_, err := io.Copy(io.Discard, req.Body)
				return respond(http.StatusTooManyRequests, http.NoBody), err
			}, "reported"},
		} {
			m := newTelemetry(t)
			ctx, call := start(t, m)
			res, err := instrument.NewTransport(tt.first, m.options()...).RoundTrip(newRequest(ctx, t, generateURL))
			if err == nil {
				require.NoError(t, res.Body.Close())
			}
			ask(ctx, t, instrument.NewTransport(answering(answer), m.options()...))
			call.End(instrument.CallResult{})
			got := attributesOf(m.span(callSpan))
			require.Equal(t, tt.want, got["spanledger.usage.status"], name)
			require.Equal(t, "120", got["gen_ai.usage.input_tokens"])
			require.NotContains(t, got, "error.type", "an attempt that was made again is no failed call")
		}
	})
	t.Run("AfterTheEndAreCallsOfTheirOwn", func(t *testing.T) {
		t.Parallel()
		m := newTelemetry(t)
		ctx, call := start(t, m)
		call.End(instrument.CallResult{})
		ask(ctx, t, instrument.NewTransport(answering(answer), m.options()...))
		require.Equal(t, "1", attributesOf(m.span(callSpan))["spanledger.call.attempts"])
	})
}

func TestCall_InferredTypes(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]string{"embeddings": "embeddings", "chat": "call_llm", "": "call_llm"} {
		m := newTelemetry(t)
		_, call := instrument.Start(t.Context(), instrument.CallStart{Operation: operation, Model: "m"}, m.options()...)
		call.End(instrument.CallResult{})
		require.Equal(t, want, attributesOf(m.spans.Ended()[0])["spanledger.call.type"])
	}
}

func TestCall_Chunk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTelemetry(t)
		_, call := instrument.Start(t.Context(), instrument.CallStart{Stream: true}, m.options()...)
		for range 2 {
			timer := time.NewTimer(time.Second)
			<-timer.C
			call.Chunk()
		}
		call.End(instrument.CallResult{})
		span := m.span("chat")
		require.Equal(t, "1", attributesOf(span)["gen_ai.response.time_to_first_chunk"])
		require.Equal(t, 2*time.Second, span.EndTime().Sub(span.StartTime()))
	})
}

func TestCall_Nil(t *testing.T) {
	t.Parallel()
	var call *instrument.Call
	call.Chunk()
	call.End(instrument.CallResult{})
}

func TestContext(t *testing.T) {
	t.Parallel()
	require.Empty(t, instrument.CallTypeFromContext(t.Context()))
	ctx := instrument.ContextWithCallType(t.Context(), "additional_content/write_tweet")
	require.Equal(t, instrument.CallType("additional_content/write_tweet"), instrument.CallTypeFromContext(ctx))

	_, analysis := instrument.StartAnalysis(t.Context(), "")
	defer analysis.End()
	ctx = instrument.ContextWithAnalysis(ctx, analysis)
	require.Same(t, analysis, instrument.AnalysisFromContext(ctx))
}
