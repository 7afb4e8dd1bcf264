// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"bytes"
	"strconv"
	"strings"
)

// tokenFiller makes continuation tokens as long as real ones.
var tokenFiller = []byte(strings.Repeat(" and so on", 30))

// continuationToken leads to a piece of an answer.
func continuationToken(piece int) []byte {
	return append(strconv.AppendInt(nil, int64(piece), 10), tokenFiller...)
}

// pieceOf returns the piece that a token leads to, the first one without.
func pieceOf(token []byte) int {
	number, ok := bytes.CutSuffix(token, tokenFiller)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(string(number))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// piece returns the part of a completed answer that the request asks for.
func (a Answer) piece(req *Request) Answer {
	if a.Pieces < 2 {
		return a
	}
	texts := split(a.Text, a.Pieces)
	at := pieceOf(req.parsed.ContinuationToken)
	if at >= len(texts)-1 {
		a.Text = texts[len(texts)-1]
		return a
	}
	a.Text, a.FinishReason = texts[at], "CONTINUATION"
	a.token = continuationToken(at + 1)
	return a
}
