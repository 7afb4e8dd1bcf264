// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// TestContent has what the SDK sends and gets, streamed and whole, alike.
func TestContent(t *testing.T) {
	t.Parallel()
	respond := func(instrumenttest.Request) instrumenttest.Answer {
		return instrumenttest.Answer{
			Text:  "It goes up, as far as one can see from here.",
			Calls: []instrumenttest.FunctionCall{{Name: "price_of", Args: map[string]any{"symbol": "RELIANCE"}}},
		}
	}
	client, spans, _ := instrumented(t, nil, respond, instrument.WithContent(instrument.ContentConfig{}))
	config := &genai.GenerateContentConfig{
		SystemInstruction: genai.NewContentFromText("Be brief.", ""),
		Tools: []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{
			{
				Name:        "price_of",
				Description: "The price of a share.",
				Parameters: &genai.Schema{
					Type:       genai.TypeObject,
					Properties: map[string]*genai.Schema{"symbol": {Type: genai.TypeString}},
				},
			},
		}}},
	}
	contents := []*genai.Content{genai.NewContentFromParts([]*genai.Part{
		{Text: "What is on this chart?"}, genai.NewPartFromBytes([]byte("canary-image"), "image/png"),
	}, genai.RoleUser)}

	_, err := client.Models.GenerateContent(t.Context(), "gemini-2.0-flash", contents, config)
	require.NoError(t, err)
	for _, err := range client.Models.GenerateContentStream(t.Context(), "gemini-2.0-flash", contents, config) {
		require.NoError(t, err)
	}

	require.Len(t, spans.Ended(), 2)
	for _, span := range spans.Ended() {
		got := attributesOf(span)
		require.JSONEq(t, `[{"type":"text","content":"Be brief."}]`, got["gen_ai.system_instructions"])
		require.JSONEq(t, `[{"role":"user","parts":[{"type":"text","content":"What is on this chart?"},
			{"type":"blob","mime_type":"image/png","modality":"image","content":"","size":12}]}]`, got["gen_ai.input.messages"])
		require.JSONEq(t, `[{"role":"assistant","parts":[
			{"type":"text","content":"It goes up, as far as one can see from here."},
			{"type":"tool_call","name":"price_of","arguments":{"symbol":"RELIANCE"}}],"finish_reason":"stop"}]`,
			got["gen_ai.output.messages"])
		require.JSONEq(t, `[{"type":"function","name":"price_of","description":"The price of a share.",
			"parameters":{"type":"OBJECT","properties":{"symbol":{"type":"STRING"}}}}]`, got["gen_ai.tool.definitions"])
	}
}

// TestEstimate has a provider that reports no usage, and streams that end
// before it comes.
func TestEstimate(t *testing.T) {
	t.Parallel()
	const question, answer = "Where does the price go?", "The price goes up, as far as one can see from here."
	respond := func(instrumenttest.Request) instrumenttest.Answer { return instrumenttest.Answer{Text: answer} }
	for name, tt := range map[string]struct {
		fault  instrumenttest.Fault
		base   func(http.RoundTripper) http.RoundTripper
		status string
		output [2]int64 // the least and the most
		failed int64
	}{
		"WithoutUsage":   {base: withoutUsage, status: "estimated", output: [2]int64{13, 13}},
		"CutBeforeUsage": {fault: instrumenttest.Fault{Cut: true}, base: withoutUsage, status: "estimated", output: [2]int64{0, 12}, failed: 1},
		"CutAfterUsage":  {fault: instrumenttest.Fault{Cut: true, After: 2}, status: "partial", output: [2]int64{1, 13}, failed: 1},
		"Refused":        {fault: instrumenttest.Fault{Status: http.StatusTooManyRequests}, status: "unknown", failed: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, spans, fake := instrumented(t, tt.base, respond, instrument.WithEstimator(nil))
			fake.Fail(1, tt.fault)
			ctx, analysis := instrument.StartAnalysis(t.Context(), "")
			defer analysis.End()
			for _, err := range client.Models.GenerateContentStream(ctx, "gemini-2.0-flash", genai.Text(question), nil) {
				if err != nil {
					require.NotZero(t, tt.failed)
					break
				}
			}
			require.Len(t, spans.Ended(), 1)
			require.Equal(t, tt.status, attributesOf(spans.Ended()[0])["spanledger.usage.status"])
			summary := analysis.Summary()
			require.Equal(t, tt.failed, summary.Failed)
			require.GreaterOrEqual(t, summary.Output, tt.output[0])
			require.LessOrEqual(t, summary.Output, tt.output[1])
			if tt.status == "estimated" {
				require.EqualValues(t, len(question)/4, summary.Input)
				require.EqualValues(t, 1, summary.Estimated)
			}
		})
	}
}

// instrumented returns a client whose calls are measured with more options. Base
// may change the transport below.
func instrumented(
	t *testing.T,
	base func(http.RoundTripper) http.RoundTripper,
	respond instrumenttest.Responder,
	opts ...instrument.Option,
) (*genai.Client, *tracetest.SpanRecorder, *instrumenttest.Gemini) {
	t.Helper()
	fake, err := instrumenttest.StartGemini(t.Context(), instrumenttest.WithResponder(respond))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	client, spans := newClient(t, fake.URL(), "any"), tracetest.NewSpanRecorder()
	if base != nil {
		below := client.ClientConfig().HTTPClient
		below.Transport = base(below.Transport)
	}
	tracers := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	require.NoError(t, gemini.Instrument(client, append(opts, instrument.WithTracerProvider(tracers))...))
	return client, spans, fake
}

func attributesOf(s trace.ReadOnlySpan) map[string]string {
	found := map[string]string{}
	for _, kv := range s.Attributes() {
		found[string(kv.Key)] = kv.Value.String()
	}
	return found
}

// withoutUsage stands between the SDK and a provider, and takes the usage out
// of what that answers.
func withoutUsage(base http.RoundTripper) http.RoundTripper { return usageRemover{base} }

type usageRemover struct{ http.RoundTripper }

func (r usageRemover) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, failure := io.ReadAll(res.Body)
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	body = bytes.ReplaceAll(body, []byte("usageMetadata"), []byte("nothingAtAll"))
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failed{failure}))
	res.ContentLength = -1
	return res, nil
}

// failed ends as a reader before it did.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}
