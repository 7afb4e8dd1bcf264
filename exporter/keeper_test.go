// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/spanledger/spanledger/internal/ledger"
)

// awaited is a component whose ledger can be opened only when its tries to do
// so have failed with the errors given, one each.
type awaited struct {
	*tracesExporter
	store *fakeStore
	host  *statusHost
	logs  *observer.ObservedLogs
	tries []time.Duration
}

func newAwaited(t *testing.T, failures ...error) *awaited {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	set, begin := testSettings(), time.Now()
	set.Logger = zap.New(core)
	a := &awaited{store: &fakeStore{}, host: &statusHost{Host: componenttest.NewNopHost()}, logs: logs}
	open := func(context.Context, *Config) (ledger.Store, error) {
		a.tries = append(a.tries, time.Since(begin))
		if n := len(a.tries); n <= len(failures) {
			return nil, failures[n-1]
		}
		return a.store, nil
	}
	var err error
	a.tracesExporter, err = newTracesExporter(set, testConfig(nil), flatPrice{}, open)
	require.NoError(t, err)
	return a
}

func (a *awaited) statuses() []componentstatus.Status {
	var statuses []componentstatus.Status
	for _, event := range a.host.events {
		statuses = append(statuses, event.Status())
	}
	return statuses
}

func (a *awaited) messages() []string {
	var messages []string
	entries := a.logs.All()
	for i := range entries {
		messages = append(messages, entries[i].Level.String()+": "+entries[i].Message)
	}
	return messages
}

// TestKeeper_Awaits: a database that is away when the Collector starts is
// waited for, and spans stay where they are until then.
func TestKeeper_Awaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := refusal(ledger.Retryable)
		a := newAwaited(t, away, away, refusal(ledger.Permanent), away)
		startContext, cancel := context.WithCancel(t.Context())
		require.NoError(t, a.start(startContext, a.host))
		cancel() // as the Collector does when all components have started
		err := a.ingester.consume(t.Context(), callTraces(6))
		require.ErrorIs(t, err, away)
		require.ErrorContains(t, err, "not open yet")
		require.Equal(t, ledger.Retryable, ledger.ClassOf(err))

		<-time.After(time.Minute)
		synctest.Wait()
		require.Len(t, a.tries, 5)
		require.NoError(t, a.ingester.consume(t.Context(), callTraces(6)))
		calls, _, _ := a.store.count()
		require.Equal(t, 6, calls)
		require.Equal(t, []componentstatus.Status{
			componentstatus.StatusRecoverableError, componentstatus.StatusOK,
		}, a.statuses())
		require.Equal(t, []string{
			"warn: The ledger cannot be opened yet. This is tried again and again, and logged once.",
			"error: The ledger cannot be opened.",
			"info: The ledger is open.",
		}, a.messages())
		require.NoError(t, a.shutdown(t.Context()))
		require.True(t, a.store.ended)
	})
}

// TestKeeper_Interval: the tries are never more than a minute apart, however
// long the database is away.
func TestKeeper_Interval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failures := make([]error, 100)
		for i := range failures {
			failures[i] = refusal(ledger.Throttled)
		}
		a := newAwaited(t, failures...)
		require.NoError(t, a.start(t.Context(), a.host))
		<-time.After(2 * time.Hour)
		synctest.Wait()
		require.Len(t, a.tries, len(failures)+1)
		for i := 1; i < len(a.tries); i++ {
			require.Less(t, a.tries[i]-a.tries[i-1], time.Minute)
		}
		require.NoError(t, a.shutdown(t.Context()))
	})
}

// TestKeeper_StopsWaiting: a Collector that is stopped does not wait for the
// database.
func TestKeeper_StopsWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := refusal(ledger.Retryable)
		a := newAwaited(t, away, away, away, away, away, away)
		require.NoError(t, a.start(t.Context(), a.host))
		begin := time.Now()
		require.NoError(t, a.shutdown(t.Context()))
		require.Equal(t, begin, time.Now())
		require.False(t, a.store.ended, "nothing was opened")
	})
}

// TestKeeper_StopsWhileOpening: nor does it wait for a try to open the ledger,
// and what that opened all the same is closed.
func TestKeeper_StopsWhileOpening(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{"InVain": context.Canceled, "AllTheSame": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { stopWhileOpening(t, failure) })
		})
	}
}

// stopWhileOpening stops at the second try, which ends so.
func stopWhileOpening(t *testing.T, failure error) {
	t.Helper()
	store, tries := &fakeStore{}, 0
	open := func(ctx context.Context, _ *Config) (ledger.Store, error) {
		tries++
		if tries == 1 {
			return nil, refusal(ledger.Retryable)
		}
		<-ctx.Done()
		return store, failure
	}
	exp, err := newTracesExporter(testSettings(), testConfig(nil), flatPrice{}, open)
	require.NoError(t, err)
	require.NoError(t, exp.start(t.Context(), componenttest.NewNopHost()))
	advance(t, time.Minute)
	require.Equal(t, 2, tries)
	begin := time.Now()
	require.NoError(t, exp.shutdown(t.Context()))
	require.Equal(t, begin, time.Now())
	require.Equal(t, failure == nil, store.ended)
}

// TestKeeper_Mistake: what only another configuration mends stops the
// Collector.
func TestKeeper_Mistake(t *testing.T) {
	t.Parallel()
	mistake := refusal(ledger.Permanent)
	a := newAwaited(t, mistake)
	require.ErrorIs(t, a.start(t.Context(), a.host), mistake)
	require.NoError(t, a.shutdown(t.Context()))
	require.Empty(t, a.host.events)
}
