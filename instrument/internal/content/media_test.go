// SPDX-License-Identifier: Apache-2.0

package content_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/internal/content"
)

// TestRead_Media has media come by every way: its bytes are nowhere, and what
// stands beside it is there.
func TestRead_Media(t *testing.T) {
	t.Parallel()
	const bytes = "Y2FuYXJ5"
	answered := func(result string) string {
		return `{"input":[{"type":"function_result","call_id":"c1","name":"look","result":` + result + `}]}`
	}
	for name, tt := range map[string]struct{ request, kept string }{
		"InlineData":    {`{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"` + bytes + `"}}]}]}`, "image/png"},
		"DataURL":       {imageURL("data:image/png;base64," + bytes), "image/png"},
		"DataURLUpper":  {imageURL("DATA:image/png;base64," + bytes), "image/png"},
		"NoURL":         {imageURL(bytes), `"image`},
		"OddURL":        {imageURL("x:" + bytes), `"image`},
		"UserInURL":     {imageURL("https:" + bytes + "@host/f"), `"image`},
		"KeyInURL":      {imageURL("https://u:" + bytes + "@host/f?sig=" + bytes + "#" + bytes), "https://host/f"},
		"ToolMember":    {answered(`{"type":"image","mime_type":"image/png","data":"` + bytes + `","n":7}`), `"n":7`},
		"ToolItems":     {answered(`{"items":[{"mimeType":"image/png","data":"` + bytes + `"},{"text":"a cat"}]}`), "a cat"},
		"ToolURL":       {answered(`{"image":"data:image/png;base64,` + bytes + `","text":"a cat"}`), "a cat"},
		"ToolText":      {answered(`"data:image/png;base64,` + bytes + `"`), "c1"},
		"ToolArguments": {calling(`{"icon":"data:image/png;base64,` + bytes + `","n":7}`), `"n":7`},
		"GeminiResponse": {`{"contents":[{"parts":[{"functionResponse":{"name":"look","response":{
			"inlineData":{"mimeType":"image/png","data":"` + bytes + `"},"n":7}}}]}]}`, `"n":7`},
		"GeminiArguments": {`{"contents":[{"parts":[{"functionCall":{"name":"look","args":{
			"source":{"media_type":"image/png","data":"` + bytes + `"},"n":7}}}]}]}`, `"n":7`},
		"AnthropicObject": {`{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1",
			"content":{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + bytes + `"}}}]}]}`, "t1"},
		"LongBase64": {answered(`{"file":"` + strings.Repeat(bytes, 400) + `","n":7}`), `"n":7`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := content.Read(buffered(tt.request), nil)
			rendered, _, err := content.Render(c.Input, 1<<20)
			require.NoError(t, err)
			require.NotContains(t, rendered, bytes)
			require.Contains(t, rendered, tt.kept)
		})
	}
}

func imageURL(url string) string {
	return `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"` + url + `"}}]}]}`
}

func calling(arguments string) string {
	return `{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"look","input":` + arguments + `}]}]}`
}
