// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

// recordedBodies returns the bodies of all records.
func recordedBodies(tb testing.TB) []string {
	tb.Helper()
	records := loadRecords(tb)
	bodies := make([]string, 0, 2*len(records))
	for i := range records {
		bodies = append(bodies, records[i].Request, records[i].Response)
	}
	return bodies
}

// FuzzScanner feeds anything, cut anywhere: no panic, and the same result as
// in one piece.
func FuzzScanner(f *testing.F) {
	for _, body := range recordedBodies(f) {
		f.Add([]byte(body), uint16(len(body)/2), uint16(1))
	}
	for _, seed := range []string{
		"\xef\xbb\xbf{", "data: [DONE]\n\n", "data:\r\r\n{\"\\u", `{"usageMetadata":{"promptTokenCount":1`, "[[[[{}]]]]",
		`{"a":"\\\"","\ud83d\ude00":-1e9}`, "}", "]", `{]`, `[}`, `{"a"}`, `{,}`, `{"candidates":{"finishReason":"STOP"}}`,
	} {
		f.Add([]byte(seed), uint16(3), uint16(2))
	}
	f.Fuzz(func(t *testing.T, body []byte, cut, every uint16) {
		whole := feed(t, body, len(body)+1, 0)
		require.Equal(t, whole, feed(t, body, int(every%64)+1, 0))
		require.Equal(t, whole, feed(t, body, len(body)+1, int(cut)))
		require.Equal(t, whole, feed(t, body, 1, 0))
	})
}

// readings is all that can be told of one body, taken for both of a call's.
type readings struct {
	asked      Request
	whole, cut Response
}

// feed gives the bytes up to cut, then pieces of a size.
func feed(t *testing.T, body []byte, size, cut int) readings {
	t.Helper()
	before := string(body)
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody))
	require.True(t, ok)
	x.ResponseHeader(http.StatusOK, nil)
	rest := body
	for at := min(cut, len(rest)); len(rest) > 0; at = min(size, len(rest)) {
		x.RequestBody(rest[:at:at])
		x.ResponseBody(rest[:at:at])
		rest = rest[at:]
	}
	require.Equal(t, before, string(body), "the bytes were changed")
	return readings{asked: x.Request(), whole: x.Response(Whole), cut: x.Response(Cut)}
}

// FuzzText puts any text wherever a model may write: it is never believed.
func FuzzText(f *testing.F) {
	for _, body := range recordedBodies(f) {
		f.Add(body)
	}
	f.Add(`"}]}}],"usageMetadata":{"promptTokenCount":666}}`)
	f.Add("\\\",\"usageMetadata\":{\"promptTokenCount\":666}\n\ndata: {}\r\r")
	f.Fuzz(func(t *testing.T, text string) {
		chunk := map[string]any{
			"candidates": []any{map[string]any{
				"content": map[string]any{"parts": []any{
					map[string]any{"text": text},
					map[string]any{
						"functionCall": map[string]any{"args": map[string]any{text: text, "x": []any{text}}},
					},
				}},
				"finishReason": "STOP",
				"x" + text:     text,
			}},
			"usageMetadata": map[string]any{"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7},
			"x" + text:      map[string]any{text: text},
		}
		body, err := json.Marshal(chunk)
		require.NoError(t, err)
		want := analysis.Usage{
			Status:        analysis.StatusReported,
			Input:         known(5),
			Output:        known(2),
			ProviderTotal: known(7),
		}
		for _, form := range []string{"%", "[%,%]", "data: %\n\ndata: %\r\n\r\n"} {
			var whole []byte
			for _, c := range []byte(form) {
				if c == '%' {
					whole = append(whole, body...)
				} else {
					whole = append(whole, c)
				}
			}
			got := answer(t, string(whole))
			require.Equal(t, want, got.Usage)
			require.Equal(t, []string{"stop"}, got.FinishReasons)
			require.Empty(t, got.ErrorType)
		}
	})
}

// FuzzUsage agrees with encoding/json on every body that is valid JSON.
func FuzzUsage(f *testing.F) {
	for _, body := range recordedBodies(f) {
		f.Add([]byte(body))
	}
	f.Add(
		[]byte(
			`{"usageMetadata":{"promptTokenCount":1,"promptTokenCount":2},"usageMetadata":{"candidatesTokenCount":3}}`,
		),
	)
	f.Add([]byte(`{"usage\u004detadata":{"prompt\u0054okenCount":12}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		want, ok := promptCount(body)
		if !ok {
			return
		}
		require.Equal(t, want, answer(t, string(body)).Usage.Input)
	})
}

// promptCount reads the prompt's count the slow way. It passes on bodies that
// hold any other spelling or count, which the two read differently by intent.
func promptCount(body []byte) (analysis.Count, bool) {
	var object map[string]json.RawMessage
	if len(body) == 0 || body[0] != '{' || json.Unmarshal(body, &object) != nil {
		return unknown, false
	}
	for key := range object {
		if key == "predictions" {
			return unknown, false
		}
		if key != "usageMetadata" && equalCamel("usageMetadata", []byte(key)) {
			return unknown, false
		}
	}
	var usage map[string]json.RawMessage
	if json.Unmarshal(object["usageMetadata"], &usage) != nil {
		return unknown, true
	}
	text, one := usage["promptTokenCount"]
	if len(usage) != 1 || !one || string(text) == "null" {
		return unknown, false
	}
	var n json.Number
	if json.Unmarshal(text, &n) != nil {
		return unknown, false
	}
	return value(n).count(), true
}
