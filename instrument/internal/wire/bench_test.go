// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const benchUsage = `"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":100,"totalTokenCount":1600,` +
	`"promptTokensDetails":[{"modality":"TEXT","tokenCount":1000}],"thoughtsTokenCount":500},` +
	`"modelVersion":"gemini-2.5-flash","responseId":"cjGwadCGE7yvnsEP3tfsiQk"}`

// benchDocument is a response of about so many bytes, with the line ends and
// quotes that a text has.
func benchDocument(size int) string {
	line := `The moving average crosses the \"upper\" band; volume confirms it.\n`
	text := strings.Repeat(line, max(0, size-len(benchUsage)-120)/len(line)+1)
	return `{"candidates":[{"content":{"parts":[{"text":"` + text + `"}],"role":"model"},"finishReason":"STOP","index":0}],` + benchUsage
}

func benchStream(chunks, size int) string {
	return strings.Repeat("data: "+benchDocument(size)+"\r\n\r\n", chunks)
}

// benchIndented is a document as the developer API writes it for people.
func benchIndented(tb testing.TB, document string) string {
	tb.Helper()
	var indented bytes.Buffer
	require.NoError(tb, json.Indent(&indented, []byte(document), "", "  "))
	return indented.String()
}

func benchBodies(tb testing.TB) []struct{ name, body string } {
	tb.Helper()
	return []struct{ name, body string }{
		{"unary 1.4 KB", benchDocument(1400)},
		{"unary 64 KB", benchDocument(64 << 10)},
		{"unary 1.4 KB, indented", benchIndented(tb, benchDocument(1400))},
		{"stream of 20 chunks", benchStream(20, 1000)},
		{"stream of 20 short chunks", benchStream(20, 500)},
	}
}

func scan(x Exchange, body []byte) {
	x.ResponseHeader(http.StatusOK, nil)
	const packet = 4096
	for len(body) > 0 {
		n := min(packet, len(body))
		x.ResponseBody(body[:n])
		body = body[n:]
	}
	x.Response(Whole)
	x.Free()
}

// BenchmarkExchange is what a call pays for being read.
func BenchmarkExchange(b *testing.B) {
	req := httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody)
	for _, tt := range benchBodies(b) {
		b.Run(tt.name, func(b *testing.B) {
			body := []byte(tt.body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				x, _ := Recognize(req)
				scan(x, body)
			}
		})
	}
}

// BenchmarkRequest is what a call pays for its request's parameters.
func BenchmarkRequest(b *testing.B) {
	body := []byte(`{"contents":[{"role":"user","parts":[{"text":"` + strings.Repeat("a long prompt ", 100) +
		`"}]}],"generationConfig":{"temperature":0.2,"topP":0.95,"maxOutputTokens":8192}}`)
	req := httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		x, _ := Recognize(req)
		x.RequestBody(body)
		x.Request()
	}
}

// BenchmarkUnmarshal is the same with encoding/json, into a struct of no more
// than the usage, for comparison.
func BenchmarkUnmarshal(b *testing.B) {
	for _, tt := range benchBodies(b) {
		b.Run(tt.name, func(b *testing.B) {
			body := []byte(tt.body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				for event := range bytes.SplitSeq(body, []byte("\r\n\r\n")) {
					unmarshalUsage(b, bytes.TrimPrefix(event, []byte("data: ")))
				}
			}
		})
	}
}

func unmarshalUsage(tb testing.TB, document []byte) {
	tb.Helper()
	var into struct {
		UsageMetadata struct {
			PromptTokenCount, CandidatesTokenCount, ThoughtsTokenCount, TotalTokenCount int
		} `json:"usageMetadata"`
	}
	if len(document) > 0 {
		require.NoError(tb, json.Unmarshal(document, &into))
	}
}

// TestExchange_Allocations holds that memory does not grow with the body: the
// response's id, and no more. It is not parallel: AllocsPerRun
// counts the whole process.
func TestExchange_Allocations(t *testing.T) {
	req := httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody)
	for _, tt := range benchBodies(t) {
		body := []byte(tt.body)
		allocs := testing.AllocsPerRun(100, func() {
			x, _ := Recognize(req)
			scan(x, body)
		})
		require.LessOrEqual(t, allocs, 1.0+racy, tt.name)
	}
}

// TestPaths_Depth holds that every path fits into a scanner's frames.
func TestPaths_Depth(t *testing.T) {
	t.Parallel()
	for name, root := range map[string]*node{"request": geminiRequestPaths, "response": geminiResponsePaths} {
		require.LessOrEqual(t, depth(root), maxFrames, name)
	}
}

// depth counts the containers open at the deepest value.
func depth(n *node) int {
	deepest := 0
	for _, child := range n.children {
		deepest = max(deepest, depth(child))
	}
	if n.list {
		deepest++
	}
	if n.object {
		deepest++
	}
	return deepest
}
