// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/store"
)

// server keeps ledgers in Postgres, each in a schema.
type server struct {
	dsn     string
	explain bool
	conn    *pgx.Conn
}

func (s *server) open(ctx context.Context, name string) (ledger.Store, error) {
	if s.conn == nil {
		conn, err := pgx.Connect(ctx, s.dsn)
		if err != nil {
			return nil, err
		}
		s.conn = conn
	}
	return store.Open(ctx, store.Config{DSN: s.dsn, Schema: name, CreateSchema: true})
}

// settle seals the days that are over, and hides them, which a ledger does an
// hour later, and has the server do what autovacuum does.
func (s *server) settle(ctx context.Context, name string, opened ledger.Store) error {
	if err := opened.Maintain(ctx); err != nil {
		return err
	}
	if err := s.exec(ctx, name, `UPDATE {name}.ledger_state SET sealed_at = sealed_at - interval '1 day'`); err != nil {
		return err
	}
	if err := opened.Maintain(ctx); err != nil {
		return err
	}
	for _, sql := range []string{`VACUUM ANALYZE`, `CHECKPOINT`} {
		if err := s.exec(ctx, name, sql); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) exec(ctx context.Context, name, sql string) error {
	_, err := s.conn.Exec(ctx, strings.ReplaceAll(sql, "{name}", name))
	return err
}

func (s *server) bytes(ctx context.Context, name string) (bytes int64, err error) {
	err = s.conn.QueryRow(ctx, `
SELECT sum(pg_total_relation_size(oid))::bigint
FROM pg_class
WHERE relnamespace = $1::text::regnamespace AND relkind = 'r'`, name).Scan(&bytes)
	return bytes, err
}

const usageSQL = `
SELECT call_type, count(*) AS calls, count(*) FILTER (WHERE NOT success), sum(input_tokens), sum(output_tokens),
    sum(cost_usd)
FROM {name}.call
WHERE start_time >= $1 AND start_time < $2
GROUP BY call_type`

func (s *server) usage(ctx context.Context, name string, day time.Time) (calls int, err error) {
	sql := strings.ReplaceAll(usageSQL, "{name}", name)
	if s.explain {
		if err := s.plan(ctx, sql, day, day.Add(oneDay)); err != nil {
			return 0, err
		}
	}
	rows, err := s.conn.Query(ctx, `SELECT sum(calls)::bigint FROM (`+sql+`) u`, day, day.Add(oneDay))
	if err != nil {
		return 0, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
}

func (s *server) plan(ctx context.Context, sql string, args ...any) error {
	rows, err := s.conn.Query(ctx, "EXPLAIN (ANALYZE, BUFFERS) "+sql, args...)
	if err != nil {
		return err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	fmt.Fprintln(os.Stderr, strings.Join(lines, "\n"))
	return err
}
