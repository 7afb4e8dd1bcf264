// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"flag"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// loadSpans is small, for every run of the tests. The whole load:
//
//	go test -run TestLedgerProcessor_Load ./instrument/otelsetup -ledger.load 200000 -v
var loadSpans = flag.Int("ledger.load", 16_000, "spans of the load test")

// TestLedgerProcessor_Load has eight goroutines end spans as fast as they can
// against a receiver that is slow for the first third, away for the second,
// and there for the rest.
func TestLedgerProcessor_Load(t *testing.T) {
	t.Parallel()
	const senders = 8
	each := *loadSpans / senders
	for name, dir := range map[string]string{"Disk": t.TempDir(), "Memory": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ended atomic.Int64
			client := &fakeClient{answer: func(ctx context.Context, _ []string) error {
				switch phase := ended.Load() * 3 / int64(senders*each); phase {
				case 0:
					wait(ctx, 10*time.Millisecond)
				case 1:
					if dir != "" || wait(ctx, 20*time.Millisecond) { // without a disk the receiver must not stay away
						return errAway
					}
				}
				return nil
			}}
			p := newSpilling(t, client, otelsetup.LedgerConfig{MaxBlock: -1, SpillDir: dir})
			heap := watchHeap(t)
			if dir == "" {
				time.AfterFunc(500*time.Millisecond, func() { client.takeAll() })
			}
			var wg sync.WaitGroup
			for sender := range senders {
				wg.Go(func() {
					for i := range each {
						p.OnEnd(llmSpan(strconv.Itoa(sender*each + i)))
						ended.Add(1)
					}
				})
			}
			wg.Wait()
			require.NoError(t, p.Shutdown(t.Context()))
			require.Zero(t, p.Dropped())
			seen := map[string]int{}
			for _, name := range client.got() {
				seen[name]++
			}
			require.Len(t, seen, senders*each, "none is lost")
			require.Len(t, client.got(), senders*each, "and none comes twice: no process died")
			peak := heap()
			t.Logf("%d spans, highest heap %d KiB over that before", senders*each, peak>>10)
			require.Less(t, peak, uint64(64<<20))
		})
	}
}

// wait returns false where ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// watchHeap returns how to end watching, and by how much the heap in use grew
// at most. What the receiver keeps is part of it.
func watchHeap(t *testing.T) (end func() uint64) {
	t.Helper()
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	before, peak := inUse(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-time.After(20 * time.Millisecond):
				peak = max(peak, inUse())
			case <-stop:
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return max(peak, before) - before
	}
}
