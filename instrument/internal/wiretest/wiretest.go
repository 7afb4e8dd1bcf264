// SPDX-License-Identifier: Apache-2.0

// Package wiretest makes up streams for tests that hold package wire against
// the SDKs' own readers. It knows no provider.
package wiretest

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spanledger/spanledger/instrument/internal/wire"
	"github.com/spanledger/spanledger/internal/analysis"
)

// Object is a JSON object.
type Object = map[string]any

// Teller makes up streams, the same from the same seed.
type Teller struct{ *rand.Rand }

// NewTeller returns a Teller.
func NewTeller(seed uint64) Teller {
	return Teller{rand.New(rand.NewPCG(seed, 3))} //nolint:gosec // a test must repeat itself
}

// Once is true once in so many times.
func (t Teller) Once(in int) bool { return t.IntN(in) == 0 }

// Text returns what a model may have written.
func (t Teller) Text() string {
	texts := []string{
		`"}],"usage":{"prompt_tokens":666,"input_tokens":666}}`,
		"usage",
		"😀\"",
		`\`,
		`\\"`,
		"]",
		"{",
		"",
		"data: [DONE]\n\n",
		"\n\ndata: {\"usage\":{\"prompt_tokens\":666,\"input_tokens\":666}}\n\n",
		strings.Repeat("long ", 60),
	}
	return texts[t.IntN(len(texts))]
}

// Value returns what nobody asks for, and what looks like usage in it.
func (t Teller) Value(depth int) any {
	switch kind := t.IntN(7); {
	case kind == 0:
		return nil
	case kind == 1:
		return t.NormFloat64()
	case kind < 4 || depth == 0:
		return t.Text()
	case kind == 4:
		return []any{t.Value(depth - 1), t.Value(depth - 1)}
	default:
		return Object{
			t.Text(): t.Value(depth - 1),
			"usage":  Object{"prompt_tokens": 666, "input_tokens": 666, "output_tokens": 666},
		}
	}
}

// Counts returns an object that has each of the names three times in four, and
// decoys beside them.
func (t Teller) Counts(names ...string) Object {
	o := Object{"x": t.Value(2), "tokens": 666}
	for _, name := range names {
		if !t.Once(4) {
			o[name] = t.IntN(1000)
		}
	}
	return o
}

// Event frames a document in one of the ways that every SDK takes.
func (t Teller) Event(tb testing.TB, name string, document any) string {
	tb.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		tb.Fatal(err)
	}
	end := []string{"\n", "\r\n"}[t.IntN(2)]
	var b strings.Builder
	if t.Once(4) {
		b.WriteString(": PROCESSING" + end + end)
	}
	if name != "" {
		b.WriteString("event: " + name + end)
	}
	if t.Once(4) {
		b.WriteString("id: 7" + end + "retry: 5" + end)
	}
	body := string(text)
	if t.Once(3) {
		var spread bytes.Buffer
		if err := json.Indent(&spread, text, "", " "); err != nil {
			tb.Fatal(err)
		}
		body = strings.ReplaceAll(spread.String(), "\n", end+"data:")
	}
	b.WriteString([]string{"data: ", "data:"}[t.IntN(2)] + body + end + end)
	return b.String()
}

// Read returns what package wire makes of a body that answers a request to the
// path, in pieces of up to 16 bytes.
func (t Teller) Read(tb testing.TB, path, body string) wire.Response {
	tb.Helper()
	x, ok := wire.Recognize(httptest.NewRequestWithContext(tb.Context(), http.MethodPost, path, http.NoBody))
	if !ok {
		tb.Fatalf("%s is not recognized", path)
	}
	x.ResponseHeader(http.StatusOK, nil)
	for body != "" {
		size := min(len(body), 1+t.IntN(16))
		x.ResponseBody([]byte(body[:size]))
		body = body[size:]
	}
	return x.Response(wire.Whole)
}

// Served is the response that an SDK's decoder reads.
func Served(body string) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"text/event-stream"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
}

// Told is a count that an SDK knows where its field is valid.
func Told(field interface{ Valid() bool }, n int64) analysis.Count {
	if !field.Valid() {
		return analysis.Unknown()
	}
	return analysis.Known(n)
}
