// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

const document = `{"candidates":[{"content":{"parts":[{"text":"a\n\ndata: b"}]},"finishReason":"STOP"}],` +
	`"usageMetadata":{"promptTokenCount":79,"candidatesTokenCount":12,"totalTokenCount":91},"responseId":"r"}`

// TestBody_Forms reads the same document out of every form that it may have.
func TestBody_Forms(t *testing.T) {
	t.Parallel()
	want := answer(t, document)
	require.Equal(t, analysis.StatusReported, want.Usage.Status)
	spread := strings.NewReplacer("{", "{\n", ",", ",\r\n", ":{", ": {").Replace(document)
	tests := []struct {
		name, body string
		chunks     int
	}{
		{"spaces", " \r\n\t" + document + "\n\n", 0},
		{"byte order mark", byteOrderMark + document, 0},
		{"array", "[" + document + "]", 1},
		{"array of two", "[" + document + "\n,\r\n" + document + "\n]\n", 2},
		{"lines of JSON", document + "\n" + document, 0},
		{"event", "data: " + document + "\n\n", 1},
		{"event without end", "data: " + document, 1},
		{"event without a space", "data:" + document + "\n\n", 1},
		{"byte order mark and events", byteOrderMark + "data:" + document + "\n\n", 1},
		{"CR", "data: " + document + "\r\rdata: " + document + "\r\r", 2},
		{"CRLF", "\r\ndata: " + document + "\r\n\r\ndata: " + document + "\r\n\r\n", 2},
		{"mixed ends", "data: " + document + "\r\n\rdata: " + document + "\n\r\n", 2},
		{
			"one event over lines",
			"data: " + strings.NewReplacer("\r\n", "\r\ndata: ", "\n", "\ndata:").Replace(spread) + "\n\n",
			1,
		},
		{
			"other fields",
			"event: message\nid: 1\nretry: 5\ndatabase: {\ndata\ndata: " + document + "\nevent: end\n\n",
			1,
		},
		{"comments", ": PROCESSING\n\n:\n\ndata: " + document + "\n\n: bye\n\n", 1},
		{"done", "data: " + document + "\n\ndata: [DONE]\n\n", 1},
		{"array in an event", "data: [" + document + "," + document + "]\n\n", 2},
		{"two lines, no empty one between", "data: " + document + "\ndata: " + document + "\n\n", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := want
			want.Chunks = tt.chunks
			r := record{Method: http.MethodPost, URLPath: geminiPath, Status: http.StatusOK, Response: tt.body}
			_, got, _ := r.replay(t, inSingleBytes, Whole)
			require.Equal(t, want, got)
			for at := range len(tt.body) {
				_, got, _ = r.replay(t, cutAt(at), Whole)
				require.Equal(t, want, got, "cut at %d", at)
			}
		})
	}
}

func TestBody_Chunks(t *testing.T) {
	t.Parallel()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody))
	require.True(t, ok)
	x.ResponseHeader(http.StatusOK, nil)
	require.Equal(t, 2, x.ResponseBody([]byte("data: {}\n\ndata: {}\n\nda")))
	require.Zero(t, x.ResponseBody([]byte("ta: {")))
	require.Zero(t, x.ResponseBody(nil))
	require.Equal(t, 2, x.Response(Cut).Chunks)
	require.Equal(t, 1, x.ResponseBody([]byte("}\n\n")))
	require.Equal(t, 3, x.Response(Whole).Chunks)
}

func TestBody_Ends(t *testing.T) {
	t.Parallel()
	const unary = `{"candidates":[{"content":{}}],"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}`
	const unfinished = "data: " + unary + "\n\n"
	tests := []struct {
		name, body string
		end        End
		want       analysis.UsageStatus
	}{
		{"whole", document, Whole, analysis.StatusReported},
		{"the object is whole, its reader stopped there", document, Cut, analysis.StatusReported},
		{"the array is whole, its reader stopped there", "[" + document + "]", Cut, analysis.StatusReported},
		{"array cut", "[" + document + "\n", Cut, analysis.StatusPartial},
		{"events cut", "data: " + document + "\n\n", Cut, analysis.StatusPartial},
		{"events whole", "data: " + document + "\n\n", Whole, analysis.StatusReported},
		{"events that end without a finish reason", unfinished, Whole, analysis.StatusPartial},
		{"array that ends without a finish reason", "[" + unary + "]", Whole, analysis.StatusPartial},
		{"no stream has more to come", unary, Whole, analysis.StatusReported},
		{"cut before usage", document[:80], Cut, analysis.StatusUnknown},
		{"cut after usage", document[:len(document)-3], Cut, analysis.StatusPartial},
		{"nothing", "", Cut, analysis.StatusUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := answerTo(t, http.StatusOK, nil, tt.body, tt.end)
			require.Equal(t, tt.want, got.Usage.Status)
			require.Empty(t, got.ErrorType)
		})
	}
}

// TestBody_Complete is told by the last byte, and by no other.
func TestBody_Complete(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       bool
	}{
		{"document", document, true},
		{"array", "[" + document + ",\r\n" + document + "]", true},
		{"events", "data: " + document + "\n\n", false},
		{"events with an end mark", "data: " + document + "\n\ndata: [DONE]", true},
		{"events of lists", "data: [" + document + "]\n\n", false},
		{"cut", document[:len(document)-1], false},
		{"no JSON", "<html></html>", false},
		{"empty array", "[]", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x, ok := Recognize(httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody))
			require.True(t, ok)
			x.ResponseHeader(http.StatusOK, nil)
			for _, piece := range inSingleBytes(tt.body) {
				require.False(t, x.Complete())
				x.ResponseBody([]byte(piece))
			}
			require.Equal(t, tt.want, x.Complete())
		})
	}
}

func TestBody_Encoded(t *testing.T) {
	t.Parallel()
	got := answerTo(t, http.StatusOK, http.Header{"Content-Encoding": {"gzip"}}, "\x1f\x8b"+document, Whole)
	require.Equal(t, Response{}, got)
	got = answerTo(t, http.StatusOK, http.Header{"Content-Encoding": {"identity"}}, document, Whole)
	require.Equal(t, analysis.StatusReported, got.Usage.Status)
	got = answerTo(t, http.StatusTooManyRequests, http.Header{"Content-Encoding": {"br"}}, document, Whole)
	require.Equal(t, "429", got.ErrorType)
}

// TestBody_BeforeHeader claims nothing of a response that never came.
func TestBody_BeforeHeader(t *testing.T) {
	t.Parallel()
	x, ok := Recognize(httptest.NewRequest(http.MethodPost, geminiPath, http.NoBody))
	require.True(t, ok)
	require.Equal(t, Response{}, x.Response(Cut))
	require.Equal(t, Response{}, x.Response(Whole))
}

// TestBody_AfterHalfADocument reads the events after one that was cut short,
// wherever that was.
func TestBody_AfterHalfADocument(t *testing.T) {
	t.Parallel()
	const whole = `{"x":"","y":{"z":{"a":"b"}},"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}`
	for _, half := range []string{`{"x":"a\`, `{"x":"a`, `{"y":{"a`, `{"y":{"a\`, `{"y":[[`, `{"usageMetadata":{"promptTokenCount":7`, `{]`} {
		got := answer(t, "data: "+half+"\n\ndata: "+whole+"\n\n")
		require.Equal(t, known(5), got.Usage.Input, half)
		require.Equal(t, analysis.StatusPartial, got.Usage.Status, half)
		require.Equal(t, semconv.ErrorTypeInvalidResponse, got.ErrorType, half)
	}
	lines := answer(t, "data: {\"usageMetadata\":{\"promptTokenCount\":1\ndata: 2}}\n\n")
	require.Equal(t, unknown, lines.Usage.Input, "lines do not join to another number")
}
