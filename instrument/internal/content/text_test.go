// SPDX-License-Identifier: Apache-2.0

package content_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/internal/content"
)

func TestContent_Map(t *testing.T) {
	t.Parallel()
	const secret = "4111"
	said := content.Content{
		System: []content.Part{{Type: content.TypeText, Content: secret}},
		Input: []content.Message{{Role: "user", Name: secret, Parts: []content.Part{
			{Type: content.TypeURI, URI: "https://host/" + secret},
			{
				Type: content.TypeToolCall, ID: "c1", Name: "f",
				Arguments: map[string]any{secret: []any{secret, json.Number(secret), true, nil}},
			},
			{Type: content.TypeToolResponse, Response: []content.Part{{Type: content.TypeText, Content: secret}}},
		}}},
		Output: []content.Message{
			{Role: "assistant", Parts: []content.Part{{Type: content.TypeReasoning, Content: secret}}},
		},
		Tools: []content.Tool{
			{Type: "function", Name: "f", Description: secret, Parameters: map[string]any{"d": secret}},
		},
	}
	mapped := said.Map(func(s string) string { return strings.ReplaceAll(s, secret, "****") })
	encoded, err := json.Marshal([]any{mapped.System, mapped.Input, mapped.Output, mapped.Tools})
	require.NoError(t, err)
	require.NotContains(t, string(encoded), secret)
	require.Equal(t, 10, strings.Count(string(encoded), "****"))
	require.Equal(t, secret, said.Input[0].Name, "the original stays")
	require.Equal(t, "c1", mapped.Input[0].Parts[1].ID)
}

func TestContent_Texts(t *testing.T) {
	t.Parallel()
	x := exchanges["Gemini"]
	c, _ := content.Read(buffered(x.request), buffered(x.response))
	var asked, answered []string
	c.Texts(collect(&asked))
	c.AnswerTexts(collect(&answered))
	require.Equal(t, []string{
		"Be brief.", "What is this?", "look", `{"at":1.50}`, "look", `{"seen":"a cat"}`,
		"look", "Looks.", `{"type":"OBJECT"}`, "google_search",
	}, asked)
	require.Equal(t, []string{
		"Hm.", "A cat.", "code_execution", `{"code":"1+1"}`, "code_execution", `{"output":"2"}`, "google_search",
	}, answered)
}

func collect(to *[]string) func(string) {
	return func(s string) {
		if s != "" {
			*to = append(*to, s)
		}
	}
}
