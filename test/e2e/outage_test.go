// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/internal/pgtest"
)

// maxMemory is what a Collector may take while its queue is on disk, in MiB.
const maxMemory = 300

// TestOutage_QueueOnDisk sends a load while the database is away. The spans
// wait on disk, over a kill of the Collector too, and its memory is bounded
// whatever their number. Once the database is back, all are counted, once.
func TestOutage_QueueOnDisk(t *testing.T) {
	t.Parallel()
	loads, perLoad := 1, 10_000
	if *long {
		loads, perLoad = 38, 20_000 // a million spans
	}
	f := newFleet(t, 1, pgtest.Options{})
	c := f.collectors[0]
	f.cutters[0].goAway(true)
	var want totals
	peak := 0
	for n := range loads {
		l := newMixedLoad(uint64(n), perLoad)
		senders := each(t, 2, c.grpc, c.http)
		require.NoError(t, deliverAll(t.Context(), senders, l.deliveries(1000), func() {}))
		want.add(l)
		peak = max(peak, c.memory(t))
		if n == loads/2 {
			c.kill()
			c.start(t)
		}
	}
	t.Logf("%d calls; %d MiB of memory of its own at most", want.calls, peak)
	if *long {
		require.Less(t, peak, maxMemory)
	}

	f.cutters[0].goAway(false)
	eventually(t, "all calls in the ledger", func() error {
		if found := f.totals(t); found != want {
			return fmt.Errorf("%+v of %+v", found, want)
		}
		return nil
	})
	c.requireBalance(t)
	require.Zero(t, c.stop(t), c.report())
	f.requireReconcile(t, 0)
}

// TestOutage_StartsWhileAway starts a Collector before its database is there.
// It takes spans, says once what is wrong, and folds them when the database
// comes.
func TestOutage_StartsWhileAway(t *testing.T) {
	t.Parallel()
	f, l := newFleet(t, 0, pgtest.Options{}), newMixedLoad(3, 600)
	c := f.add(t, written(t, strings.Replace(ledgerOnly, "level: error", "level: warn", 1)))
	f.cutters[0].goAway(true)
	c.start(t)
	require.NoError(t, deliverAll(t.Context(), each(t, 1, c.grpc, c.http), l.deliveries(100), func() {}))

	f.cutters[0].goAway(false)
	f.awaitFolded(t, l)
	c.requireBalance(t)
	require.Zero(t, c.stop(t), c.report())
	require.NoError(t, f.check(t, l))
	log := c.stderr.String()
	require.Equal(t, 1, strings.Count(log, "The ledger cannot be opened yet."), log)
	require.Contains(t, log, "no server answers; start it, or check host and port of the DSN")
}

// totals are sums over all analyses.
type totals struct{ calls, ends, input, output, analyses int64 }

func (sum *totals) add(l *mixedLoad) {
	sum.calls += int64(len(l.calls))
	sum.ends += int64(len(l.closed))
	for i := range l.calls {
		sum.input += l.calls[i].Usage.Input.OrZero()
		sum.output += l.calls[i].Usage.Output.OrZero()
	}
	sum.analyses = int64(len(l.closed)) // the same ids in every load
}

// totals returns those of the ledger's complete analyses.
func (f *fleet) totals(t *testing.T) (sum totals) {
	t.Helper()
	db := openSQL(t, f.dsn)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), `
SELECT coalesce(sum(llm_calls_count), 0)::bigint, (SELECT count(*) FROM ledger_closed),
    coalesce(sum(total_input_tokens), 0)::bigint, coalesce(sum(total_output_tokens), 0)::bigint,
    count(*) FILTER (WHERE completeness = 'complete')
FROM analysis_summary`).Scan(&sum.calls, &sum.ends, &sum.input, &sum.output, &sum.analyses))
	return sum
}

// TestOutage_QueueFull: once the queue takes no more, the Collector refuses
// spans, and their sender has them still. Nothing is lost.
func TestOutage_QueueFull(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(c *collector){
		"Disk": func(c *collector) {
			c.fileLimit = 1024
			// The queue loses what it reads while its disk is full. This keeps it from reading.
			c.more = []string{
				"--set=exporters.spanledger.sending_queue.num_consumers=1",
				"--set=exporters.spanledger.sending_queue.batch.min_size=1",
			}
		},
		"QueueSize": func(c *collector) {
			c.more = []string{
				"--set=exporters.spanledger.sending_queue.queue_size=3000",
				"--set=exporters.spanledger.sending_queue.batch.min_size=2048",
				"--set=exporters.spanledger.sending_queue.block_on_overflow=false",
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, l := newFleet(t, 1, pgtest.Options{}), newMixedLoad(5, 6000)
			c := f.collectors[0]
			require.Zero(t, c.stop(t), c.report())
			limit(c)
			c.start(t)
			f.cutters[0].goAway(true)
			senders := each(t, 1, c.grpc, c.http)
			refused := requireRefusal(t, senders, l.deliveries(500))

			f.cutters[0].goAway(false)
			if c.fileLimit > 0 { // a full disk hinders the queue until there is room again
				c.kill()
				c.fileLimit = 0
				c.start(t)
			}
			require.NoError(t, deliverAll(t.Context(), senders, refused, func() {}))
			f.awaitFolded(t, l)
			require.NoError(t, f.check(t, l))
			f.requireReconcile(t, 0)
			require.Zero(t, c.stop(t), c.report())
		})
	}
}

// requireRefusal sends each batch once, and returns those that were refused.
func requireRefusal(t *testing.T, senders []sender, batches []ptrace.Traces) (refused []ptrace.Traces) {
	t.Helper()
	for n, batch := range batches {
		if err := senders[n%len(senders)](t.Context(), batch); err != nil {
			refused = append(refused, batch)
		}
	}
	t.Logf("%d of %d batches refused", len(refused), len(batches))
	require.NotEmpty(t, refused)
	require.Less(t, len(refused), len(batches))
	return refused
}
