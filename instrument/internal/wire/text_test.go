// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSearches compares the searches that look at eight bytes at a time with
// those that look at one.
func TestSearches(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	alphabet := "\"\\!#[]\x00\x01\x21\x23\x5b\x5d\x7f\x80\xa2\xdc\xffabcdefghij"
	for range 20_000 {
		p := make([]byte, random.IntN(40))
		for i := range p {
			p[i] = alphabet[2+random.IntN(len(alphabet)-2)]
		}
		for range random.IntN(3) {
			if len(p) > 0 {
				p[random.IntN(len(p))] = alphabet[random.IntN(2)]
			}
		}
		require.Equal(t, strings.IndexByte(string(p), '"'), nextQuote(p), "%q", p)
		start := random.IntN(len(p) + 1)
		end := strings.IndexAny(string(p[start:]), `"\`)
		if end >= 0 && p[start+end] == '\\' {
			end = -1
		}
		if end >= 0 {
			end += start
		}
		require.Equal(t, end, plainEnd(p, start), "%q from %d", p, start)
	}
}

// TestText_Unescaped agrees with encoding/json.
func TestText_Unescaped(t *testing.T) {
	t.Parallel()
	for _, quoted := range []string{
		`"\ud83d\ude00"`, `"\ud83d\u0041"`, `"\ud83dA"`, `"\ud83d"`, `"\ude00"`, `"\ud83d\ud83d\ude00"`, `"\ud83d\n"`,
		`"\"\\\/\b\f\n\r\t"`, `"\u00e9\u20AC\u0000"`,
	} {
		var want string
		require.NoError(t, json.Unmarshal([]byte(quoted), &want))
		require.Equal(
			t,
			[]string{"open 1", strings.TrimSpace("value 2 " + want), "close 1"},
			transcribe(inOnePiece(`{"name":`+quoted+`}`)),
		)
	}
}
