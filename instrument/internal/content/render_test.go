// SPDX-License-Identifier: Apache-2.0

package content_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/internal/content"
)

func requireFits[E content.Element](t *testing.T, elements []E, limit int) string {
	t.Helper()
	rendered, _, err := content.Render(elements, limit)
	require.NoError(t, err)
	require.LessOrEqual(t, len(rendered), max(limit, content.MinLimit))
	require.True(t, json.Valid([]byte(rendered)), rendered)
	return rendered
}

func TestRender_ShortensTexts(t *testing.T) {
	t.Parallel()
	messages := []content.Message{
		user("short"), user(strings.Repeat("héllo ", 1000)),
		{Role: "assistant", Parts: []content.Part{{
			Type: content.TypeToolCall, Name: "f", Arguments: map[string]any{"a": strings.Repeat("b", 1000)},
		}}},
	}
	rendered, cut, err := content.Render(messages, 2000)
	require.NoError(t, err)
	require.True(t, cut)
	require.LessOrEqual(t, len(rendered), 2000)

	var got []struct {
		Role  string
		Parts []struct {
			Content   string
			Arguments any
		}
	}
	require.NoError(t, json.Unmarshal([]byte(rendered), &got))
	require.Len(t, got, 3)
	require.Equal(t, "short", got[0].Parts[0].Content)
	text, after, found := strings.Cut(got[1].Parts[0].Content, "…[+")
	require.True(t, found)
	require.True(t, strings.HasPrefix(strings.Repeat("héllo ", 1000), text))
	require.Regexp(t, `^\d+ bytes\]$`, after)
	require.Contains(t, got[2].Parts[0].Arguments, " bytes]")
}

// TestRender_DropsTheFirst has more messages than fit, however short.
func TestRender_DropsTheFirst(t *testing.T) {
	t.Parallel()
	var messages []content.Message
	for range 1000 {
		messages = append(messages, user("word"))
	}
	messages = append(messages, user("last"))
	rendered, cut, err := content.Render(messages, 1000)
	require.NoError(t, err)
	require.True(t, cut)
	require.LessOrEqual(t, len(rendered), 1000)
	require.Greater(t, len(rendered), 800, "as many as fit")
	require.True(t, strings.HasSuffix(rendered, `"content":"last"}]}]`), rendered)
}

func TestRender_LeavesOutLongSchemas(t *testing.T) {
	t.Parallel()
	tools := []content.Tool{{Type: "function", Name: "f", Parameters: map[string]any{"a": strings.Repeat("b", 1000)}}}
	rendered, cut, err := content.Render(tools, 500)
	require.NoError(t, err)
	require.True(t, cut)
	require.JSONEq(t, `[{"type":"function","name":"f"}]`, rendered)
}

func TestRender_NoHTMLEscapesAndValidText(t *testing.T) {
	t.Parallel()
	rendered, cut, err := content.Render([]content.Message{user("<b>&\xff")}, 1000)
	require.NoError(t, err)
	require.False(t, cut)
	require.Contains(t, rendered, `"<b>&\ufffd"`)
}

func TestRender_WhatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	_, _, err := content.Render([]content.Part{{Type: content.TypeToolCall, Arguments: func() {}}}, 1000)
	require.Error(t, err)
}

func user(text string) content.Message {
	return content.Message{Role: "user", Parts: []content.Part{{Type: content.TypeText, Content: text}}}
}
