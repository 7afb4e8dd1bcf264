// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// transcript is a sink that writes down what it is told.
type transcript struct{ lines []string }

func (t *transcript) open(f field)  { t.note("open", f, "") }
func (t *transcript) list(f field)  { t.note("list", f, "") }
func (t *transcript) close(f field) { t.note("close", f, "") }

func (t *transcript) value(f field, v value) { t.note("value", f, string(v)) }

func (t *transcript) note(what string, f field, text string) {
	t.lines = append(t.lines, strings.TrimSpace(what+" "+strconv.Itoa(int(f))+" "+text))
}

var transcriptPaths = compile(
	1,
	path{"name", 2},
	path{"token~", 3},
	path{"items[]", 4},
	path{"items[].token_count", 5},
	path{"items[].words[]", 6},
	path{"here{}", 7},
)

func transcribe(pieces []string) []string {
	var told transcript
	s := scanner{root: transcriptPaths, sink: &told}
	for _, piece := range pieces {
		s.write([]byte(piece))
	}
	return told.lines
}

func TestScanner_Values(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 13)
	tests := []struct {
		name, document string
		want           []string
	}{
		{"in the order of the paths", `{"name":"n","token":"t"}`, []string{"value 2 n", "value 3 t"}},
		{"in another order", `{"token":"t","x":{"name":"no"},"name":"n"}`, []string{"value 3 t", "value 2 n"}},
		{"twice", `{"name":"a","name":"b"}`, []string{"value 2 a", "value 2 b"}},
		{"spaces", "{ \"name\"\t:\r\n\"n\" , \"token\" : 1 }", []string{"value 2 n", "value 3 1"}},
		{"control characters are no spaces", "{\"name\"\x01:\"n\"}", nil},
		{"long", `{"name":"` + long + `","token":"t"}`, []string{"value 2", "value 3 t"}},
		{"long, the start is kept", `{"token":"` + long + `"}`, []string{"value 3 " + long[:maxText]}},
		{
			"long with escapes", `{"token":"\u0030123\u0034` + long[5:] + `\n\\\"","name":"n"}`,
			[]string{"value 3 " + long[:maxText], "value 2 n"},
		},
		{"as long as fits", `{"name":"` + long[:maxText] + `"}`, []string{"value 2 " + long[:maxText]}},
		{"the start of a number is another", `{"token":` + long + `}`, []string{"value 3"}},
		{"long key", `{"` + long + `":"x","` + long + `\"name":"x","name":"n"}`, []string{"value 2 n"}},
		{"key that ends in an escape", `{"name\":":"x","name\\":"x","nam\u0065":"n"}`, []string{"value 2 n"}},
		{"start of a key", `{"nam":"x","names":"x","":"x","name":"n"}`, []string{"value 2 n"}},
		{"null", `{"name":null,"token":nul,"here":{}}`, []string{"value 3 nul", "open 7", "close 7"}},
		{"skipped", `{"x":{"a":"}\\\"}","b":[["]"]]},"y":"\\","z":-1e5,"name":"n"}`, []string{"value 2 n"}},
		{
			"list", `{"items":[{"words":["a","b"],"token_count":1},{"tokenCount":"2"}],"name":"n"}`,
			[]string{
				"list 4", "open 4", "list 6", "value 6 a", "value 6 b", "value 5 1", "close 4",
				"open 4", "close 4", "value 2 n",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := append([]string{"open 1"}, tt.want...)
			if !strings.Contains(tt.name, "control") {
				want = append(want, "close 1")
			}
			require.Equal(t, want, transcribe(inOnePiece(tt.document)))
			require.Equal(t, want, transcribe(inSingleBytes(tt.document)))
			for at := range len(tt.document) {
				require.Equal(t, want, transcribe(cutAt(at)(tt.document)), "cut at %d", at)
			}
		})
	}
}

// TestScanner_NoJSON believes nothing after what is no JSON.
func TestScanner_NoJSON(t *testing.T) {
	t.Parallel()
	for document, want := range map[string][]string{
		`{"name":,"token":"t"}`:       {"open 1"},
		`{"name":}`:                   {"open 1"},
		`{"name":"n",}`:               {"open 1", "value 2 n"},
		`{"name":"n"]`:                {"open 1", "value 2 n"},
		`{"name" "n"}`:                {"open 1"},
		`{name:"n"}`:                  {"open 1"},
		`{"items":[{"words":["a",]}]`: {"open 1", "list 4", "open 4", "list 6", "value 6 a"},
		`{"items":[{"words":["a"}]}`:  {"open 1", "list 4", "open 4", "list 6", "value 6 a"},
		`"name"`:                      nil,
	} {
		require.Equal(t, want, transcribe(inOnePiece(document)), document)
		require.Equal(t, want, transcribe(inSingleBytes(document)), document)
	}
}
