// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/spanledger/spanledger/internal/ledger"
)

// TestOutage: with the defaults, a batch is tried until the ledger is back,
// however long that takes, and not so often that it hinders.
func TestOutage(t *testing.T) {
	t.Parallel()
	for name, class := range map[string]ledger.Class{"Away": ledger.Retryable, "DiskFull": ledger.Throttled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { outage(t, class, 25*time.Hour) })
		})
	}
}

func outage(t *testing.T, class ledger.Class, length time.Duration) {
	t.Helper()
	back := time.Now().Add(length)
	store := &fakeStore{refuse: func(*ledger.Batch) error {
		if time.Now().Before(back) {
			return refusal(class)
		}
		return nil
	}}
	exp, err := newFactory(store.opener()).CreateTraces(t.Context(), testSettings(), testConfig(nil))
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	const batches = 12 // more than there are consumers
	for range batches {
		require.NoError(t, exp.ConsumeTraces(t.Context(), callTraces(6)))
		advance(t, time.Second)
	}
	advance(t, length-time.Minute)
	calls, _, tries := store.count()
	require.Zero(t, calls)
	require.Greater(t, tries, int(length/time.Minute), "they go on")
	require.Less(t, tries, int(length/time.Second), "they wait")

	advance(t, 3*time.Minute)
	calls, closed, _ := store.count()
	require.Equal(t, 6, calls)
	require.Equal(t, 1, closed)
	require.NoError(t, exp.Shutdown(t.Context()))
}

// advance lets the bubble's time pass.
func advance(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	<-timer.C
	synctest.Wait()
}
