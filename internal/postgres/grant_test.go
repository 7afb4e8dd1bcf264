// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestOpen_GrantsOnly folds and reads as a role that owns nothing, and may
// make nothing.
func TestOpen_GrantsOnly(t *testing.T) {
	t.Parallel()
	owner := open(t, pgtest.DSN(t))
	role := owner.schema + "_writer"
	execAll(t, owner, "CREATE ROLE "+role+" LOGIN PASSWORD 'w'; GRANT USAGE ON SCHEMA {schema} TO "+role+
		"; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO "+role)
	t.Cleanup(func() { execAll(t, owner, "DROP OWNED BY "+role+"; DROP ROLE "+role) })

	writer, err := Open(t.Context(), Config{DSN: asUser(t, owner.config.DSN, role)})
	require.NoError(t, err)
	defer writer.Close()
	calls := ledgertest.Calls(1, 100, ledgertest.Shape{})
	_, err = writer.Fold(t.Context(), &ledger.Batch{Calls: calls})
	require.ErrorContains(t, err, "the user lacks a privilege", "there is no partition yet")
	require.Equal(t, ledger.Retryable, ledger.ClassOf(err))

	foldAll(t, owner, calls[:50])
	require.Equal(t, ledger.Outcome{Folded: 50, Duplicate: 50}, foldAll(t, writer, calls))
	ledgertest.RequireTruth(t, writer, ledgertest.Truth(t, calls))
}

func asUser(t *testing.T, dsn, user string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.UserPassword(user, "w")
	return u.String()
}

func execAll(t *testing.T, s *Store, sql string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := s.pool.Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Conn().PgConn().Exec(ctx, s.sql.qualify(sql)).ReadAll()
	require.NoError(t, err)
}
