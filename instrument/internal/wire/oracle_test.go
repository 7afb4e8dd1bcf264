// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

// TestScanner_AgreesWithEncodingJSON reads usage among whatever a model may
// have written, in any form, spacing, spelling of keys and cut.
func TestScanner_AgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	n := noise{rand.New(rand.NewPCG(1, 2))}
	for range 3000 {
		document := n.document(t)
		r := record{Method: http.MethodPost, URLPath: geminiPath, Status: http.StatusOK, Response: n.framed(document)}
		_, got, _ := r.replay(t, n.cut, Whole)
		require.Equal(t, decoded(t, document), got.Usage, r.Response)
		require.Empty(t, got.ErrorType, r.Response)
	}
}

// decoded is what encoding/json reads of a document whose counts are all known.
func decoded(t *testing.T, document []byte) analysis.Usage {
	t.Helper()
	var response struct {
		UsageMetadata struct {
			PromptTokenCount, ToolUsePromptTokenCount, CachedContentTokenCount int64
			CandidatesTokenCount, ThoughtsTokenCount, TotalTokenCount          int64
		}
	}
	require.NoError(t, json.Unmarshal(document, &response))
	u := response.UsageMetadata
	return analysis.Usage{
		Status: analysis.StatusReported,
		Input:  known(u.PromptTokenCount + u.ToolUsePromptTokenCount), ToolUse: known(u.ToolUsePromptTokenCount),
		Output: known(u.CandidatesTokenCount + u.ThoughtsTokenCount), Reasoning: known(u.ThoughtsTokenCount),
		CacheRead: known(u.CachedContentTokenCount), ProviderTotal: known(u.TotalTokenCount),
	}
}

// noise makes up documents.
type noise struct{ *rand.Rand }

// document returns a response with usage of which every count is known.
func (n noise) document(t *testing.T) []byte {
	t.Helper()
	usage := n.object(2)
	total := 0
	for _, key := range []string{
		"promptTokenCount", "toolUsePromptTokenCount", "candidatesTokenCount", "thoughtsTokenCount",
	} {
		count := 1 + n.IntN(1000)
		usage[key], total = count, total+count
	}
	usage["cachedContentTokenCount"], usage["totalTokenCount"] = n.IntN(1000), total
	response := n.object(4)
	response["usageMetadata"] = usage
	response["candidates"] = []any{map[string]any{"finishReason": "STOP", "content": n.value(4)}}
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
		return map[string]any{n.text(): n.value(depth - 1), "usageMetadata": map[string]any{"promptTokenCount": 666}}
	}
}

func (n noise) text() string {
	return []string{
		`"}]}}],"usageMetadata":{"promptTokenCount":666}}`, "promptTokenCount", "usageMetadata", "😀\"", `\`, `\\"`,
		"\n\ndata: {\"usageMetadata\":{\"promptTokenCount\":666}}\n\n", strings.Repeat("long ", 60), "]", "{", "",
	}[n.IntN(11)]
}
