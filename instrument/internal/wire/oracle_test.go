// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestScanner_AgreesWithEncodingJSON reads usage among whatever a model may
// have written, in any dialect, form, spacing, spelling of keys and cut.
func TestScanner_AgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			n := noise{rand.New(rand.NewPCG(1, 2))}
			for range 1000 {
				document := n.document(t, s)
				r := record{
					Method:   http.MethodPost,
					URLPath:  s.path,
					Status:   http.StatusOK,
					Response: n.framed(document),
				}
				_, got, _ := r.replay(t, n.cut, Whole)
				require.Equal(t, s.decoded(t, document), got.Usage, r.Response)
				require.Empty(t, got.ErrorType, r.Response)
			}
		})
	}
}

// noise makes up documents.
type noise struct{ *rand.Rand }

// document returns a response with usage of which every count is known.
func (n noise) document(t *testing.T, s shape) []byte {
	t.Helper()
	response := n.object(4)
	maps.Copy(response, s.answer(n.value(4)))
	usage := n.object(2)
	maps.Copy(usage, s.usage(func() int { return 1 + n.IntN(1000) }))
	response[s.key] = usage
	document, err := json.Marshal(response)
	require.NoError(t, err)
	if n.IntN(2) == 0 {
		var spaced bytes.Buffer
		require.NoError(t, json.Indent(&spaced, document, "", "\t"))
		document = spaced.Bytes()
	}
	return n.respelt(document)
}

// respelt spells some letters of names as escapes.
func (n noise) respelt(document []byte) []byte {
	for _, letter := range []string{"k", "M", "C"} {
		if n.IntN(3) == 0 {
			document = bytes.ReplaceAll(document, []byte(letter), fmt.Appendf(nil, `\u%04x`, letter[0]))
		}
	}
	return document
}

// framed puts the document into one of the forms of a body.
func (n noise) framed(document []byte) string {
	text := string(document)
	switch n.IntN(3) {
	case 0:
		return text
	case 1:
		return "[" + text + ",\r\n" + text + "]"
	default:
		end := []string{"\n", "\r", "\r\n"}[n.IntN(3)]
		return "data: " + strings.ReplaceAll(text, "\n", end+"data:") + end + end
	}
}

// cut returns the text in pieces of up to 16 bytes.
func (n noise) cut(text string) []string {
	var pieces []string
	for text != "" {
		size := min(len(text), 1+n.IntN(16))
		pieces, text = append(pieces, text[:size]), text[size:]
	}
	return pieces
}

func (n noise) object(depth int) map[string]any {
	object := map[string]any{}
	for range n.IntN(4) {
		object["x"+n.text()] = n.value(depth)
	}
	return object
}

func (n noise) value(depth int) any {
	switch kind := n.IntN(7); {
	case kind == 0:
		return nil
	case kind == 1:
		return n.NormFloat64()
	case kind < 4 || depth == 0:
		return n.text()
	case kind == 4:
		return []any{n.value(depth - 1), n.value(depth - 1)}
	default:
		return map[string]any{
			n.text():        n.value(depth - 1),
			"usageMetadata": map[string]any{"promptTokenCount": 666},
			"usage":         map[string]any{"prompt_tokens": 666, "input_tokens": 666, "total_input_tokens": 666},
		}
	}
}

func (n noise) text() string {
	return []string{
		`"}]}}],"usageMetadata":{"promptTokenCount":666}}`, "promptTokenCount", "usageMetadata", "😀\"", `\`, `\\"`,
		"\n\ndata: {\"usageMetadata\":{\"promptTokenCount\":666}}\n\n", strings.Repeat("long ", 60), "]", "{", "",
		`"}],"usage":{"prompt_tokens":666,"input_tokens":666}}`, "usage", "data: [DONE]\n\n",
	}[n.IntN(14)]
}
