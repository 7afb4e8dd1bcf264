// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseBody(t *testing.T) {
	t.Parallel()

	t.Run("TakesBothSpellings", func(t *testing.T) {
		t.Parallel()
		camel, err := parseBody([]byte(`{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}],
			"generationConfig":{"maxOutputTokens":5,"thinkingConfig":{"thinkingBudget":0}}}`))
		require.NoError(t, err)
		snake, err := parseBody(
			[]byte(`{"contents":[{"parts":[{"inline_data":{"mime_type":"image/png","data":"AA=="}}]}],
			"generation_config":{"max_output_tokens":5,"thinking_config":{"thinking_budget":0}}}`),
		)
		require.NoError(t, err)
		require.Equal(t, camel, snake)
	})
	t.Run("LeavesTheCallersNamesAlone", func(t *testing.T) {
		t.Parallel()
		b, err := parseBody(
			[]byte(`{"contents":{"parts":{"function_call":{"name":"f","args":{"mime_type":"<b>","n":1.50}}}}}`),
		)
		require.NoError(t, err)
		require.JSONEq(
			t,
			`{"name":"f","args":{"mime_type":"<b>","n":1.50}}`,
			string(b.Contents[0].Parts[0].FunctionCall),
		)
		require.Contains(t, string(b.Contents[0].Parts[0].FunctionCall), "<b>")
	})
	t.Run("UnwrapsCountTokens", func(t *testing.T) {
		t.Parallel()
		b, err := parseBody([]byte(`{"model":"m","generateContentRequest":{"contents":[{"parts":[{"text":"a"}]}]}}`))
		require.NoError(t, err)
		require.Len(t, b.Contents, 1)
	})
	t.Run("RefusesWhatIsNoJSON", func(t *testing.T) {
		t.Parallel()
		for _, raw := range []string{"", "{", `{"mime_type":`, `{"contents":"x"}`, "[]"} {
			_, err := parseBody([]byte(raw))
			require.Error(t, err, raw)
		}
	})
}

func FuzzParseBody(f *testing.F) {
	f.Add(
		[]byte(
			`{"contents":[{"parts":[{"text":"a"},{"inline_data":{"data":"AA=="}}]}],"tools":[{"codeExecution":{}}]}`,
		),
	)
	f.Add([]byte(`{"requests":{"content":{"parts":{}}},"generateContentRequest":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		parsed, err := parseBody(raw)
		if err != nil {
			return
		}
		req := newRequest(route{kind: KindGenerate, model: "gemini-2.5-pro"}, "/", raw, parsed)
		answer := DefaultResponder(req).completed(&req)
		usage := answer.usage(&req, Modalities{})
		events := answer.stream(&req, usage, 3)
		require.Equal(t, usage, events[len(events)-1].usage)
		require.Equal(t, usage.Input()+usage.Output(), usage.Total)
	})
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		n    int
		want []string
	}{
		{"", 3, nil},
		{"word", 3, []string{"word"}},
		{"one two three four", 1, []string{"one two three four"}},
		{"one two three four", 2, []string{"one two three", " four"}},
		{"one two three four", 99, []string{"one", " two", " three", " four"}},
		{"äöü äöü", 2, []string{"äöü äöü"}},
		{"äöü äöü", 3, []string{"äöü", " äöü"}},
		{"a b", 0, []string{"a b"}},
	} {
		got := split(tt.text, tt.n)
		require.Equal(t, tt.want, got)
		require.Equal(t, tt.text, strings.Join(got, ""))
	}
}

func TestThinksByDefault(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]bool{
		"gemini-2.0-flash": false, "gemini-1.5-pro": false, "gemini-2.5-flash-lite": false,
		"gemini-2.5-flash": true, "gemini-2.5-pro-preview": true, "gemini-3-flash-preview": true, "gemini-3.6-flash-lite": true,
		"gemini-embedding-2": false, "gemma-3": false, "": false, "3.0": false,
	} {
		require.Equal(t, want, thinksByDefault(model), model)
	}
}
