// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// failure is what an error object within a response says, in fields that may
// come in any order.
type failure struct {
	seen       bool
	code, kind string
}

// tell takes an error that is a bare text, as some gateways write it. What it
// says may be a secret.
func (f *failure) tell(v value) { f.seen = f.seen || len(v) > 0 }

// errorType returns the most telling name of the failure, "" where there was none.
func (f *failure) errorType() string {
	if !f.seen {
		return ""
	}
	return cmp.Or(f.code, f.kind, semconv.ErrorTypeOther)
}

// errorName returns the name or the number of an error. A name has no digits
// and a number three of them at most; anything else may be a text.
func errorName(v value) string {
	if n, ok := v.integer(); ok && 0 < n && n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	word := v.lower()
	if strings.ContainsAny(word, "0123456789") {
		return ""
	}
	return word
}

// lifecycle is the state of an answer that has one, such as those of OpenAI's
// Responses and Gemini's Interactions.
type lifecycle struct {
	status, cause string
	stream        bool
}

// reasons returns the state that the answer ended in, or rather what stopped
// it short. What is still at work has none, unless a stream ended with it.
func (l *lifecycle) reasons() []string {
	switch l.status {
	case "", "queued", "in_progress":
		if l.stream {
			return []string{semconv.FinishReasonError}
		}
		return nil
	case "incomplete":
		return []string{cmp.Or(l.cause, l.status)}
	}
	return []string{l.status}
}

// failed reports whether the answer ended in failure.
func (l *lifecycle) failed() bool { return l.status == "failed" }

// namedTier returns the tier that served in our words, "" for one that is not
// told yet.
func namedTier(v value) string {
	switch tier := servedTier(v); tier {
	case "auto":
		return ""
	case "default", "on_demand":
		return semconv.TierStandard
	default:
		return tier
	}
}
