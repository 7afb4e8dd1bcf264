// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

func TestInteractions_Recognize(t *testing.T) {
	t.Parallel()
	for path, provider := range map[string]string{
		"/v1beta/interactions":                              semconv.ProviderGemini,
		"/gateway/v1alpha/interactions?alt=sse":             semconv.ProviderGemini,
		"/v1beta1/projects/p/locations/global/interactions": semconv.ProviderVertexAI,
	} {
		got, ok := recognized(t, http.MethodPost, path)
		require.True(t, ok, path)
		require.Equal(t, Request{
			Provider: provider, Operation: semconv.OperationGenerateContent, CallType: semconv.CallTypeLLM,
		}, got)
	}
	for _, tt := range []struct{ method, path string }{
		{http.MethodGet, "/v1beta/interactions/v1_abc"},
		{http.MethodPost, "/v1beta/interactions/v1_abc/cancel"},
		{http.MethodDelete, "/v1beta/interactions/v1_abc"},
		{http.MethodPost, "/crm/customers/interactions"},
		{http.MethodPost, "/v1beta/agents"},
	} {
		_, ok := recognized(t, tt.method, tt.path)
		require.False(t, ok, tt.path)
	}
}

func TestInteractionsRequest_Parameters(t *testing.T) {
	t.Parallel()
	want := Request{
		Provider:      semconv.ProviderGemini,
		Operation:     semconv.OperationGenerateContent,
		Model:         "gemini-3-flash-preview",
		Stream:        true,
		CallType:      semconv.CallTypeLLMCodeExecution,
		OutputType:    "json",
		Temperature:   new(0.5),
		TopP:          new(0.9),
		MaxTokens:     new(int64(100)),
		Seed:          new(int64(7)),
		StopSequences: []string{"END"},
	}
	body := `{"model":"models/gemini-3-flash-preview","input":[{"type":"user_input","content":[{"type":"image","data":"aQ=="}]}],
		"generation_config":{"temperature":0.5,"top_p":0.9,"max_output_tokens":100,"seed":7,"stop_sequences":["END"]},
		"response_format":{"type":"text","mime_type":"application/json"},"tools":[{"type":"code_execution"}],"stream":true}`
	for at := range len(body) {
		require.Equal(t, want, ask(t, interactionsPath, body, cutAt(at)))
	}
	agent := ask(
		t,
		interactionsPath,
		`{"agent":"deep-research","input":{"type":"image"},"response_modalities":["audio"]}`,
		inOnePiece,
	)
	require.Equal(t, Request{
		Provider: semconv.ProviderGemini, Operation: semconv.OperationGenerateContent, Model: "deep-research",
		CallType: semconv.CallTypeLLMWithImage, OutputType: "speech",
	}, agent)
}

// TestInteractions_Usage takes the usage that any event tells, the last of
// which is the truth.
func TestInteractions_Usage(t *testing.T) {
	t.Parallel()
	stream := `[{"event_type":"step.delta","metadata":{"total_usage":{"total_input_tokens":10,"total_output_tokens":9,
		"total_tokens":19}}},{"event_type":"interaction.status_update","interaction_id":"i","status":"requires_action",
		"usage":{"total_input_tokens":12,"total_output_tokens":3,"total_tool_use_tokens":4,"total_tokens":19}}]`
	got := answerAt(t, interactionsPath, stream)
	require.Equal(t, analysis.Usage{
		Status:        analysis.StatusReported,
		Input:         known(16),
		ToolUse:       known(4),
		Output:        known(3),
		ProviderTotal: known(19),
	}, got.Usage)
	require.Equal(t, "i", got.ID)
	require.Equal(t, []string{"requires_action"}, got.FinishReasons)
}

// TestInteractions_Continuation tells when a client asks for the rest.
func TestInteractions_Continuation(t *testing.T) {
	t.Parallel()
	const (
		created = `{"event_type":"interaction.created","interaction":{"id":"i","status":"in_progress"}}`
		paused  = `{"event_type":"interaction.status_update","status":"in_progress","continuation_token":"t1"}`
		output  = `{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"\"continuation_token\":\"t9\""}}`
		stopped = `{"event_type":"interaction.completed","interaction":{"status":"requires_continuation","continuation_token":"t2"}}`
	)
	for name, tt := range map[string]struct{ body, want string }{
		"Unary":                        {`{"continuation_token":"t1","status":"requires_continuation"}`, "t1"},
		"NoToken":                      {`{"status":"requires_continuation"}`, ""},
		"Completed":                    {`{"status":"completed","continuation_token":"t1"}`, ""},
		"AtWork":                       {`{"status":"in_progress","continuation_token":"t1"}`, ""},
		"InText":                       {`{"status":"requires_continuation","steps":[{"continuation_token":"t1"}]}`, ""},
		"Stream":                       {`[` + created + `,` + output + `,` + stopped + `]`, "t2"},
		"CutAfterCheckpoint":           {`[` + created + `,` + output + `,` + paused + `]`, "t1"},
		"CutAfterOutput":               {`[` + created + `,` + paused + `,` + output + `]`, ""},
		"CutAfterOutputThenCheckpoint": {`[` + paused + `,` + output + `,` + paused + `]`, "t1"},
		"CreatedWithToken":             {`[{"event_type":"interaction.created","interaction":{"continuation_token":"t3"}}]`, "t3"},
		"CompletedWithout": {
			`[` + paused + `,{"event_type":"interaction.completed","interaction":{"status":"requires_continuation"}}]`, "",
		},
		"Failed": {`[` + paused + `,{"event_type":"error","error":{"code":"internal"}}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, answerAt(t, interactionsPath, tt.body).Continuation)
		})
	}
}

func TestInteractions_OtherNames(t *testing.T) {
	t.Parallel()
	got := answerAt(t, interactionsPath, `{"status":"completed","usage":{"total_input_tokens":1,"total_output_tokens":2,
		"total_reasoning_tokens":3,"input_tokens_by_modality":[{"modality":"text","tokens":9}],
		"input_tokens_by_modality":[{"modality":"text","tokens":1}],"output_tokens_by_modality":[{"modality":"text","tokens":9}],
		"output_tokens_by_modality":[{"modality":"text","tokens":2}]}}`)
	require.Equal(t, analysis.Usage{
		Status: analysis.StatusReported, Input: known(1), Output: known(5), Reasoning: known(3),
		InputBy: analysis.Modalities{Text: known(1)}, OutputBy: analysis.Modalities{Text: known(2)},
	}, got.Usage, "the last of two lists counts")
}

func TestInteractions_Failures(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"status":"failed"}`: semconv.ErrorTypeOther,
		`{"status":"failed","errors":[{"code":429,"message":"m"}]}`:               "429",
		`{"status":"failed","errors":[{"code":"resource_exhausted"}]}`:            "resource_exhausted",
		`[{"event_type":"error","error":{"code":"unavailable","message":"m"}}]`:   "unavailable",
		`[{"event_type":"error","error":{"code":"key 1 is wrong","message":""}}]`: semconv.ErrorTypeOther,
		`{"status":"requires_action"}`:                                            "",
	} {
		require.Equal(t, want, answerAt(t, interactionsPath, body).ErrorType, body)
	}
}

// TestInteractions_ServiceTier believes the header first, as with Gemini.
func TestInteractions_ServiceTier(t *testing.T) {
	t.Parallel()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, interactionsPath, http.NoBody))
	require.True(t, ok)
	x.ResponseHeader(http.StatusOK, http.Header{geminiTierHeader: {"priority"}})
	x.ResponseBody([]byte(`{"status":"completed","service_tier":"flex"}`))
	require.Equal(t, "priority", x.Response(Whole).ServiceTier)
}
