// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
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
		for _, s := range shapes() {
			whole := feed(t, s.path, body, len(body)+1, 0)
			require.Equal(t, whole, feed(t, s.path, body, int(every%64)+1, 0), s.name)
			require.Equal(t, whole, feed(t, s.path, body, len(body)+1, int(cut)), s.name)
			require.Equal(t, whole, feed(t, s.path, body, 1, 0), s.name)
		}
	})
}

// readings is all that can be told of one body, taken for both of a call's.
type readings struct {
	asked      Request
	whole, cut Response
}

// feed gives the bytes up to cut, then pieces of a size.
func feed(t *testing.T, path string, body []byte, size, cut int) readings {
	t.Helper()
	before := string(body)
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, path, http.NoBody))
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
	f.Add("\"}],\"usage\":{\"prompt_tokens\":666,\"input_tokens\":666,\"total_input_tokens\":666}}\n\ndata: [DONE]\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range shapes() {
			count := 0
			usage := s.usage(func() int { count++; return count })
			content := object{
				"parts": []any{
					object{"text": text},
					object{"functionCall": object{"args": object{text: text, "x": []any{text}}}},
				},
				"text":     text,
				"x" + text: text,
			}
			chunk := s.answer(content)
			chunk[s.key], chunk["x"+text] = usage, object{text: text}
			body, err := json.Marshal(chunk)
			require.NoError(t, err)
			for _, form := range []string{"%", "[%,%]", "data: %\n\ndata: %\r\n\r\n"} {
				got := answerAt(t, s.path, strings.ReplaceAll(form, "%", string(body)))
				require.Equal(t, s.decoded(t, body), got.Usage, s.name)
				require.Len(t, got.FinishReasons, 1, s.name)
				require.NotEqual(t, semconv.FinishReasonError, got.FinishReasons[0], s.name)
				require.Empty(t, got.ErrorType, s.name)
			}
		}
	})
}

// answerAt reads a whole body that answers a request to a path.
func answerAt(tb testing.TB, path, body string) Response {
	tb.Helper()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, path, http.NoBody))
	require.True(tb, ok)
	x.ResponseHeader(http.StatusOK, nil)
	x.ResponseBody([]byte(body))
	return x.Response(Whole)
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
	f.Add([]byte(`{"usage":{"prompt_tokens":1,"prompt_tokens":2},"choices":[{"finish_reason":"stop"}]}`))
	f.Add([]byte(`{"usage":{"input\u005ftokens":7e0},"status":"completed"}`))
	f.Add([]byte(`{"usage":{"total_input_tokens":1e400}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, s := range shapes() {
			if want, ok := inputCount(body, s); ok {
				require.Equal(t, want, answerAt(t, s.path, string(body)).Usage.Input, s.name)
			}
		}
	})
}

// elsewhere are keys of the root below which some dialect tells usage too.
var elsewhere = []string{"predictions", "x_groq", "response", "message", "interaction", "metadata"}

// inputCount reads the input's count the slow way. It passes on bodies that
// hold any other spelling or count, which the two read differently by intent.
func inputCount(body []byte, s shape) (analysis.Count, bool) {
	var document map[string]json.RawMessage
	if len(body) == 0 || body[0] != '{' || json.Unmarshal(body, &document) != nil {
		return unknown, false
	}
	for key := range document {
		if slices.Contains(elsewhere, key) || key != s.key && equalCamel(s.key, []byte(key)) {
			return unknown, false
		}
	}
	var usage map[string]json.RawMessage
	if json.Unmarshal(document[s.key], &usage) != nil {
		return unknown, true
	}
	text, one := usage[s.input]
	if len(usage) != 1 || !one || string(text) == "null" {
		return unknown, false
	}
	var n json.Number
	if json.Unmarshal(text, &n) != nil {
		return unknown, false
	}
	count := value(n).count()
	// A second usage object of nothing but zeros takes nothing away.
	return count, count.OrZero() > 0
}
