// SPDX-License-Identifier: Apache-2.0

package generativeai_test

import (
	"testing"

	"github.com/google/generative-ai-go/genai"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/api/iterator"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/generativeai"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// TestContent has what this SDK sends and gets: numbers for enumerations, and
// arrays for streams.
func TestContent(t *testing.T) {
	t.Parallel()
	respond := func(instrumenttest.Request) instrumenttest.Answer {
		return instrumenttest.Answer{Text: "It goes up, as far as one can see from here."}
	}
	fake, err := instrumenttest.StartGemini(
		t.Context(),
		instrumenttest.WithKey(key),
		instrumenttest.WithResponder(respond),
	)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	spans := tracetest.NewSpanRecorder()
	tracers := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	model := newClient(t, fake.URL(), generativeai.ClientOptions(key,
		instrument.WithTracerProvider(tracers), instrument.WithContent(instrument.ContentConfig{}))).
		GenerativeModel("gemini-2.0-flash")
	model.SystemInstruction = genai.NewUserContent(genai.Text("Be brief."))
	model.Tools = []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{Name: "price_of"}}}}

	question := []genai.Part{genai.Text("What is this?"), genai.ImageData("png", []byte("canary-image"))}
	_, err = model.GenerateContent(t.Context(), question...)
	require.NoError(t, err)
	stream := model.GenerateContentStream(t.Context(), question...)
	for err == nil {
		_, err = stream.Next()
	}
	require.ErrorIs(t, err, iterator.Done)

	require.Len(t, spans.Ended(), 2)
	for _, span := range spans.Ended() {
		got := map[string]string{}
		for _, kv := range span.Attributes() {
			got[string(kv.Key)] = kv.Value.String()
			require.NotContains(t, kv.Value.String(), "canary")
		}
		require.JSONEq(t, `[{"type":"text","content":"Be brief."}]`, got["gen_ai.system_instructions"])
		require.JSONEq(t, `[{"role":"user","parts":[{"type":"text","content":"What is this?"},
			{"type":"blob","mime_type":"image/png","modality":"image","content":"","size":12}]}]`, got["gen_ai.input.messages"])
		require.JSONEq(t, `[{"role":"assistant","parts":[{"type":"text",
			"content":"It goes up, as far as one can see from here."}],"finish_reason":"stop"}]`, got["gen_ai.output.messages"])
		require.JSONEq(t, `[{"type":"function","name":"price_of"}]`, got["gen_ai.tool.definitions"])
	}
}
