// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// pair is a primary whose commits wait for its standby, and the DSN of
// whichever of the two takes writes.
type pair struct {
	primary, standby *pgtest.Cluster
	dsn              string
}

func startPair(t *testing.T) *pair {
	t.Helper()
	var p pair
	p.primary = startCluster(t, pgtest.Options{})
	p.standby = startCluster(t, pgtest.Options{Primary: p.primary})
	runOn(t, p.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	awaitTrue(t, p.primary, "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
	p.dsn = "postgres://postgres@/postgres?host=" + p.primary.Dir() + "," + p.standby.Dir() +
		"&target_session_attrs=read-write"
	return &p
}

func startCluster(t *testing.T, options pgtest.Options) *pgtest.Cluster {
	t.Helper()
	c, err := pgtest.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop()) })
	return c
}

func runOn(t *testing.T, c *pgtest.Cluster, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.DSN())
	require.NoError(t, err)
	defer conn.Close(t.Context())
	for _, sql := range statements {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
}

func awaitTrue(t *testing.T, c *pgtest.Cluster, query string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.DSN())
	require.NoError(t, err)
	defer conn.Close(t.Context())
	for found := false; !found; {
		require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&found))
		require.NoError(t, pause(t.Context(), 10*time.Millisecond))
	}
}

// foldAsExporter bounds each try: a commit on a primary whose standby is gone
// waits for ever.
func foldAsExporter(t *testing.T, s *Store, calls []analysis.Call) (ledger.Outcome, error) {
	t.Helper()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		outcome, err := s.Fold(ctx, &ledger.Batch{Calls: calls})
		cancel()
		if err == nil || ledger.ClassOf(err) == ledger.Permanent || t.Context().Err() != nil {
			return outcome, err
		}
	}
}

// TestFailover: a store whose DSN names both servers goes on with the standby
// once that is promoted, and the ledger stays exact: a commit that the primary
// confirmed is there, and one that it did not is made again.
func TestFailover(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(t *testing.T, p *pair){
		"PrimaryKilled": func(t *testing.T, p *pair) {
			t.Helper()
			require.NoError(t, p.primary.Halt(t.Context(), "immediate"))
		},
		// Its connections stay, and every write over them is refused.
		"PrimaryReadOnly": func(t *testing.T, p *pair) {
			t.Helper()
			runOn(t, p.primary, "SET synchronous_commit = local",
				"ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPair(t)
			s := open(t, p.dsn)
			calls := chaosCalls(5, 2000)
			batches := slices.Collect(slices.Chunk(calls, 100))
			done := make(chan error, 1)
			half := make(chan struct{})
			go func() {
				var err error
				for n := 0; n < len(batches) && err == nil; n++ {
					if n == len(batches)/2 {
						close(half)
					}
					_, err = foldAsExporter(t, s, batches[n])
				}
				done <- err
			}()
			<-half
			fail(t, p)
			require.NoError(t, p.standby.Promote(t.Context()))
			require.NoError(t, <-done)
			for _, batch := range batches { // what is delivered again counts no more
				outcome, err := foldAsExporter(t, s, batch)
				require.NoError(t, err)
				require.Equal(t, ledger.Outcome{Duplicate: len(batch)}, outcome)
			}
			ledgertest.RequireTruth(t, open(t, p.standby.DSN()), ledgertest.Truth(t, calls))
		})
	}
}
