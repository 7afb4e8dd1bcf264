// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/semconv"
)

func ask(t *testing.T, path, body string, pieces func(string) []string) Request {
	t.Helper()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, path, http.NoBody))
	require.True(t, ok)
	for _, piece := range pieces(body) {
		x.RequestBody([]byte(piece))
	}
	return x.Request()
}

const geminiPath = "/v1beta/models/gemini-2.5-flash:generateContent"

func TestGeminiRequest_Parameters(t *testing.T) {
	t.Parallel()
	want := Request{
		Provider: semconv.ProviderGemini, Operation: semconv.OperationGenerateContent, Model: "gemini-2.5-flash",
		CallType: semconv.CallTypeLLM, OutputType: "json",
		Temperature: new(0.5), TopP: new(0.95), FrequencyPenalty: new(-0.1), PresencePenalty: new(0.25),
		TopK: new(int64(40)), MaxTokens: new(int64(8192)), Seed: new(int64(-7)), ChoiceCount: new(int64(2)),
		StopSequences: []string{"END", "\n\"😀"},
	}
	bodies := map[string]string{
		"camel case": `{"contents":[{"parts":[{"text":"\"generationConfig\":{\"seed\":1}"}]}],"generationConfig":{
			"temperature":0.5,"topP":0.95,"topK":40,"maxOutputTokens":8192,"seed":-7,"candidateCount":2,
			"stopSequences":["END","\n\"\ud83d\ude00"],"presencePenalty":0.25,"frequencyPenalty":-0.1,
			"responseMimeType":"application/json","responseModalities":["TEXT"]}}`,
		"snake case": `{"generation_config":{"temperature":5e-1,"top_p":0.95,"top_k":40.0,"max_output_tokens":8192,"seed":-7,
			"candidate_count":2,"stop_sequences":["END","\n\"😀"],"presence_penalty":0.25,"frequency_penalty":-0.1,
			"response_mime_type":"application/json"}}`,
		"escaped keys, strange types": `{"generationC\u006fnfig":{"temperature":1,"temper\u0061ture":0.5,"topP":"0.95",
			"topK":"40","maxOutputTokens":8192,"seed":-7,"candidateCount":2,"stopSequences":["END","","\n\"😀",[7],{}],
			"presencePenalty":0.25,"frequencyPenalty":-0.1,"responseMimeType":"application/json","topP":null,"seed":{}}}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, ask(t, geminiPath, body, inOnePiece))
			require.Equal(t, want, ask(t, geminiPath, body, inSingleBytes))
			for at := range len(body) {
				require.Equal(t, want, ask(t, geminiPath, body, cutAt(at)))
			}
		})
	}
}

func TestGeminiRequest_CallType(t *testing.T) {
	t.Parallel()
	const image, video = `{"inlineData":{"data":"aW1hZ2U=","mimeType":"image/png"}}`, `{"fileData":{"mimeType":"video/mp4","fileUri":"u"}}`
	contents := func(parts string) string { return `{"contents":[{"role":"user","parts":[` + parts + `]}]` }
	const tool = `,"tools":[{"googleSearch":{}},{"codeExecution":{}}]}`
	tests := map[string]struct{ body, want string }{
		"text":      {contents(`{"text":"x"}`) + `}`, "call_llm"},
		"one image": {contents(`{"text":"x"},`+image) + `}`, "call_llm_with_image"},
		"two images": {
			contents(image+`,{"file_data":{"file_uri":"u","mime_type":"image/jpeg"}}`) + `}`,
			"call_llm_with_images",
		},
		"video":          {contents(video) + `}`, "call_llm"},
		"code execution": {contents(`{"text":"x"}`) + tool, "call_llm_with_code_execution"},
		"code and image": {contents(image) + tool, "call_llm_with_code_execution"},
		"snake case": {
			contents(`{"text":"x"}`) + `,"tools":[{"code_execution":{}}]}`,
			"call_llm_with_code_execution",
		},
		"one part, no list": {
			`{"contents":{"parts":{"inline_data":{"mime_type":"image/png"}}}}`,
			"call_llm_with_image",
		},
		"null tool": {contents(``) + `,"tools":[{"codeExecution":null}]}`, "call_llm"},
		"declared, not asked": {
			contents(``) + `,"tools":[{"functionDeclarations":[{"codeExecution":{}}]}]}`,
			"call_llm",
		},
		"image in a text": {contents(`{"text":"{\"inlineData\":{\"mimeType\":\"image/png\"}}"}`) + `}`, "call_llm"},
		"image in an answer": {
			contents(`{"functionResponse":{"response":{"inlineData":{"mimeType":"image/png"}}}}`) + `}`,
			"call_llm",
		},
		"broken": {`{"contents":[` + image, "call_llm"},
		"empty":  {``, "call_llm"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.EqualValues(t, tt.want, ask(t, geminiPath, tt.body, inOnePiece).CallType)
			require.EqualValues(t, tt.want, ask(t, geminiPath, tt.body, inSingleBytes).CallType)
		})
	}
	require.EqualValues(t, "embeddings", ask(t, "/v1/models/e:embedContent", contents(image), inOnePiece).CallType)
}

func TestGeminiRequest_OutputType(t *testing.T) {
	t.Parallel()
	tests := []struct{ config, want string }{
		{``, ""},
		{`"responseMimeType":"text/plain"`, "text"},
		{`"responseMimeType":"text/x.enum"`, "text"},
		{`"responseMimeType":"application/json","responseModalities":["TEXT"]`, "json"},
		{`"responseModalities":["TEXT","IMAGE"]`, "image"},
		{`"responseModalities":["AUDIO"]`, "speech"},
		{`"responseModalities":[1,2]`, "image"},
		{`"responseModalities":"AUDIO"`, "speech"},
		{`"responseModalities":["VIDEO"]`, ""},
		{`"responseMimeType":7`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.config, func(t *testing.T) {
			t.Parallel()
			body := fmt.Sprintf(`{"generationConfig":{%s}}`, tt.config)
			require.Equal(t, tt.want, ask(t, geminiPath, body, inOnePiece).OutputType)
		})
	}
}

func TestGeminiRequest_Bounded(t *testing.T) {
	t.Parallel()
	sequences := strings.Repeat(`"s",`, 1000) + `"` + strings.Repeat("long", 1000) + `"`
	got := ask(t, geminiPath, `{"generationConfig":{"stopSequences":[`+sequences+`]}}`, inOnePiece)
	require.Len(t, got.StopSequences, maxStopSequences)

	got = ask(t, geminiPath, "{\"generationConfig\":{\"stopSequences\":[\"a\xff\"],\"seed\":"+strings.Repeat("9", 400)+
		`,"topK":1e400,"temperature":NaN}}`, inOnePiece)
	require.Equal(t, []string{"a\ufffd"}, got.StopSequences)
	require.Nil(t, got.Seed)
	require.Nil(t, got.TopK)
	require.Nil(t, got.Temperature)
}

func TestGeminiRequest_Encoded(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody)
	req.Header.Set("Content-Encoding", "gzip")
	x, ok := Recognize(req)
	require.True(t, ok)
	x.RequestBody([]byte(`{"generationConfig":{"seed":1}}`))
	require.Nil(t, x.Request().Seed)
}
