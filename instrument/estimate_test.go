// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// silent is an answer of 11 characters that does not say what it used.
const silent = `{"candidates":[{"content":{"parts":[{"text":"It goes up."}]},"finishReason":"STOP"}]}`

// words counts words, of one model only.
var words = instrument.EstimatorFunc(func(model, text string) (int64, bool) {
	return int64(len(strings.Fields(text))), model == "gemini-2.0-flash"
})

func TestWithEstimator(t *testing.T) {
	t.Parallel()
	unknown := instrument.EstimatorFunc(func(string, string) (int64, bool) { return 1000, false })
	negative := instrument.EstimatorFunc(func(string, string) (int64, bool) { return -1, true })
	panics := instrument.EstimatorFunc(func(string, string) (int64, bool) { panic("no vocabulary") })
	for name, tt := range map[string]struct {
		estimator     instrument.Estimator
		input, output int64
	}{
		"FourCharacters": {nil, 6, 3}, // 24 and 11 characters
		"Words":          {words, 5, 3},
		"UnknownModel":   {unknown, 6, 3},
		"Negative":       {negative, 6, 3},
		"Panics":         {panics, 6, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, analysis := m.start(t.Context(), "")
			transport := instrument.NewTransport(
				answering(silent),
				append(m.options(), instrument.WithEstimator(tt.estimator))...)
			ask(ctx, t, transport)
			analysis.End()

			span := attributesOf(m.span(callSpan))
			require.Equal(t, "estimated", span[semconv.UsageStatus])
			require.NotContains(t, span, semconv.InputMessages, "an estimate records no content")
			summary := analysis.Summary()
			require.Equal(t, tt.input, summary.Input)
			require.Equal(t, tt.output, summary.Output)
			require.EqualValues(t, 1, summary.Estimated)
			require.Zero(t, summary.WithoutUsage)
			call := summary.Breakdowns[0].Details[0]
			require.True(t, call.Cost.Priced)
			require.NotEqual(t, instrument.Amount{}, call.Cost.Amount)
			require.Regexp(t, `Estimated +1 call\n`, summary.String())
			document, err := json.Marshal(summary)
			require.NoError(t, err)
			require.Contains(t, string(document), `"estimated_calls":1`)
			require.Contains(t, string(document), `"usage_status":"estimated"`)
		})
	}
}

// TestWithEstimator_Statuses says when there is an estimate.
func TestWithEstimator_Statuses(t *testing.T) {
	t.Parallel()
	status := func(code int, body string) roundTripper {
		return func(req *http.Request) (*http.Response, error) {
			res, err := answering(body)(req)
			res.StatusCode = code
			return res, err
		}
	}
	event := "data: " + silent + "\n\n"
	for name, tt := range map[string]struct {
		base          roundTripper
		want          string
		input, output int64
	}{
		"Reported": {answering(answer), "reported", 120, 40},
		"Partial":  {answering("data: " + answer + "\n\ndata: {\"candidates\":[{\"con"), "partial", 120, 40},
		"Silent":   {answering(silent), "estimated", 6, 3},
		"Stream":   {answering(event + event), "estimated", 6, 6},
		"Cut":      {answering(event + `data: {"candidates":[{"content":{"parts":[{"text":"And th`), "estimated", 6, 5},
		"Empty":    {answering(""), "estimated", 6, 0},
		"Refused":  {status(http.StatusTooManyRequests, `{"error":{"code":429}}`), "unknown", 0, 0},
		"Broken":   {status(http.StatusInternalServerError, ""), "unknown", 0, 0},
		"Redirect": {status(http.StatusNotModified, ""), "unknown", 0, 0},
		"NotSent": {func(*http.Request) (*http.Response, error) {
			return nil, errors.New("connection refused")
		}, "unknown", 0, 0},
		"NoAnswer": {func(req *http.Request) (*http.Response, error) {
			_, err := io.Copy(io.Discard, req.Body)
			require.NoError(t, err)
			return nil, context.DeadlineExceeded
		}, "estimated", 6, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, analysis := m.start(t.Context(), "")
			defer analysis.End()
			send(
				ctx,
				t,
				instrument.NewTransport(tt.base, append(m.options(), instrument.WithEstimator(nil))...),
				question,
			)
			require.Equal(t, tt.want, attributesOf(m.span(callSpan))[semconv.UsageStatus])
			summary := analysis.Summary()
			require.Equal(t, []int64{tt.input, tt.output}, []int64{summary.Input, summary.Output})
		})
	}
}

// TestWithEstimator_WhatCounts has more in a request than its messages, and an
// image, which does not count.
func TestWithEstimator_WhatCounts(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), "")
	defer analysis.End()
	transport := instrument.NewTransport(answering(silent), append(m.options(), instrument.WithEstimator(words))...)
	send(ctx, t, transport, `{"systemInstruction":{"parts":[{"text":"one two"}]},
		"contents":[{"parts":[{"text":"three"},{"inlineData":{"mimeType":"image/png","data":"`+strings.Repeat("A", 1<<16)+`"}}]}],
		"tools":[{"functionDeclarations":[{"name":"four","description":"five six"}]}]}`)
	require.EqualValues(t, 6, analysis.Summary().Input)
}

// TestWithEstimator_LongBodies are counted in proportion to what was kept.
func TestWithEstimator_LongBodies(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), "")
	defer analysis.End()
	transport := instrument.NewTransport(answering(silent), append(m.options(), instrument.WithEstimator(nil))...)
	send(ctx, t, transport, `{"contents":[{"parts":[{"text":"`+strings.Repeat("four ", 1<<19)+`"}]}]}`)
	require.InEpsilon(t, 5<<17, analysis.Summary().Input, 0.01)
}

// TestWithEstimator_Encoded has an answer, and then a request, that cannot be
// read on its way.
func TestWithEstimator_Encoded(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), "")
	defer analysis.End()
	transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		res, err := answering("no text")(req)
		res.Header.Set("Content-Encoding", "gzip")
		return res, err
	}), append(m.options(), instrument.WithEstimator(nil))...)
	ask(ctx, t, transport)
	req := newRequest(ctx, t, generateURL)
	req.Header.Set("Content-Encoding", "gzip")
	res, err := transport.RoundTrip(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())

	calls := analysis.Summary().Breakdowns[0].Details
	require.Equal(t, instrument.Usage{Status: instrument.StatusEstimated, Input: instrument.Known(6)}, calls[0].Usage)
	require.Equal(t, instrument.Usage{}, calls[1].Usage)
}

func TestWithEstimator_EmbeddingsHaveNoOutput(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), "")
	defer analysis.End()
	transport := instrument.NewTransport(answering(`{"embedding":{"values":[0.1]}}`),
		append(m.options(), instrument.WithEstimator(nil))...)
	body := strings.NewReader(`{"content":{"parts":[{"text":"twelve chars"}]}}`)
	url := strings.Replace(generateURL, "generateContent", "embedContent", 1)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	require.NoError(t, err)
	res, err := transport.RoundTrip(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	usage := analysis.Summary().Breakdowns[0].Details[0].Usage
	require.Equal(t, instrument.Usage{Status: instrument.StatusEstimated, Input: instrument.Known(3)}, usage)
}

// TestWithEstimator_Attempts adds what was reported to what is estimated: the
// sum is an estimate.
func TestWithEstimator_Attempts(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	on := append(m.options(), instrument.WithEstimator(nil))
	ctx, analysis := m.start(t.Context(), "")
	defer analysis.End()
	ctx, call := instrument.Start(ctx, instrument.CallStart{Model: "gemini-2.0-flash"}, on...)
	ask(ctx, t, instrument.NewTransport(answering(answer), on...))
	ask(ctx, t, instrument.NewTransport(answering(silent), on...))
	ask(ctx, t, instrument.NewTransport(answering("data: "+answer+"\n\ndata: {"), on...))
	call.End(instrument.CallResult{})
	usage := analysis.Summary().Breakdowns[0].Details[0].Usage
	require.Equal(t, instrument.StatusEstimated, usage.Status)
	require.Equal(t, instrument.Known(246), usage.Input)
	require.Equal(t, instrument.Known(83), usage.Output)
}

// TestWithEstimator_CallResult has the application give what was said.
func TestWithEstimator_CallResult(t *testing.T) {
	t.Parallel()
	said := instrument.Content{
		Input: []instrument.Message{
			{Role: "user", Parts: []instrument.Part{{Type: instrument.PartText, Content: "twelve chars"}}},
		},
		Output: []instrument.Message{
			{Role: "assistant", Parts: []instrument.Part{{Type: instrument.PartText, Content: "four"}}},
		},
	}
	asked := instrument.Content{Input: said.Input}
	estimates := []instrument.Option{instrument.WithEstimator(nil)}
	given := instrument.Usage{Status: instrument.StatusReported, Input: instrument.Known(7)}
	for name, tt := range map[string]struct {
		opts   []instrument.Option
		result instrument.CallResult
		want   instrument.UsageStatus
		input  int64
	}{
		"Estimated":  {estimates, instrument.CallResult{Content: said}, instrument.StatusEstimated, 3},
		"Off":        {nil, instrument.CallResult{Content: said}, instrument.StatusUnknown, 0},
		"Given":      {estimates, instrument.CallResult{Content: said, Usage: given}, instrument.StatusReported, 7},
		"NoContent":  {estimates, instrument.CallResult{}, instrument.StatusUnknown, 0},
		"Refused":    {estimates, instrument.CallResult{Content: asked, ErrorType: "429"}, instrument.StatusUnknown, 0},
		"CutInParts": {estimates, instrument.CallResult{Content: said, ErrorType: "stream_cut"}, instrument.StatusEstimated, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, analysis := instrument.StartAnalysis(t.Context(), "")
			defer analysis.End()
			_, call := instrument.Start(ctx, instrument.CallStart{Model: "gpt-4o"}, tt.opts...)
			call.End(tt.result)
			usage := analysis.Summary().Breakdowns[0].Details[0].Usage
			require.Equal(t, tt.want, usage.Status)
			require.Equal(t, tt.input, usage.Input.OrZero())
		})
	}
}
