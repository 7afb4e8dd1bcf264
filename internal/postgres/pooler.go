// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pooledMode keeps no statement under a name: a pooler in transaction mode
// gives each transaction another connection, which does not know the name. A
// statement is planned each time that it runs, which readers feel.
const pooledMode = pgx.QueryExecModeCacheDescribe

// suitPooler returns a pool that works through the pooler that may stand
// before the server. Where the DSN says how statements are run, that holds.
func suitPooler(ctx context.Context, pool *pgxpool.Pool, dsn string) (*pgxpool.Pool, error) {
	if strings.Contains(dsn, "default_query_exec_mode") {
		return pool, nil
	}
	pooled, err := isPooled(ctx, pool)
	if err != nil || !pooled {
		return pool, err
	}
	config := pool.Config()
	config.ConnConfig.DefaultQueryExecMode = pooledMode
	suited, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return pool, err
	}
	pool.Close()
	return suited, nil
}

// isPooled reports whether somebody stands between this process and the
// server: the process id that came with the connection is then not that of the
// process that answers.
func isPooled(ctx context.Context, pool *pgxpool.Pool) (pooled bool, err error) {
	err = pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		var pid uint32
		err := c.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeExec).Scan(&pid)
		pooled = pid != c.Conn().PgConn().PID()
		return err
	})
	return pooled, err
}
