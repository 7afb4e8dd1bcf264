// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestCollector_PgBouncer runs a Collector and the commands through a
// PgBouncer in transaction mode, with a DSN that says nothing of it.
func TestCollector_PgBouncer(t *testing.T) {
	t.Parallel()
	direct := newPostgres(t)
	dsn := pgtest.Bouncer(t, direct)
	c := startCollector(t, dsn)
	l := newLoad(17, 60)
	require.NoError(t, deliverAll(t.Context(), each(t, 2, c.grpc, c.http), l.shuffled(2, 50), func() {}))
	requireLedger(t, openSQL(t, direct), l.books)
	for range 3 { // over different connections
		document := read(t, dsn, "summary", "analysis_0007", "--json")
		require.Equal(t, "complete", parseDocument(t, document).Completeness)
	}
	require.Zero(t, c.stop(t), c.report())
}
