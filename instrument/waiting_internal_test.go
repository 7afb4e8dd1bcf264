// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWaitingRoom_Limit lets the oldest go where there are too many.
func TestWaitingRoom_Limit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		room := newWaitingRoom(2)
		ended := func(c *Call) bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.ended
		}
		calls := make([]*Call, 3)
		for i := range calls {
			_, calls[i] = Start(t.Context(), CallStart{})
			room.enter(&wait{call: calls[i], retries: -1}, time.Minute, func(func()) func() bool { return nil })
		}
		require.True(t, ended(calls[0]))
		require.False(t, ended(calls[1]))
		require.EqualValues(t, 2, room.retrying.Load())

		require.Same(t, calls[1], room.takeRetry(waitKey{}, -1).call)
		room.flush()
		require.True(t, ended(calls[2]))
		require.False(t, ended(calls[1]), "it was taken")
		require.Zero(t, room.retrying.Load())
		require.Empty(t, room.byKey)
		require.Empty(t, room.byTally)
		require.Nil(t, room.takeRetry(waitKey{}, -1))
	})
}
