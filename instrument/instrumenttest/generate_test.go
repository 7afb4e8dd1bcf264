// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// says answers every request with ten tokens of text.
func says(text string) instrumenttest.GeminiOption {
	return instrumenttest.WithResponder(func(instrumenttest.Request) instrumenttest.Answer {
		return instrumenttest.Answer{Text: text}
	})
}

const tenTokens = "The trend is up, and the volume agrees."

func TestGemini_Counts(t *testing.T) {
	t.Parallel()
	require.Equal(t, 10, instrumenttest.Tokens(tenTokens))
	bytesOf := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	text := func(n int) string { return `{"text":"` + strings.Repeat("x", 4*n) + `"}` }

	for _, tt := range []struct {
		name  string
		model string // gemini-2.0-flash by default, which does not think
		parts string
		rest  string
		want  instrumenttest.Usage
	}{
		{
			name: "Text", parts: text(7),
			want: instrumenttest.Usage{Prompt: 7, Candidates: 10, Total: 17, PromptDetails: instrumenttest.Modalities{Text: 7}},
		},
		{
			name: "EachPartRoundsUp", parts: `{"text":"a"},{"text":"b"},{"text":"žluťoučký"}`,
			want: instrumenttest.Usage{Prompt: 5, Candidates: 10, Total: 15, PromptDetails: instrumenttest.Modalities{Text: 5}},
		},
		{
			name: "SystemInstruction", parts: text(7), rest: `,"systemInstruction":{"parts":[` + text(3) + `]}`,
			want: instrumenttest.Usage{Prompt: 10, Candidates: 10, Total: 20, PromptDetails: instrumenttest.Modalities{Text: 10}},
		},
		{
			name:  "Images",
			parts: text(7) + `,{"inlineData":{"mimeType":"image/png","data":"AA=="}},{"fileData":{"mimeType":"image/jpeg","fileUri":"u"}}`,
			want: instrumenttest.Usage{
				Prompt: 523, Candidates: 10, Total: 533,
				PromptDetails: instrumenttest.Modalities{Text: 7, Image: 516},
			},
		},
		{
			name: "AudioVideoDocument",
			parts: `{"inlineData":{"mimeType":"audio/wav","data":"` + bytesOf(2001) + `"}},` +
				`{"inlineData":{"mimeType":"video/mp4","data":"` + bytesOf(125_001) + `"}},` +
				`{"inlineData":{"mimeType":"application/pdf","data":"AA=="}},` +
				`{"inlineData":{"mimeType":"text/csv","data":"` + bytesOf(9) + `"}}`,
			want: instrumenttest.Usage{
				Prompt: 3 + 526 + 258 + 3, Candidates: 10, Total: 800,
				PromptDetails: instrumenttest.Modalities{Text: 3, Video: 526, Audio: 3, Document: 258},
			},
		},
		{
			name: "Files",
			parts: `{"fileData":{"mimeType":"audio/mp3","fileUri":"u"}},{"fileData":{"mimeType":"video/mp4","fileUri":"u"}},` +
				`{"fileData":{"fileUri":"u"}}`,
			want: instrumenttest.Usage{
				Prompt: 1920 + 15_780 + 258, Candidates: 10, Total: 17_968,
				PromptDetails: instrumenttest.Modalities{Video: 15_780, Audio: 1920, Document: 258},
			},
		},
		{
			name: "SnakeCase", parts: `{"inline_data":{"mime_type":"image/png","data":"AA=="}}`,
			rest: `,"system_instruction":{"parts":` + text(3) + `}`,
			want: instrumenttest.Usage{
				Prompt: 261, Candidates: 10, Total: 271,
				PromptDetails: instrumenttest.Modalities{Text: 3, Image: 258},
			},
		},
		{
			name: "FunctionCallAndDeclaration", parts: `{"functionCall": {"name": "f", "args": {"a_b": 1}}}`,
			rest: `,"tools":[{"functionDeclarations":[ {"name":"f"} ]}]`, // 31 and 14 characters in compact form
			want: instrumenttest.Usage{Prompt: 12, Candidates: 10, Total: 22, PromptDetails: instrumenttest.Modalities{Text: 12}},
		},
		{
			name: "Thoughts", model: "gemini-2.5-pro", parts: text(100),
			want: instrumenttest.Usage{
				Prompt: 100, Candidates: 10, Thoughts: 50, Total: 160,
				PromptDetails: instrumenttest.Modalities{Text: 100},
			},
		},
		{
			name: "ThinkingBudget", model: "gemini-2.5-pro", parts: text(100),
			rest: `,"generationConfig":{"thinkingConfig":{"thinkingBudget":20}}`,
			want: instrumenttest.Usage{
				Prompt: 100, Candidates: 10, Thoughts: 20, Total: 130,
				PromptDetails: instrumenttest.Modalities{Text: 100},
			},
		},
		{
			name: "ThinkingOff", model: "gemini-3-flash-preview", parts: text(7),
			rest: `,"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}`,
			want: instrumenttest.Usage{Prompt: 7, Candidates: 10, Total: 17, PromptDetails: instrumenttest.Modalities{Text: 7}},
		},
		{
			name: "FlashLiteThinksWhenAsked", model: "gemini-2.5-flash-lite", parts: text(7),
			rest: `,"generationConfig":{"thinkingConfig":{"thinkingBudget":-1}}`,
			want: instrumenttest.Usage{
				Prompt: 7, Candidates: 10, Thoughts: 16, Total: 33,
				PromptDetails: instrumenttest.Modalities{Text: 7},
			},
		},
		{
			name: "CachedContent", parts: text(7), rest: `,"cachedContent":"cachedContents/prices"`,
			want: instrumenttest.Usage{
				Prompt: 1007, Cached: 1000, Candidates: 10, Total: 1017,
				PromptDetails: instrumenttest.Modalities{Text: 1007}, CachedDetails: instrumenttest.Modalities{Text: 1000},
			},
		},
		{
			name: "UnknownCachedContent", parts: text(7), rest: `,"cachedContent":"cachedContents/other"`,
			want: instrumenttest.Usage{
				Prompt: 2055, Cached: 2048, Candidates: 10, Total: 2065,
				PromptDetails: instrumenttest.Modalities{Text: 2055}, CachedDetails: instrumenttest.Modalities{Text: 2048},
			},
		},
		{
			// 53 characters of code are 14 tokens, and what it prints is 2.
			name: "CodeExecution", parts: text(7), rest: `,"tools":[{"codeExecution":{}}]`,
			want: instrumenttest.Usage{
				Prompt: 7, Candidates: 24, ToolUse: 16, Total: 47,
				PromptDetails: instrumenttest.Modalities{Text: 7}, ToolUseDetails: instrumenttest.Modalities{Text: 16},
			},
		},
		{
			name: "Search", parts: text(7), rest: `,"tools":[{"googleSearch":{}},{"urlContext":{}}]`,
			want: instrumenttest.Usage{
				Prompt: 7, Candidates: 10, ToolUse: 200, Total: 217,
				PromptDetails: instrumenttest.Modalities{Text: 7}, ToolUseDetails: instrumenttest.Modalities{Text: 200},
			},
		},
		{
			name: "MaxOutputTokens", parts: text(7), rest: `,"generationConfig":{"maxOutputTokens":4}`,
			want: instrumenttest.Usage{Prompt: 7, Candidates: 4, Total: 11, PromptDetails: instrumenttest.Modalities{Text: 7}},
		},
		{
			name: "Candidates", parts: text(7), rest: `,"generationConfig":{"candidateCount":3}`,
			want: instrumenttest.Usage{Prompt: 7, Candidates: 30, Total: 37, PromptDetails: instrumenttest.Modalities{Text: 7}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.model == "" {
				tt.model = "gemini-2.0-flash"
			}
			tt.want.CandidatesDetails.Text = tt.want.Candidates
			fake := startGemini(t, says(tenTokens), instrumenttest.WithCachedContent("cachedContents/prices", 1000))
			body := `{"contents":[{"role":"user","parts":[` + tt.parts + `]}]` + tt.rest + `}`

			path := "/v1beta/models/" + tt.model
			_, unary := post(t, fake, path+":generateContent", body)
			_, sse := post(t, fake, path+":streamGenerateContent?alt=sse", body)
			_, array := post(t, fake, path+":streamGenerateContent", body)
			_, count := post(t, fake, path+":countTokens", body)

			answer, events := parse(t, unary), parseSSE(t, sse)
			for i, e := range fake.Exchanges()[:3] {
				require.Equal(t, tt.want, e.Usage, "exchange %d", i)
				require.True(t, e.Reported && e.Complete)
				require.Equal(t, i > 0, e.Stream)
			}
			require.Equal(t, tt.want, reported(answer))
			require.Equal(t, tt.want, reported(events[len(events)-1]))
			require.Equal(t, answer.text(), joined(events))
			var items []response
			require.NoError(t, json.Unmarshal([]byte(array), &items))
			require.Equal(t, answer.text(), joined(items))
			require.Contains(t, count, fmt.Sprintf(`"totalTokens": %d`, tt.want.Prompt))
			require.False(t, fake.Exchanges()[3].Reported, "counting consumes nothing")
		})
	}
}

// TestGemini_AnswersWithoutUsage has a last event that reports nothing: a
// client keeps what it was told before, if anything.
func TestGemini_AnswersWithoutUsage(t *testing.T) {
	t.Parallel()
	fake := startGemini(t, instrumenttest.WithResponder(func(instrumenttest.Request) instrumenttest.Answer {
		return instrumenttest.Answer{Text: tenTokens, Usage: &instrumenttest.Usage{}}
	}))
	_, unary := post(t, fake, generate, hello)
	_, sse := post(t, fake, stream+"?alt=sse", hello)
	events := parseSSE(t, sse)
	require.Zero(t, reported(parse(t, unary)))
	require.Zero(t, reported(events[len(events)-1]))

	exchanges := fake.Exchanges()
	require.False(t, exchanges[0].Reported)
	require.True(t, exchanges[1].Reported)
	require.Equal(t, reported(events[len(events)-2]), exchanges[1].Usage)
}

// joined is the text of all events; the first candidate's where there are more.
func joined(events []response) string {
	var all response
	for i := range max(1, len(events[0].Candidates)) {
		for _, e := range events {
			all.Candidates = append(all.Candidates, e.Candidates[i])
		}
	}
	return all.text()
}

// reported reads usageMetadata by its wire names.
func reported(r response) instrumenttest.Usage {
	n := func(name string) int {
		value, _ := r.Usage[name].(float64)
		return int(value)
	}
	details := func(name string) (m instrumenttest.Modalities) {
		list, _ := r.Usage[name].([]any)
		for _, item := range list {
			entry, _ := item.(map[string]any)
			tokens, _ := entry["tokenCount"].(float64)
			switch entry["modality"] {
			case "TEXT":
				m.Text = int(tokens)
			case "IMAGE":
				m.Image = int(tokens)
			case "VIDEO":
				m.Video = int(tokens)
			case "AUDIO":
				m.Audio = int(tokens)
			case "DOCUMENT":
				m.Document = int(tokens)
			}
		}
		return m
	}
	return instrumenttest.Usage{
		Prompt: n("promptTokenCount"), Candidates: n("candidatesTokenCount"), Thoughts: n("thoughtsTokenCount"),
		ToolUse: n("toolUsePromptTokenCount"), Cached: n("cachedContentTokenCount"), Total: n("totalTokenCount"),
		PromptDetails: details("promptTokensDetails"), CandidatesDetails: details("candidatesTokensDetails"),
		ToolUseDetails: details("toolUsePromptTokensDetails"), CachedDetails: details("cacheTokensDetails"),
	}
}

func TestGemini_StreamUsage(t *testing.T) {
	t.Parallel()
	totals := func(events []response) (sums []int) {
		for _, e := range events {
			u := reported(e)
			require.Equal(t, u.Input()+u.Output(), u.Total)
			sums = append(sums, u.Total)
		}
		return sums
	}
	t.Run("GrowsWithTheText", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t, says(tenTokens), instrumenttest.WithChunks(3))
		res, body := post(t, fake, stream+"?alt=sse", hello)
		require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
		events := parseSSE(t, body)
		require.Equal(t, []int{3 + 4, 3 + 8, 3 + 10}, totals(events))
		require.Nil(t, events[0].Candidates[0].FinishReason)
		require.Equal(t, "STOP", events[2].Candidates[0].FinishReason)
		require.Equal(t, 3, only(t, fake).Events)
	})
	t.Run("StartsAnewAfterATool", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t, says(tenTokens), instrumenttest.WithChunks(1))
		_, body := post(t, fake, "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
			`{"contents":[{"parts":[{"text":"Hello there"}]}],"tools":[{"codeExecution":{}}],
			"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}`)
		events := parseSSE(t, body)
		// Thoughts 16, code 14; then only the prompt again; then all, with 16 of tool use.
		require.Equal(t, []int{3 + 16, 3 + 16 + 14, 3, 3 + 16 + 14 + 10 + 16}, totals(events))
		require.NotEmpty(t, events[1].Candidates[0].Content.Parts[0].ExecutableCode)
		require.NotEmpty(t, events[2].Candidates[0].Content.Parts[0].Result)
	})
}

func TestGemini_ServiceTier(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	for sent, want := range map[string]string{
		``: "standard", `,"serviceTier":"flex"`: "flex", `,"service_tier":"SERVICE_TIER_PRIORITY"`: "priority",
		`,"serviceTier":3`: "standard",
	} {
		res, body := post(t, fake, generate, `{"contents":[{"parts":[{"text":"Hi"}]}]`+sent+`}`)
		require.Equal(t, want, res.Header.Get("X-Gemini-Service-Tier"))
		require.Equal(t, want, parse(t, body).Usage["serviceTier"])
	}
}

func TestGemini_EnumNumbers(t *testing.T) {
	t.Parallel()
	fake := startGemini(t)
	for _, query := range []string{"?$alt=json;enum-encoding=int", "?%24alt=json%3Benum-encoding%3Dint"} {
		_, body := post(t, fake, generate+query, hello)
		require.InDelta(t, 1, parse(t, body).Candidates[0].FinishReason, 0)
		require.Contains(t, body, `"modality": 1`)
	}
}

func TestGemini_Responder(t *testing.T) {
	t.Parallel()

	t.Run("SeesTheRequest", func(t *testing.T) {
		t.Parallel()
		var got instrumenttest.Request
		fake := startGemini(t, instrumenttest.WithResponder(func(req instrumenttest.Request) instrumenttest.Answer {
			got = req
			return instrumenttest.DefaultResponder(req)
		}))
		body := `{"systemInstruction":{"parts":[{"text":"Be brief."}]},"cachedContent":"cachedContents/c",
			"contents":[{"role":"user","parts":[{"text":"one"}]},{"role":"model","parts":[{"text":"two"}]},
			{"role":"user","parts":[{"text":"three"},{"inlineData":{"mimeType":"image/png","data":""}}]}],
			"tools":[{"googleSearch":{}},{"codeExecution":{}},{"functionDeclarations":[{"name":"buy"},{"name":"sell"}]}],
			"generationConfig":{"responseMimeType":"application/json"}}`
		_, raw := post(t, fake, generate, body)
		answer := parse(t, raw)
		require.True(t, json.Valid([]byte(answer.text())))

		require.Equal(t, body, string(got.Body))
		require.Equal(t, "Be brief.", got.System)
		require.Equal(t, "three", got.Prompt)
		require.Equal(t, 3, got.Turns)
		require.Equal(t, 1, got.Images)
		require.Equal(t, []string{"codeExecution", "googleSearch"}, got.Tools)
		require.Equal(t, []string{"buy", "sell"}, got.Functions)
		require.Equal(t, "cachedContents/c", got.CachedContent)
		require.True(t, got.JSON)
		require.Equal(t, instrumenttest.KindGenerate, got.Kind)
	})
	t.Run("ClaimsOtherUsage", func(t *testing.T) {
		t.Parallel()
		odd := instrumenttest.Usage{Prompt: 5, Candidates: 2, Total: 11}
		fake := startGemini(t, instrumenttest.WithResponder(func(instrumenttest.Request) instrumenttest.Answer {
			return instrumenttest.Answer{Text: "odd", Usage: &odd, ModelVersion: "other", FinishReason: "OTHER"}
		}))
		_, body := post(t, fake, generate, hello)
		require.Equal(t, odd, reported(parse(t, body)))
		require.Equal(t, odd, only(t, fake).Usage)
		require.Contains(t, body, `"modelVersion": "other"`)
		require.Contains(t, body, `"finishReason": "OTHER"`)
	})
	t.Run("CallsFunctions", func(t *testing.T) {
		t.Parallel()
		call := instrumenttest.FunctionCall{Name: "price", Args: map[string]any{"symbol": "ACME"}}
		fake := startGemini(t, instrumenttest.WithResponder(func(instrumenttest.Request) instrumenttest.Answer {
			return instrumenttest.Answer{Calls: []instrumenttest.FunctionCall{call}}
		}))
		_, body := post(t, fake, generate, hello)
		require.Contains(t, body, `"functionCall"`)
		// {"name":"price","args":{"symbol":"ACME"}} has 41 characters.
		require.Equal(t, 11, only(t, fake).Usage.Candidates)
	})
	t.Run("CallsWithWhatJSONCannotHold", func(t *testing.T) {
		t.Parallel()
		bad := instrumenttest.FunctionCall{Args: map[string]any{"f": func() {}}}
		fake := startGemini(t, instrumenttest.WithResponder(func(instrumenttest.Request) instrumenttest.Answer {
			return instrumenttest.Answer{Calls: []instrumenttest.FunctionCall{bad}}
		}))
		res, _ := post(t, fake, generate, hello)
		require.Equal(t, http.StatusInternalServerError, res.StatusCode)
	})
	t.Run("SaysNothing", func(t *testing.T) {
		t.Parallel()
		fake := startGemini(t, says(""))
		_, body := post(t, fake, stream+"?alt=sse", hello)
		require.Len(t, parseSSE(t, body), 1)
		require.Zero(t, only(t, fake).Usage.Candidates)
		require.NotContains(t, body, "candidatesTokenCount")
	})
}
