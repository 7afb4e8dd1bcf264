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

// TestExchange_LastEvent holds that a client which stops at the last event
// has read all, and one which stops before has not.
func TestExchange_LastEvent(t *testing.T) {
	t.Parallel()
	const usage = `"usage":{"input_tokens":3,"output_tokens":2,"prompt_tokens":3,"completion_tokens":2,"total_input_tokens":3,` +
		`"total_output_tokens":2}`
	tests := []struct{ name, path, before, last string }{
		{"chat", chatPath, `data: {"choices":[{"finish_reason":"stop"}],` + usage + "}\n\n", "data: [DONE]"},
		{"legacy", "/v1/completions", `data: {"choices":[{"finish_reason":"stop"}],` + usage + "}\r\r", "data:[DONE]"},
		{
			"responses", responsesPath, `data: {"type":"response.in_progress"}` + "\n\n",
			`data: {"type":"response.completed","response":{"status":"completed",` + usage + `}}`,
		},
		{
			"incomplete", responsesPath, `data: {"type":"response.in_progress"}` + "\n\n",
			`data: {"response":{"status":"incomplete",` + usage + `},"type":"response.incomplete"}`,
		},
		{
			"anthropic",
			anthropicPath,
			`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},` + usage + "}\n\n",
			`data: {"type":"message_stop"}`,
		},
		{
			"interactions", interactionsPath, `data: {"event_type":"interaction.created"}` + "\n\n",
			`data: {"event_type":"interaction.completed","interaction":{"status":"completed",` + usage + `}}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x, ok := Recognize(httptest.NewRequest(http.MethodPost, tt.path, http.NoBody))
			require.True(t, ok)
			x.ResponseHeader(http.StatusOK, nil)
			for _, piece := range inSingleBytes(tt.before + tt.last) {
				require.False(t, x.Complete())
				require.NotEqual(t, analysis.StatusReported, x.Response(Cut).Usage.Status)
				x.ResponseBody([]byte(piece))
			}
			require.True(t, x.Complete())
			got := x.Response(Cut)
			require.Empty(t, got.ErrorType)
			require.Equal(t, analysis.StatusReported, got.Usage.Status)
			require.Equal(t, known(5), got.Usage.Total())
		})
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state lifecycle
		want  []string
	}{
		{lifecycle{status: "completed"}, []string{"completed"}},
		{lifecycle{status: "completed", stream: true}, []string{"completed"}},
		{lifecycle{status: "incomplete", cause: "max_output_tokens"}, []string{"max_output_tokens"}},
		{lifecycle{status: "incomplete"}, []string{"incomplete"}},
		{lifecycle{status: "requires_action"}, []string{"requires_action"}},
		{lifecycle{status: "queued"}, nil},
		{lifecycle{status: "in_progress"}, nil},
		{lifecycle{}, nil},
		{lifecycle{status: "in_progress", stream: true}, []string{semconv.FinishReasonError}},
		{lifecycle{stream: true}, []string{semconv.FinishReasonError}},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.state.reasons())
	}
}
