// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

const (
	key        = "test-key"
	model      = "gemini-2.5-flash"
	generate   = "/v1beta/models/gemini-2.0-flash:generateContent"
	stream     = "/v1beta/models/gemini-2.0-flash:streamGenerateContent"
	hello      = `{"contents":[{"parts":[{"text":"Hello there"}]}]}`
	helloCount = 3
)

func startGemini(t *testing.T, opts ...instrumenttest.GeminiOption) *instrumenttest.Gemini {
	t.Helper()
	fake, err := instrumenttest.StartGemini(t.Context(), opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	return fake
}

// httpClient returns a client whose connections end with the test.
func httpClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// post sends a body with a key and returns the response with its whole body.
func post(t *testing.T, fake *instrumenttest.Gemini, path, body string) (*http.Response, string) {
	t.Helper()
	return do(t, fake, http.MethodPost, path, body, http.Header{"X-Goog-Api-Key": {key}})
}

// postBearer sends a request as OpenAI's API takes it; Anthropic's does too.
func postBearer(t *testing.T, fake standIn, path, body string) (*http.Response, string) {
	t.Helper()
	return do(t, fake, http.MethodPost, path, body, http.Header{"Authorization": {"Bearer " + key}})
}

// standIn is any of the stand-ins.
type standIn interface{ URL() string }

func do(
	t *testing.T, fake standIn, method, path, body string, header http.Header,
) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, fake.URL()+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header = header
	res, err := httpClient(t).Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(got)
}

// only returns the single exchange so far.
func only(t *testing.T, fake *instrumenttest.Gemini) instrumenttest.Exchange {
	t.Helper()
	exchanges := fake.Exchanges()
	require.Len(t, exchanges, 1)
	return exchanges[0]
}

// response is what the tests read of a generate response.
type response struct {
	Candidates []struct {
		Content struct {
			Parts []struct {
				Text           string          `json:"text"`
				ExecutableCode json.RawMessage `json:"executableCode"`
				Result         json.RawMessage `json:"codeExecutionResult"`
			} `json:"parts"`
		} `json:"content"`
		FinishReason any `json:"finishReason"`
	} `json:"candidates"`
	PromptFeedback struct {
		BlockReason any `json:"blockReason"`
	} `json:"promptFeedback"`
	Usage map[string]any `json:"usageMetadata"`
	ID    string         `json:"responseId"`
	Error struct {
		Code   int    `json:"code"`
		Status string `json:"status"`
	} `json:"error"`
}

func parse(t *testing.T, raw string) response {
	t.Helper()
	var r response
	require.NoError(t, json.Unmarshal([]byte(raw), &r), raw)
	return r
}

// text joins the answer's text parts.
func (r *response) text() string {
	var b strings.Builder
	for _, c := range r.Candidates {
		for _, p := range c.Content.Parts {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// parseSSE reads the events of a stream.
func parseSSE(t *testing.T, raw string) []response {
	t.Helper()
	var events []response
	for line := range strings.SplitSeq(raw, "\r\n\r\n") {
		if line != "" {
			data, ok := strings.CutPrefix(line, "data: ")
			require.True(t, ok, line)
			events = append(events, parse(t, data))
		}
	}
	return events
}
