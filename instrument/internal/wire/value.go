// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/spanledger/spanledger/internal/analysis"
)

// value is the text of a JSON string, number or boolean. It is empty where it
// was too long to keep. It is valid until the sink returns.
type value []byte

// maxCount is where a number of tokens stops to be believable.
const maxCount = 1e12

// maxExact is the largest integer up to which every integer is a float64.
const maxExact = 1 << 53

// maxDigits is how many digits fit into 64 bits, whatever they are.
const maxDigits = 18

// maxToken bounds the words that may become attribute values.
const maxToken = 64

// count returns a number of tokens, unknown where v is not a whole number
// from 0 to maxCount.
func (v value) count() analysis.Count {
	n, ok := v.integer()
	if !ok || n < 0 || n > maxCount {
		return analysis.Unknown()
	}
	return analysis.Known(n)
}

// integer returns a whole number, which may be spelt 40, 40.0 or 4e1.
func (v value) integer() (int64, bool) {
	if n, ok := v.digits(); ok {
		return n, true
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return n, true
	}
	f, ok := v.number()
	if !ok || f != math.Trunc(f) || math.Abs(f) > maxExact {
		return 0, false
	}
	return int64(f), true
}

// digits returns a number of few digits and nothing else.
func (v value) digits() (n int64, ok bool) {
	if len(v) == 0 || len(v) > maxDigits {
		return 0, false
	}
	for _, c := range v {
		if !isDigit(c) {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, true
}

// number returns a finite number, spelt as JSON has it: Go knows more ways.
func (v value) number() (float64, bool) {
	if len(v) == 0 || (v[0] != '-' && !isDigit(v[0])) || bytes.ContainsAny(v, "xX_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// isWord reports whether v is a plain name such as STOP or gemini-2.5-flash:
// the only kind of text that may leave this package as a value.
func (v value) isWord(extra string) bool {
	if len(v) == 0 {
		return false
	}
	for _, c := range v {
		if !isLetter(c) && !isDigit(c) && c != '_' && c != '-' && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return true
}

// lowered returns, for the values that come with nearly every response, their
// lower case without a search or an allocation.
func (v value) lowered() string {
	switch string(v) {
	case "TEXT":
		return "text"
	case "STOP":
		return "stop"
	case "IMAGE":
		return "image"
	case "AUDIO":
		return "audio"
	case "VIDEO":
		return "video"
	case "SAFETY":
		return "safety"
	case "DOCUMENT":
		return "document"
	case "ON_DEMAND":
		return "on_demand"
	case "MAX_TOKENS":
		return "max_tokens"
	}
	return ""
}

// words are values that providers write in lower case, kept so that they need
// no memory for each chunk of a stream.
var words = map[string]string{
	"stop": "stop", "length": "length", "tool_calls": "tool_calls", "end_turn": "end_turn", "tool_use": "tool_use",
	"completed": "completed", "in_progress": "in_progress", "queued": "queued",
	"default": "default", "auto": "auto", "standard": "standard", "text": "text",
}

// lower returns a word of at most maxToken bytes in lower case, "" for any
// other text.
func (v value) lower() string {
	if word := v.lowered(); word != "" {
		return word
	}
	if word, ok := words[string(v)]; ok {
		return word
	}
	if len(v) > maxToken || !v.isWord("") {
		return ""
	}
	return strings.ToLower(string(v))
}

// inNames are what names and ids have beside letters, digits, "_" and "-".
const inNames = "./:@+=~"

// name returns a model's name or an id, and old for a text that is neither or
// has not changed: that saves an allocation for each chunk of a stream.
func (v value) name(old string) string {
	if string(v) == old || !v.isName() {
		return old
	}
	return string(v)
}

// pathModel returns the name of a model that a path names, "" for a text that
// is none: a body's would not count either.
func pathModel(name string) string {
	if len(name) > maxText || !value(name).isName() {
		return ""
	}
	return name
}

func (v value) isName() bool { return v.isWord(inNames) }

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
