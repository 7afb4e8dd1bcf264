// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"fmt"
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
		results := []error{
			nil, errors.New("down"), errors.New("down"), errors.New("no privilege"), nil, nil, errors.New("down"),
		}
		var at []time.Duration
		begin := time.Now()
		store := &fakeStore{maintain: func(context.Context) error {
			at = append(at, time.Since(begin))
			return results[len(at)-1]
		}}
		startContext, cancel := context.WithCancel(t.Context())
		m := startMaintenance(startContext, store, unmeasured(t), zap.New(core))
		cancel() // as the Collector does when all components have started
		<-time.After(65 * time.Minute)
		require.NoError(t, m.stop(t.Context()))
		require.Len(t, at, len(results))
		for i := range at {
			require.Equal(t, time.Duration(i)*10*time.Minute, at[i])
		}
		var logged []string
		for _, entry := range logs.All() {
			logged = append(logged, fmt.Sprint(entry.Level, " ", entry.ContextMap()["error"]))
		}
		require.Equal(t, []string{"warn down", "warn no privilege", "info <nil>", "warn down"}, logged,
			"a line where something changes")
	})
}

// TestMaintenance_Bound: a try that hangs makes way for the next one.
func TestMaintenance_Bound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		tries := 0
		store := &fakeStore{maintain: func(ctx context.Context) error {
			tries++
			<-ctx.Done()
			return ctx.Err()
		}}
		m := startMaintenance(t.Context(), store, unmeasured(t), zap.New(core))
		<-time.After(25 * time.Minute)
		require.NoError(t, m.stop(t.Context()))
		require.Equal(t, 3, tries)
		require.Equal(t, 1, logs.Len())
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
		m := startMaintenance(t.Context(), store, unmeasured(t), zap.New(core))
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
		m := startMaintenance(t.Context(), store, unmeasured(t), zap.NewNop())
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, m.stop(ctx), context.DeadlineExceeded)
		close(release)
	})
}
