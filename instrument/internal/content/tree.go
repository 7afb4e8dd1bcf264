// SPDX-License-Identifier: Apache-2.0

package content

import (
	"encoding/json"
	"strings"
)

// The functions of this file read decoded JSON without ever failing: what is
// not of the kind that is asked for is not there.

// member returns the member of an object under its name in lower camel case,
// or in snake case: protobuf's JSON takes both.
func member(v any, name string) any {
	object, _ := v.(map[string]any)
	if found, ok := object[name]; ok {
		return found
	}
	if name == strings.ToLower(name) {
		return nil
	}
	return object[snake(name)]
}

// snake returns systemInstruction as system_instruction.
func snake(camel string) string {
	var b strings.Builder
	for _, c := range camel {
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('_')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// text returns a string, or "".
func text(v any) string {
	s, _ := v.(string)
	return s
}

// word returns the text of a member, the first of several names that has one.
func word(v any, names ...string) string {
	for _, name := range names {
		if s := text(member(v, name)); s != "" {
			return s
		}
	}
	return ""
}

// list returns the elements of an array; any other value but null is the only
// element of one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// number returns a whole number, or -1.
func number(v any) int {
	n, ok := v.(json.Number)
	if !ok {
		return -1
	}
	i, err := n.Int64()
	if err != nil || i < 0 || i > 1<<20 {
		return -1
	}
	return int(i)
}

// parsed returns what a string holds as JSON, or the string itself where that
// is neither an object nor an array.
func parsed(s string) any {
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		if v, ok := decode([]byte(s)); ok {
			return v
		}
	}
	if s == "" {
		return nil
	}
	return s
}
