// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseDecision(t *testing.T) {
	t.Parallel()
	sell := Decision{Action: Sell, Confidence: 0.5, Reason: "it falls {fast}"}
	const object = `{"action": "sell", "confidence": 0.5, "reason": "it falls {fast}"}`
	tests := map[string]struct {
		answer string
		want   Decision
		wantOK bool
	}{
		"Bare":          {answer: object, want: sell, wantOK: true},
		"Fenced":        {answer: "```json\n" + object + "\n```\n", want: sell, wantOK: true},
		"InASentence":   {answer: "Here it is: " + object + " Good luck.", want: sell, wantOK: true},
		"Empty":         {},
		"Prose":         {answer: "I would hold."},
		"Unfinished":    {answer: "{"},
		"Backwards":     {answer: "} {"},
		"UnknownAction": {answer: `{"action": "panic", "confidence": 1}`},
		"TooSure":       {answer: `{"action": "buy", "confidence": 7}`},
		"WrongType":     {answer: `{"action": 1, "confidence": "high"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseDecision(tt.answer)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.wantOK, err == nil)
		})
	}
}
