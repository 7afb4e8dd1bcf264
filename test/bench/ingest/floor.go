// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// floorWriters copy, or upsert, at once.
const floorWriters = 2

const (
	noIndexSQL    = `CREATE TABLE floor.call (LIKE rows.ledger_call)`
	primaryKeySQL = noIndexSQL + `;
ALTER TABLE floor.call ADD PRIMARY KEY (analysis_id, start_time, trace_id, span_id)`
)

// prepareRows has a Collector without a queue fold each request, and keeps the
// rows that it made, in the order in which it wrote them.
func (c *comparison) prepareRows(ctx context.Context) (err error) {
	p, err := c.startCollector(ctx, "rows", parseVariant("exporters.spanledger.sending_queue.enabled=false"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	for i := range c.work {
		request := &c.work[i]
		if err := send(ctx, []*collector{p}, 1, c.work[i:i+1]); err != nil {
			return err
		}
		var rows bytes.Buffer
		_, err := c.server.PgConn().CopyTo(ctx, &rows, `COPY (SELECT * FROM rows.ledger_call) TO STDOUT BINARY`)
		if err != nil {
			return fmt.Errorf("read the rows: %w", err)
		}
		request.rows = rows.Bytes()
		if _, err := c.server.Exec(ctx, `TRUNCATE rows.ledger_call`); err != nil {
			return err
		}
	}
	return nil
}

// copyAll copies the rows of all requests into a table that the SQL makes.
func (c *comparison) copyAll(ctx context.Context, create string) (figures, error) {
	if _, err := c.server.Exec(ctx, `CREATE SCHEMA floor; `+create); err != nil {
		return figures{}, err
	}
	conns, closeAll, err := c.connect(ctx, floorWriters)
	if err != nil {
		return figures{}, err
	}
	defer closeAll()
	m, err := c.start(ctx, nil)
	if err != nil {
		return figures{}, err
	}
	err = share(conns, c.work, func(conn *pgx.Conn, r *request) error {
		return copyRows(ctx, conn.PgConn(), r)
	})
	if err != nil {
		return figures{}, err
	}
	return m.stop(ctx, c.calls(), "floor", "call")
}

func copyRows(ctx context.Context, conn *pgconn.PgConn, r *request) error {
	_, err := conn.CopyFrom(ctx, bytes.NewReader(r.rows), `COPY floor.call FROM STDIN BINARY`)
	return err
}

// connect returns connections, and what closes them.
func (c *comparison) connect(ctx context.Context, n int) (conns []*pgx.Conn, closeAll func(), err error) {
	closeAll = func() {
		for _, conn := range conns {
			_ = conn.Close(context.WithoutCancel(ctx)) // there is nothing left to lose
		}
	}
	for range n {
		conn, err := pgx.Connect(ctx, c.dsn)
		if err != nil {
			closeAll()
			return nil, nil, fmt.Errorf("connect: %w", err)
		}
		conns = append(conns, conn)
	}
	return conns, closeAll, nil
}

// share has the connections do the work between them.
func share[T any](conns []*pgx.Conn, work []T, do func(conn *pgx.Conn, one *T) error) error {
	queue := make(chan *T, len(work))
	for i := range work {
		queue <- &work[i]
	}
	close(queue)
	var wg sync.WaitGroup
	errs := make([]error, len(conns))
	for i, conn := range conns {
		wg.Go(func() {
			for one := range queue {
				if errs[i] = do(conn, one); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
