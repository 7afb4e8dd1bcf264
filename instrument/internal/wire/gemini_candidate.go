// SPDX-License-Identifier: Apache-2.0

package wire

import "github.com/spanledger/spanledger/internal/semconv"

// maxCandidates bounds the candidates whose finish reasons are kept; Gemini
// makes eight at most, and of OpenAI's choices more are hardly asked for.
const maxCandidates = 16

// candidateSet keeps the finish reason of every candidate. A chunk of a
// stream holds some of the candidates, told apart by their index.
type candidateSet struct {
	last [maxCandidates]string
	seen [maxCandidates]bool

	position int  // in the list of the document at hand
	pending  bool // a candidate is open
	index    int64
	reason   string

	token string // of the first candidate, to go on with
	ended string // the first candidate's latest finish reason
}

func (s *candidateSet) open() {
	s.pending, s.index, s.reason = true, int64(s.position), ""
	s.position++
}

func (s *candidateSet) setIndex(v value) {
	if n, ok := v.integer(); ok {
		s.index = n
	}
}

func (s *candidateSet) finish(v value) {
	s.reason = finishReason(v)
	if s.position == 1 && s.reason != "" {
		s.ended = s.reason
	}
}

// checkpoint takes the token that the rest of the answer can be asked for with.
// Clients look at the first candidate alone.
func (s *candidateSet) checkpoint(v value) {
	if s.position == 1 && len(v) > 0 && string(v) != s.token {
		s.token = string(v)
	}
}

// finishReasonContinuation ends an answer that goes on with the next request.
const finishReasonContinuation = "continuation"

// continuation returns the token where the answer stopped before its end.
func (s *candidateSet) continuation() string {
	if s.ended == "" || s.ended == finishReasonContinuation {
		return s.token
	}
	return ""
}

// close keeps the candidate. A later chunk without a reason takes none away.
func (s *candidateSet) close() {
	s.pending = false
	if s.index < 0 || s.index >= maxCandidates {
		return
	}
	s.seen[s.index] = true
	if s.reason != "" {
		s.last[s.index] = s.reason
	}
}

// reasons returns one reason for every candidate seen, FinishReasonError for
// one that should have come and did not.
func (s *candidateSet) reasons() []string {
	if s.pending {
		at := *s
		at.close()
		return at.reasons()
	}
	if s.isStop() {
		return stopped
	}
	var reasons []string
	for i, seen := range s.seen {
		switch {
		case !seen:
		case s.last[i] == "":
			reasons = append(reasons, semconv.FinishReasonError)
		default:
			reasons = append(reasons, s.last[i])
		}
	}
	return reasons
}

// stopped is what nearly every response ends with. Nobody changes it: what
// leaves the library is a copy.
var stopped = []string{"stop"}

// isStop tells one candidate that came to its end.
func (s *candidateSet) isStop() bool {
	seen := [maxCandidates]bool{true}
	return s.seen == seen && s.last[0] == stopped[0]
}

// geminiFinishReasons are the numbers that the older SDK asks for in place of
// names.
var geminiFinishReasons = [...]string{
	1: "stop", 2: "max_tokens", 3: "safety", 4: "recitation", 5: "other", 6: "language", 7: "blocklist",
	8: "prohibited_content", 9: "spii", 10: "malformed_function_call", 11: "image_safety", 12: "unexpected_tool_call",
}

// finishReason returns a reason in lower case, "" for one that is not set. A
// number without a name stays a number.
func finishReason(v value) string {
	if !isSet(v) {
		return ""
	}
	if n, ok := number(v); ok && n < len(geminiFinishReasons) {
		return geminiFinishReasons[n]
	}
	return v.lower()
}

// number returns the value of an enumeration that is spelt as one.
func number(v value) (int, bool) {
	if !isDigit(v[0]) {
		return 0, false
	}
	n, ok := v.integer()
	return int(n), ok && n >= 0
}
