// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"os"
	"time"

	_ "modernc.org/sqlite" // SQLite for database/sql

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/store"
)

// files keeps each ledger in a file.
type files struct{ dir string }

func (f *files) open(ctx context.Context, name string) (ledger.Store, error) {
	return store.Open(ctx, store.Config{DSN: "sqlite:" + fileOf(f.dir, name), CreateSchema: true})
}

func (f *files) settle(ctx context.Context, _ string, opened ledger.Store) error {
	return opened.Maintain(ctx)
}

func (f *files) bytes(_ context.Context, name string) (int64, error) {
	info, err := os.Stat(fileOf(f.dir, name))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *files) usage(ctx context.Context, name string, day time.Time) (calls int, err error) {
	db, err := sql.Open("sqlite", "file:"+fileOf(f.dir, name)+"?mode=ro&_pragma=cache_size(-32000)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	const query = `
SELECT sum(n) FROM (
    SELECT call_type, count(*) AS n, sum(NOT success), sum(input_tokens), sum(output_tokens), sum(cost_usd)
    FROM call
    WHERE start_time >= ? AND start_time < ?
    GROUP BY call_type)`
	const format = "2006-01-02T15:04:05"
	err = db.QueryRowContext(ctx, query, day.Format(format), day.Add(oneDay).Format(format)).Scan(&calls)
	return calls, err
}
