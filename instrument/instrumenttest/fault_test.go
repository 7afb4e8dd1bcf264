// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestGemini_FailStatus(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	fake.Fail(2, instrumenttest.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1500 * time.Millisecond})
	fake.Fail(1, instrumenttest.Fault{Status: http.StatusServiceUnavailable})

	var statuses []int
	for range 4 {
		res, body := post(t, fake, generate, hello)
		statuses = append(statuses, res.StatusCode)
		if res.StatusCode == http.StatusTooManyRequests {
			require.Equal(t, "2", res.Header.Get("Retry-After"))
			require.Equal(t, "RESOURCE_EXHAUSTED", parse(t, body).Error.Status)
			require.Contains(t, body, `"retryDelay": "1.5s"`)
		}
	}
	require.Equal(t, []int{429, 429, 503, 200}, statuses)
	require.Equal(t, helloCount, fake.Usage().Prompt, "failed requests report nothing")
}

func TestGemini_FailMatches(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	fake.Fail(-1, instrumenttest.Fault{Match: instrumenttest.FailingModel("gemini-2.5-pro"), Status: 503})
	fake.Fail(1, instrumenttest.Fault{
		Match:  func(req instrumenttest.Request) bool { return strings.Contains(req.Prompt, "Hello") },
		Status: 500,
	})
	status := func(path string) int {
		res, _ := post(t, fake, path, hello)
		return res.StatusCode
	}
	pro := "/v1beta/models/gemini-2.5-pro:generateContent"
	require.Equal(t, []int{503, 503, 500, 200, 503},
		[]int{status(pro), status(pro), status(generate), status(generate), status(pro)})
	fake.Heal()
	require.Equal(t, 200, status(pro))
	fake.Fail(0, instrumenttest.Fault{Status: 500})
	require.Equal(t, 200, status(pro))
}

func TestGemini_FailBlocked(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	fake.Fail(2, instrumenttest.Fault{BlockReason: "SAFETY"})
	_, unary := post(t, fake, generate, hello)
	_, sse := post(t, fake, stream+"?alt=sse", hello)
	events := parseSSE(t, sse)
	require.Len(t, events, 1)
	for i, answer := range []response{parse(t, unary), events[0]} {
		require.Empty(t, answer.Candidates)
		require.Equal(t, "SAFETY", answer.PromptFeedback.BlockReason)
		want := instrumenttest.Usage{Prompt: 3, Total: 3, PromptDetails: instrumenttest.Modalities{Text: 3}}
		require.Equal(t, want, reported(answer))
		require.Equal(t, want, fake.Exchanges()[i].Usage)
	}
}

func TestGemini_FailCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path string
		after      int
		whole      int
		begins     string
	}{
		{name: "Unary", path: generate, begins: "{"},
		{name: "SSE", path: stream + "?alt=sse", after: 2, whole: 2, begins: "data: {"},
		{name: "SSEAtOnce", path: stream + "?alt=sse", begins: "data: {"},
		{name: "Array", path: stream, after: 1, whole: 1, begins: "[{"},
		{name: "InTheLastEventAtTheLatest", path: stream, after: 99, whole: 3, begins: "[{"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fake := startGemini(t)
			fake.Fail(1, instrumenttest.Fault{Cut: true, After: tt.after})
			req, err := http.NewRequestWithContext(
				t.Context(),
				http.MethodPost,
				fake.URL()+tt.path,
				strings.NewReader(hello),
			)
			require.NoError(t, err)
			req.Header.Set("X-Goog-Api-Key", key)
			res, err := httpClient(t).Do(req)
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.NoError(t, res.Body.Close())

			require.True(t, strings.HasPrefix(string(body), tt.begins), "%s", body)
			got := only(t, fake)
			require.Equal(t, http.StatusOK, got.Status)
			require.False(t, got.Complete)
			require.Equal(t, tt.whole, got.Events)
			require.Equal(t, tt.whole > 0, got.Reported)
			require.Equal(t, tt.whole, strings.Count(string(body), "totalTokenCount"))
		})
	}
}

func TestGemini_FailMidStream(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	fake.Fail(4, instrumenttest.Fault{Status: 503, MidStream: true, After: 1})

	res, sse := post(t, fake, stream+"?alt=sse", hello)
	require.Equal(t, http.StatusOK, res.StatusCode)
	events := parseSSE(t, sse)
	require.Len(t, events, 2)
	require.Equal(t, 503, events[1].Error.Code)
	require.Equal(t, reported(events[0]), only(t, fake).Usage)

	_, array := post(t, fake, stream, hello)
	require.True(t, strings.HasSuffix(array, "}]"))
	require.Contains(t, array, `"UNAVAILABLE"`)

	res, _ = post(t, fake, generate, hello)
	require.Equal(t, 503, res.StatusCode, "a unary call has no middle")

	fake.Heal()
	fake.Fail(1, instrumenttest.Fault{Status: 503, MidStream: true, After: 99})
	_, sse = post(t, fake, stream+"?alt=sse", hello)
	events = parseSSE(t, sse)
	require.Len(t, events, 5, "after all events at the latest")
	require.Equal(t, 503, events[4].Error.Code)
}

func TestGemini_FailStatusOfStream(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	fake.Fail(2, instrumenttest.Fault{Status: 429})
	_, sse := post(t, fake, stream+"?alt=sse", hello)
	require.Equal(t, 429, parse(t, sse).Error.Code)
	_, array := post(t, fake, stream, hello)
	require.True(t, strings.HasPrefix(array, "["), "an array reports its error in an array")
}

func TestGemini_FailGarbage(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	fake.Fail(1, instrumenttest.Fault{Garbage: true})
	res, body := post(t, fake, generate, hello)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.True(t, strings.HasPrefix(body, "<html>"))
	require.False(t, only(t, fake).Reported)
}

func TestGemini_FailSlow(t *testing.T) {
	t.Parallel()
	serve := func(ctx context.Context, fake *instrumenttest.Gemini) *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		fake.ServeHTTP(
			recorder,
			httptest.NewRequestWithContext(ctx, http.MethodPost, generate, strings.NewReader(hello)),
		)
		return recorder
	}
	t.Run("ThenAnswers", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			fake := instrumenttest.NewGemini(instrumenttest.WithoutKeyCheck())
			fake.Fail(1, instrumenttest.Fault{Delay: time.Minute, Status: 503})
			start := time.Now()
			require.Equal(t, 503, serve(t.Context(), fake).Code)
			require.Equal(t, time.Minute, time.Since(start))
		})
	})
	t.Run("HonoursCancellation", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			fake := instrumenttest.NewGemini(instrumenttest.WithoutKeyCheck())
			fake.Fail(1, instrumenttest.Fault{Delay: time.Hour})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			require.Empty(t, serve(ctx, fake).Body)
			require.Equal(t, time.Second, time.Since(start))
			require.Zero(t, only(t, fake).Status)
		})
	})
	t.Run("ClientGivesUp", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		fake.Fail(1, instrumenttest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, fake.URL()+generate, strings.NewReader(hello))
		require.NoError(t, err)
		req.Header.Set("X-Goog-Api-Key", key)
		_, err = httpClient(t).Do(req)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
