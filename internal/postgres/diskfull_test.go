// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestStore_Fold_DiskFull puts /dev/full in the place of an empty partition's
// file: what the server writes there fails as on a full disk.
func TestStore_Fold_DiskFull(t *testing.T) {
	t.Parallel()
	cluster := startCluster(t, pgtest.Options{})
	owner := open(t, cluster.DSN())
	yesterday := time.Now().UTC().Add(-oneDay).Truncate(oneDay)
	require.NoError(t, owner.makePartitions(t.Context(), []time.Time{yesterday}))
	var file string
	require.NoError(t, owner.pool.QueryRow(t.Context(), "SELECT pg_relation_filepath($1)",
		owner.schema+"."+partitionPrefix+yesterday.Format(partitionDay)).Scan(&file))
	file = filepath.Join(cluster.Dir(), "data", file)

	s := open(t, cluster.DSN()) // none of its connections has the file open
	require.NoError(t, os.Rename(file, file+".aside"))
	require.NoError(t, os.Symlink("/dev/full", file))
	calls := ledgertest.Calls(1, 100, ledgertest.Shape{Base: yesterday, Span: time.Hour})
	for range 3 {
		_, err := s.Fold(t.Context(), &ledger.Batch{Calls: calls})
		require.ErrorContains(t, err, "fold batch: the server's disk is full (SQLSTATE 53100)")
		require.Equal(t, ledger.Throttled, ledger.ClassOf(err))
	}

	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Rename(file+".aside", file))
	runOn(t, cluster, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "+
		"WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()") // they hold the file
	outcome, err := foldUntilTaken(t.Context(), s, calls)
	require.NoError(t, err)
	require.Equal(t, ledger.Outcome{Folded: 100}, outcome)
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
}
