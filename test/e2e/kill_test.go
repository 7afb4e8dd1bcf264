// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCollector_Kill kills the Collector in the middle of its work, again and
// again, and starts it with the queue that it left on the disk. Its clients
// send once more what it had not acknowledged. Every call is counted, once.
func TestCollector_Kill(t *testing.T) {
	t.Parallel()
	onEachLedger(t, func(t *testing.T, dsn string) {
		c := startCollector(t, dsn)
		requireKillProof(t, dsn, c, each(t, 2, c.grpc, c.http))
	})
}

// TestServe_Kill does the same to a server, which has no queue on a disk and
// acknowledges spans once they are in the ledger.
func TestServe_Kill(t *testing.T) {
	t.Parallel()
	onEachLedger(t, func(t *testing.T, dsn string) {
		s := startServer(t, dsn)
		requireKillProof(t, dsn, s, each(t, 8, s.grpc, s.http))
	})
}

// killable is a process that takes spans and can be started again.
type killable interface {
	start(t *testing.T)
	await(t *testing.T, what string, check func() error)
	kill()
	stop(t *testing.T) int
	report() string
}

func requireKillProof(t *testing.T, dsn string, p killable, senders []sender) {
	t.Helper()
	kills, analyses := 3, 120
	if *long {
		kills, analyses = 20, 3000
	}
	l := newLoad(23, analyses)
	batches := l.shuffled(1, 12)
	db := openSQL(t, dsn)

	var taken atomic.Int64
	delivered := make(chan error, 1)
	go func() { delivered <- deliverAll(t.Context(), senders, batches, func() { taken.Add(1) }) }()
	for n := range kills {
		enough := int64((n + 1) * len(batches) / (kills + 1))
		p.await(t, "acknowledged batches", func() error {
			if got := taken.Load(); got < enough {
				return fmt.Errorf("%d of %d batches", got, enough)
			}
			return nil
		})
		p.kill()
		t.Logf("kill %d: %d of %d batches acknowledged, %d of %d calls in the ledger",
			n+1, taken.Load(), len(batches), countCalls(t, db), l.books.calls())
		p.start(t)
	}
	require.NoError(t, <-delivered)
	requireLedger(t, db, l.books)

	require.Zero(t, p.stop(t), p.report())
	requireLedger(t, db, l.books) // nothing came late
}
