// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestGemini_Lifecycle(t *testing.T) {
	t.Parallel()

	t.Run("CloseRefusesConnections", func(t *testing.T) {
		t.Parallel()
		fake, err := instrumenttest.StartGemini(t.Context())
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(fake.URL(), "http://127.0.0.1:"), fake.URL())
		require.NoError(t, fake.Close())
		require.NoError(t, fake.Close())

		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fake.URL()+generate, http.NoBody)
		require.NoError(t, err)
		_, err = httpClient(t).Do(req)
		require.ErrorContains(t, err, "refused")
		require.Empty(t, fake.Exchanges())
	})
	t.Run("StartsOnce", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t)
		require.ErrorContains(t, fake.Start(t.Context()), "already started")
	})
	t.Run("CloseWithoutStart", func(t *testing.T) {
		t.Parallel()
		fake := instrumenttest.NewGemini()
		require.Empty(t, fake.URL())
		require.NoError(t, fake.Close())
		require.Error(t, fake.Start(t.Context()))

		recorder := httptest.NewRecorder()
		fake.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, generate, strings.NewReader(hello)))
		require.Equal(t, http.StatusServiceUnavailable, recorder.Code)
	})
	t.Run("CloseEndsSlowAnswers", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t, instrumenttest.WithLatency(time.Hour))
		done := make(chan error, 1)
		go func() {
			req, err := http.NewRequestWithContext(
				t.Context(),
				http.MethodPost,
				fake.URL()+generate,
				strings.NewReader(hello),
			)
			if err == nil {
				req.Header.Set("X-Goog-Api-Key", key)
				_, err = httpClient(t).Do(req)
			}
			done <- err
		}()
		require.Eventually(t, func() bool { return len(fake.Exchanges()) == 1 }, 10*time.Second, time.Millisecond)
		require.NoError(t, fake.Close())
		require.Error(t, <-done)
		require.Zero(t, only(t, fake).Status)
	})
}

func TestGemini_ServesAsHandler(t *testing.T) {
	t.Parallel()
	fake := instrumenttest.NewGemini(instrumenttest.WithoutKeyCheck())
	recorder := httptest.NewRecorder()
	fake.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, generate, strings.NewReader(hello)))
	require.Equal(t, http.StatusOK, recorder.Code)
	answer := parse(t, recorder.Body.String())
	require.NotEmpty(t, answer.text())
	require.EqualValues(t, helloCount, answer.Usage["promptTokenCount"])
}

func TestGemini_Credentials(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		opts   []instrumenttest.GeminiOption
		path   string
		header http.Header
		status int
		want   instrumenttest.Exchange
	}{
		{
			name: "KeyInHeader", path: generate, header: http.Header{"X-Goog-Api-Key": {key}}, status: 200,
			want: instrumenttest.Exchange{KeyInHeader: true},
		},
		{
			name: "KeyInURL", path: generate + "?key=" + key, status: 200,
			want: instrumenttest.Exchange{KeyInURL: true},
		},
		{
			name: "Bearer", path: generate, header: http.Header{"Authorization": {"Bearer x"}}, status: 200,
			want: instrumenttest.Exchange{BearerToken: true},
		},
		{name: "None", path: generate, status: 403},
		{name: "NoneOnVertex", path: "/v1/projects/p/locations/l/publishers/google/models/m:generateContent", status: 401},
		{name: "NoneNeeded", path: generate, opts: []instrumenttest.GeminiOption{instrumenttest.WithoutKeyCheck()}, status: 200},
		{
			name: "RightKey", path: generate, header: http.Header{"X-Goog-Api-Key": {key}},
			opts: []instrumenttest.GeminiOption{instrumenttest.WithKey(key)}, status: 200,
			want: instrumenttest.Exchange{KeyInHeader: true},
		},
		{
			name: "WrongKey", path: generate, header: http.Header{"X-Goog-Api-Key": {"other"}},
			opts: []instrumenttest.GeminiOption{instrumenttest.WithKey(key)}, status: 400,
			want: instrumenttest.Exchange{KeyInHeader: true},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fake := startGemini(t, tt.opts...)
			res, body := do(t, fake, http.MethodPost, tt.path, hello, tt.header)
			require.Equal(t, tt.status, res.StatusCode)
			if tt.status != http.StatusOK {
				require.Equal(t, tt.status, parse(t, body).Error.Code)
			}
			got := only(t, fake)
			require.Equal(t, tt.status, got.Status)
			require.Equal(t, tt.want.KeyInHeader, got.KeyInHeader)
			require.Equal(t, tt.want.KeyInURL, got.KeyInURL)
			require.Equal(t, tt.want.BearerToken, got.BearerToken)
			require.NotContains(t, got.Path, key)
		})
	}
}

func TestGemini_BadRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path, body, status string
		code                     int
	}{
		{name: "UnknownPath", path: "/v2/models/x:generateContent", body: hello, code: 404, status: "NOT_FOUND"},
		{name: "UnknownMethod", path: "/v1beta/models/x:sing", body: hello, code: 404, status: "NOT_FOUND"},
		{name: "UnknownModel", path: "/v1beta/models/other:generateContent", body: hello, code: 404, status: "NOT_FOUND"},
		{name: "NoJSON", path: generate, body: `{"contents":`, code: 400, status: "INVALID_ARGUMENT"},
		{name: "NoBody", path: generate, code: 400, status: "INVALID_ARGUMENT"},
		{name: "WrongType", path: generate, body: `{"contents":7}`, code: 400, status: "INVALID_ARGUMENT"},
		{name: "NoContents", path: generate, body: `{}`, code: 400, status: "INVALID_ARGUMENT"},
		{
			name: "TooManyCandidates", path: generate, code: 400, status: "INVALID_ARGUMENT",
			body: `{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"candidateCount":9}}`,
		},
		{
			name: "NothingToEmbed", path: "/v1beta/models/gemini-2.0-flash:embedContent", body: `{}`,
			code: 400, status: "INVALID_ARGUMENT",
		},
		{
			name: "TooManyDimensions", path: "/v1beta/models/gemini-2.0-flash:embedContent",
			body: `{"content":{"parts":[{"text":"a"}]},"outputDimensionality":99999}`,
			code: 400, status: "INVALID_ARGUMENT",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fake := startGemini(t, instrumenttest.WithModels("gemini-2.0-flash"))
			res, body := post(t, fake, tt.path, tt.body)
			require.Equal(t, tt.code, res.StatusCode)
			require.Equal(t, "application/json; charset=UTF-8", res.Header.Get("Content-Type"))
			require.Equal(t, tt.status, parse(t, body).Error.Status)
			require.Equal(t, tt.code, only(t, fake).Status)
			require.False(t, only(t, fake).Reported)
		})
	}
}

func TestGemini_SameRequestSameAnswer(t *testing.T) {
	t.Parallel()
	first, again := startGemini(t), startGemini(t)
	_, a := post(t, first, generate, hello)
	_, b := post(t, first, generate, hello)
	_, c := post(t, again, generate, hello)
	require.Equal(t, a, c, "two stand-ins answer alike")

	one, two := parse(t, a), parse(t, b)
	require.NotEqual(t, one.ID, two.ID, "no two answers share an id")
	one.ID, two.ID = "", ""
	require.Equal(t, one, two)
	exchanges := first.Exchanges()
	require.Equal(t, exchanges[0].Usage, exchanges[1].Usage)
	require.Equal(t, exchanges[0].Usage.Add(exchanges[1].Usage), first.Usage())
}

func TestGemini_ManyClients(t *testing.T) {
	t.Parallel()
	const clients, calls, failing = 8, 10, 20
	fake := startGemini(t)
	fake.Fail(failing, instrumenttest.Fault{Status: http.StatusServiceUnavailable})
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range calls {
				recorder := httptest.NewRecorder()
				req := httptest.NewRequest(http.MethodPost, generate, strings.NewReader(hello))
				req.Header.Set("X-Goog-Api-Key", key)
				fake.ServeHTTP(recorder, req)
			}
		})
	}
	wg.Wait()

	failed, ids := 0, map[string]bool{}
	for _, e := range fake.Exchanges() {
		if e.Status == http.StatusServiceUnavailable {
			failed++
			continue
		}
		ids[e.ResponseID] = true
	}
	require.Equal(t, failing, failed)
	require.Len(t, ids, clients*calls-failing)
	require.Equal(t, helloCount*(clients*calls-failing), fake.Usage().Prompt)
}

func TestGemini_AbandonedStream(t *testing.T) {
	t.Parallel()
	fake := startGemini(t, instrumenttest.WithChunkDelay(time.Hour))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fake.URL()+stream, strings.NewReader(hello))
	require.NoError(t, err)
	req.Header.Set("X-Goog-Api-Key", key)
	res, err := httpClient(t).Do(req)
	require.NoError(t, err)
	first := make([]byte, 100)
	_, err = io.ReadFull(res.Body, first)
	require.NoError(t, err, "the first event is flushed while the second waits")
	require.NoError(t, res.Body.Close())

	got := only(t, fake)
	require.Equal(t, 1, got.Events)
	require.True(t, got.Reported)
	require.False(t, got.Complete)
}

func TestGemini_Latency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := instrumenttest.NewGemini(instrumenttest.WithoutKeyCheck(),
			instrumenttest.WithLatency(time.Second), instrumenttest.WithChunkDelay(100*time.Millisecond))
		start := time.Now()
		recorder := httptest.NewRecorder()
		fake.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, stream+"?alt=sse", strings.NewReader(hello)))
		require.Len(t, parseSSE(t, recorder.Body.String()), 4)
		require.Equal(t, 1300*time.Millisecond, time.Since(start))
	})
}
