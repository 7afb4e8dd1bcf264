// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import (
	"encoding/json"
	"errors"
	"strings"
)

// Action is what a Decision says to do.
type Action string

// The actions.
const (
	Buy  Action = "buy"
	Sell Action = "sell"
	Hold Action = "hold"
	// Undecided stands where the last step failed, or answered something else than asked.
	Undecided Action = "undecided"
)

// Decision is the answer of the last step.
type Decision struct {
	Action Action `json:"action"`
	// Confidence is the model's own, from 0 to 1.
	Confidence float64 `json:"confidence"`
	Reason     string  `json:"reason"`
}

// errNotADecision says that the last step answered, but not with the JSON asked for. It holds none of the answer.
var errNotADecision = errors.New("the answer is not a decision")

// parseDecision reads the JSON object of an answer. Models like to put a fence or a sentence around it, which is no
// reason to lose the analysis.
func parseDecision(answer string) (Decision, error) {
	from, to := strings.Index(answer, "{"), strings.LastIndex(answer, "}")
	if from < 0 || to < from {
		return Decision{}, errNotADecision
	}
	var d Decision
	if json.Unmarshal([]byte(answer[from:to+1]), &d) != nil || !d.valid() {
		return Decision{}, errNotADecision
	}
	return d, nil
}

func (d Decision) valid() bool {
	switch d.Action {
	case Buy, Sell, Hold:
		return d.Confidence >= 0 && d.Confidence <= 1
	default:
		return false
	}
}
