// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestMaintenance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		var at []time.Duration
		begin := time.Now()
		store := &fakeStore{maintain: func(context.Context) error {
			at = append(at, time.Since(begin))
			if len(at) == 2 {
				return errors.New("down")
			}
			return nil
		}}
		startContext, cancel := context.WithCancel(t.Context())
		m := startMaintenance(startContext, store, zap.New(core))
		cancel() // as the Collector does when all components have started
		<-time.After(25 * time.Minute)
		require.NoError(t, m.stop(t.Context()))
		require.Equal(t, []time.Duration{0, 10 * time.Minute, 20 * time.Minute}, at)
		require.Equal(t, 1, logs.Len(), "a failure is logged, and does not end the loop")
	})
}

// TestMaintenance_Stop: work in progress ends with the exporter, and where it
// does not, shutdown does not wait for longer than it may.
func TestMaintenance_Stop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		store := &fakeStore{maintain: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		m := startMaintenance(t.Context(), store, zap.New(core))
		synctest.Wait()
		require.NoError(t, m.stop(t.Context()))
		require.Zero(t, logs.Len())
	})
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		store := &fakeStore{maintain: func(context.Context) error {
			<-release
			return nil
		}}
		m := startMaintenance(t.Context(), store, zap.NewNop())
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, m.stop(ctx), context.DeadlineExceeded)
		close(release)
	})
}
