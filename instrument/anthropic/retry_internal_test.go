// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
)

// TestMayRetry holds what the SDK does by itself: a call that it gives up must
// not wait.
func TestMayRetry(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		failed instrument.FailedAttempt
		want   bool
	}{
		"NoResponse":      {instrument.FailedAttempt{}, true},
		"TimedOut":        {instrument.FailedAttempt{TimedOut: true, Stream: true}, true},
		"AnswerBrokeOff":  {instrument.FailedAttempt{Status: 200}, true},
		"StreamBrokeOff":  {instrument.FailedAttempt{Status: 200, Stream: true}, false},
		"RefusedAndRead":  {instrument.FailedAttempt{Status: 429}, false},
		"OverloadedShown": {instrument.FailedAttempt{Status: 529, Stream: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, mayRetry(tt.failed))
		})
	}
}
