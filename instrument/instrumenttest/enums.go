// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"net/url"
	"strings"
)

// enums says how a response writes enums.
type enums struct{ numbers bool }

// enumsOf reads the encoding from a query. The old SDK asks for
// $alt=json;enum-encoding=int, with or without the semicolon escaped.
func enumsOf(rawQuery string) enums {
	query, err := url.QueryUnescape(rawQuery)
	return enums{numbers: err == nil && strings.Contains(query, "enum-encoding=int")}
}

// of returns the value of a name; an unknown name's number is 0, unspecified.
func (e enums) of(table map[string]int, name string) any {
	if e.numbers {
		return table[name]
	}
	return name
}

func (e enums) modalities(m Modalities) []wireModality {
	var details []wireModality
	for _, kind := range []struct {
		name   string
		tokens int
	}{
		{"TEXT", m.Text},
		{"IMAGE", m.Image},
		{"VIDEO", m.Video},
		{"AUDIO", m.Audio},
		{"DOCUMENT", m.Document},
	} {
		if kind.tokens > 0 {
			details = append(details, wireModality{e.of(modalityNumbers, kind.name), kind.tokens})
		}
	}
	return details
}

// The numbers that Google's protocol buffers give to the names.
var (
	finishReasons = map[string]int{
		"STOP": 1, "MAX_TOKENS": 2, "SAFETY": 3, "RECITATION": 4, "OTHER": 5, "LANGUAGE": 6, "BLOCKLIST": 7,
		"PROHIBITED_CONTENT": 8, "SPII": 9, "MALFORMED_FUNCTION_CALL": 10,
	}
	blockReasons    = map[string]int{"SAFETY": 1, "OTHER": 2, "BLOCKLIST": 3, "PROHIBITED_CONTENT": 4}
	modalityNumbers = map[string]int{"TEXT": 1, "IMAGE": 2, "VIDEO": 3, "AUDIO": 4, "DOCUMENT": 5}
	languages       = map[string]int{"PYTHON": 1}
	outcomes        = map[string]int{"OUTCOME_OK": 1}
)
