// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestChaos has four Collectors keep one ledger while everything fails that
// can: backends and statements are ended, locks are not to be had, connections
// are cut, also between a commit and its answer, Collectors are killed, and
// Postgres crashes. Spans come twice, in any order, over any of the Collectors.
// In the end the ledger is right to the last column, without a deadlock.
func TestChaos(t *testing.T) {
	t.Parallel()
	calls, rounds, options := 20_000, 5, pgtest.Options{}
	if *long {
		calls, rounds, options = 200_000, 30, pgtest.Options{Durable: true}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	f := newFleet(t, 4, options)
	l := newMixedLoad(seed, calls)
	batches := l.deliveries(400)

	senders, begin := f.senders(t), time.Now()
	faults := startTrouble(t.Context(), f.dsn, f.cutters, seed)
	for n := range rounds {
		part := batches[len(batches)*n/rounds : len(batches)*(n+1)/rounds]
		delivered := make(chan error, 1)
		go func() { delivered <- deliverAll(t.Context(), senders, part, func() {}) }()
		if n%2 == 1 {
			require.NoError(t, f.cluster.Restart(t.Context(), "immediate"))
		}
		f.restart(t, rng)
		require.NoError(t, <-delivered)
	}
	t.Log(faults.end(), time.Since(begin))
	require.Positive(t, faults.killed)
	require.Positive(t, faults.cut)

	f.awaitFolded(t, l)
	for _, c := range f.collectors {
		c.requireBalance(t)
	}
	for _, c := range f.collectors {
		require.Zero(t, c.stop(t), c.report())
	}
	require.NoError(t, f.check(t, l))
	f.requireReconcile(t, 0)
	requireNoDeadlock(t, f)
}

func requireNoDeadlock(t *testing.T, f *fleet) {
	t.Helper()
	text, err := f.cluster.Log()
	require.NoError(t, err)
	require.NotContains(t, text, "deadlock detected")
	require.NotContains(t, text, "PANIC")
}

// TestChaos_Controls: the check of TestChaos fails where something is wrong.
func TestChaos_Controls(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, pgtest.Options{})
	c, l := f.collectors[0], newMixedLoad(1, 600)
	send := overHTTP(t, c.http)
	lost, rest := batchOf(l.spans[:40]), batchOf(l.spans[40:])
	require.NoError(t, send.deliver(t.Context(), rest))
	db := openSQL(t, f.dsn)
	eventually(t, "a call in the ledger", func() error {
		if countCalls(t, db) == 0 {
			return errors.New("there is none")
		}
		return nil
	})

	f.cutters[0].goAway(true)
	require.NoError(t, send.deliver(t.Context(), lost))
	c.kill()
	require.NoError(t, os.RemoveAll(c.queue))
	f.cutters[0].goAway(false)
	c.start(t)
	require.ErrorContains(t, f.check(t, l), "call has no", "a queue that is lost")

	require.NoError(t, send.deliver(t.Context(), lost))
	f.awaitFolded(t, l)
	require.NoError(t, f.check(t, l))
	for _, wrong := range []string{
		"UPDATE ledger_call SET attempts = attempts + 1 WHERE analysis_id = 'analysis_000003'",
		"UPDATE ledger_call SET output_tokens = output_tokens + 1 WHERE analysis_id = 'analysis_000003'",
		"UPDATE ledger_rollup SET output_tokens = output_tokens + 1",
		"UPDATE ledger_closed SET calls = calls + 1",
	} {
		_, err := db.ExecContext(t.Context(), wrong)
		require.NoError(t, err)
		require.ErrorContains(t, f.check(t, l), "differ", wrong)
		_, err = db.ExecContext(t.Context(), strings.NewReplacer(" + 1", " - 1").Replace(wrong))
		require.NoError(t, err)
		require.NoError(t, f.check(t, l))
	}
	_, err := db.ExecContext(t.Context(), "UPDATE ledger_rollup SET output_tokens = output_tokens + 1")
	require.NoError(t, err)
	f.requireReconcile(t, exitNo)
}
