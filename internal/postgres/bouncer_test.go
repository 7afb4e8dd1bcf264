// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestBouncer_Conformance holds the store to its contract through a PgBouncer
// in transaction mode, with nothing in the DSN that says so.
func TestBouncer_Conformance(t *testing.T) {
	t.Parallel()
	server := pgtest.Bouncer(t, pgtest.Server(t))
	ledgertest.Run(t, func(t *testing.T) func() ledger.Store {
		t.Helper()
		schema := pgtest.Schema(t, pgtest.DSN(t))
		return func() ledger.Store {
			s, err := Open(t.Context(), Config{DSN: server, Schema: schema, CreateSchema: true})
			require.NoError(t, err)
			return s
		}
	})
}

func TestBouncer_Modes(t *testing.T) {
	t.Parallel()
	direct := pgtest.DSN(t)
	bouncer := pgtest.Bouncer(t, direct)
	calls := ledgertest.Calls(1, 200, ledgertest.Shape{})
	truth := ledgertest.Truth(t, calls)
	foldAll(t, open(t, direct), calls)
	for _, mode := range []string{"cache_describe", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := open(t, bouncer+"&default_query_exec_mode="+mode)
			require.Equal(t, ledger.Outcome{Duplicate: len(calls)}, foldAll(t, s, calls))
			require.NoError(t, s.Maintain(t.Context()))
			ledgertest.RequireTruth(t, s, truth)
		})
	}
	t.Run("Default", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, pgx.QueryExecModeCacheStatement, open(t, direct).pool.Config().ConnConfig.DefaultQueryExecMode)
		require.Equal(t, pooledMode, open(t, bouncer).pool.Config().ConnConfig.DefaultQueryExecMode)
	})
	t.Run("NamedStatementsNameTheRemedy", func(t *testing.T) {
		t.Parallel()
		var err error
		for range 100 { // sooner or later two meet on a connection
			var s *Store
			s, err = Open(t.Context(), Config{DSN: bouncer + "&default_query_exec_mode=cache_statement"})
			if err != nil {
				break
			}
			t.Cleanup(s.Close)
		}
		require.ErrorContains(t, err, "a pooler stands before the server; set default_query_exec_mode=cache_describe")
		require.Equal(t, ledger.Retryable, ledger.ClassOf(err))
	})
}
