// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// openAsWriter opens the ledger as a role that has the grants that the
// exporter's README tells, and owns nothing.
func openAsWriter(t *testing.T, owner *Store, config Config) *Store {
	t.Helper()
	role := owner.schema + "_writer"
	execAll(t, owner, "CREATE ROLE "+role+" LOGIN PASSWORD 'w'; "+readmeGrants(t, role))
	t.Cleanup(func() { execAll(t, owner, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	config.DSN = asUser(t, owner.config.DSN, role)
	writer, err := Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(writer.Close)
	return writer
}

// readmeGrants returns the statements of the README, for the role.
func readmeGrants(t *testing.T, role string) string {
	t.Helper()
	text, err := os.ReadFile("../../exporter/README.md")
	require.NoError(t, err)
	grants := regexp.MustCompile(`(?m)^GRANT .*;$`).FindAllString(string(text), -1)
	require.Len(t, grants, 3)
	return strings.NewReplacer("SCHEMA spanledger", "SCHEMA {schema}", "TO collector", "TO "+role).
		Replace(strings.Join(grants, "\n"))
}

func TestStore_GrantsOnly(t *testing.T) {
	t.Parallel()
	t.Run("FoldsCallsOfAnyDay", func(t *testing.T) {
		t.Parallel()
		owner := open(t, pgtest.DSN(t))
		writer := openAsWriter(t, owner, Config{CreateSchema: true})
		calls := ledgertest.Calls(1, 100, ledgertest.Shape{Base: time.Now().Add(-40 * oneDay)})
		require.Equal(t, ledger.Outcome{Folded: 100}, foldAll(t, writer, calls), "there is no partition yet")
		require.Equal(t, ledger.Outcome{Duplicate: 100}, foldAll(t, owner, calls))
		ledgertest.RequireTruth(t, writer, ledgertest.Truth(t, calls))
	})
	t.Run("MaintainsWhatItMay", func(t *testing.T) {
		t.Parallel()
		owner := open(t, pgtest.DSN(t))
		writer := openAsWriter(t, owner, Config{Retention: 30 * oneDay})
		calls := ledgertest.Calls(1, 2*compactCalls, ledgertest.Shape{Analyses: 1, Base: time.Now().Add(-5 * oneDay)})
		for i := range calls {
			foldAll(t, writer, calls[i:i+1])
		}
		execAll(t, owner, "UPDATE {schema}.ledger_state SET horizon = now() - interval '30 days 1 hour'")
		require.NoError(t, writer.Maintain(t.Context()))
		require.True(t, partitionExists(t, owner, time.Now().Add(daysAhead*oneDay)))
		require.Zero(t, queryInt(t, owner, "SELECT count(*) FROM {schema}.ledger_call WHERE NOT folded"))
		ledgertest.RequireTruth(t, writer, ledgertest.Truth(t, calls))

		require.NoError(t, owner.Maintain(t.Context()))
		require.NoError(t, writer.Maintain(t.Context()))
		ledgertest.RequireTruth(t, writer, ledgertest.Truth(t, calls))
	})
	t.Run("DoesAllThatAnExporterDoes", func(t *testing.T) {
		t.Parallel()
		owner := open(t, pgtest.DSN(t))
		writer := openAsWriter(t, owner, Config{})
		base := time.Now().Add(-20 * oneDay) // days that have no partition yet
		calls := ledgertest.Calls(2, 300, ledgertest.Shape{Analyses: 3, Base: base, Span: 10 * oneDay})
		ends := ledgertest.Ends(2, calls)
		require.Equal(t, ledger.Outcome{Folded: 300}, foldAll(t, writer, calls, ends...))
		require.Equal(t, ledger.Outcome{Duplicate: 300}, foldAll(t, writer, calls, ends...))
		aside := oneCall(time.Now().Add(2 * ledger.FutureSlack))
		aside = append(aside, oneCall(time.Now().Add(-1000*oneDay))...)
		aside[1].Key.Span[0]++
		require.Equal(t, ledger.Outcome{Future: 1, Late: 1}, foldAll(t, writer, aside))
		tomorrow := time.Now().Add((daysAhead + 1) * oneDay)
		writer.now = func() time.Time { return tomorrow }
		require.NoError(t, writer.Maintain(t.Context()))
		require.True(t, partitionExists(t, owner, tomorrow.Add(daysAhead*oneDay)))
		truth := ledgertest.Truth(t, calls, ends...)
		ledgertest.RequireTruth(t, writer, truth)
		require.NoError(t, owner.seal(t.Context(), time.Now()))
		late := ledgertest.Calls(3, 20, ledgertest.Shape{Analyses: 1, Base: base, Span: oneDay})
		for i := range late {
			late[i].Key.Span[0], late[i].AnalysisID = 1, "a sealed day"
		}
		require.Equal(t, ledger.Outcome{Folded: 20}, foldAll(t, writer, late))
		ledgertest.RequireTruth(t, writer, ledgertest.Truth(t, append(calls, late...), ends...))
	})
	t.Run("SaysThatNobodyDropsCalls", func(t *testing.T) {
		t.Parallel()
		owner := open(t, pgtest.DSN(t))
		writer := openAsWriter(t, owner, Config{Retention: 30 * oneDay})
		err := writer.Maintain(t.Context()) // a new ledger reaches further back
		require.ErrorContains(t, err, "only the owner of the tables may drop calls past the retention")
		_, err = owner.Prune(t.Context(), time.Now().Add(-30*oneDay))
		require.NoError(t, err)
		require.NoError(t, writer.Maintain(t.Context()))
	})
	t.Run("WithoutTheFunctionTheRemedyIsNamed", func(t *testing.T) {
		t.Parallel()
		owner := open(t, pgtest.DSN(t))
		writer := openAsWriter(t, owner, Config{})
		execAll(t, owner, "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} FROM "+owner.schema+"_writer")
		_, err := writer.Fold(t.Context(), &ledger.Batch{Calls: oneCall(time.Now())})
		require.ErrorContains(t, err, "the user lacks a privilege")
		require.Equal(t, ledger.Retryable, ledger.ClassOf(err))
	})
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
