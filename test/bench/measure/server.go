// SPDX-License-Identifier: Apache-2.0

// Package measure reads what a Postgres server and other processes of this
// machine take: processor time, write-ahead log and disk. It works on Linux.
//
// The main path is [Connect] and, before and after the work, [Server.Usage].
package measure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a Postgres server on this machine. It is not safe for concurrent
// use.
type Server struct {
	*pgx.Conn

	postmaster int
}

// Connect returns the server that the DSN, of a superuser, names. The caller
// closes it.
func Connect(ctx context.Context, dsn string) (*Server, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	var backend int
	err = conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ask for the backend: %w", err), conn.Close(ctx))
	}
	process, err := readProcess(backend)
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return &Server{Conn: conn, postmaster: process.parent}, nil
}

// Usage is what a server has used since it started.
type Usage struct {
	// CPU is the processor time of all its processes, of ended ones too.
	CPU time.Duration
	// WAL is in bytes.
	WAL int64
}

// Since returns what was used after an earlier moment.
func (u Usage) Since(earlier Usage) Usage {
	return Usage{CPU: u.CPU - earlier.CPU, WAL: u.WAL - earlier.WAL}
}

// Usage returns what the server has used by now.
func (s *Server) Usage(ctx context.Context) (usage Usage, err error) {
	usage.CPU, err = familyCPU(s.postmaster)
	if err != nil {
		return usage, err
	}
	err = s.QueryRow(ctx, "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint").Scan(&usage.WAL)
	return usage, err
}

// Disk is what tables take, in bytes.
type Disk struct {
	// Heap and Indexes are of the tables of calls, Sums is all of the others.
	Heap, Indexes, Sums int64
}

// Total returns the sum of all.
func (d Disk) Total() int64 { return d.Heap + d.Indexes + d.Sums }

// Disk returns what the tables of a schema take. Those whose names match the
// pattern of LIKE hold the calls.
func (s *Server) Disk(ctx context.Context, schema, calls string) (d Disk, err error) {
	err = s.QueryRow(ctx, `
SELECT coalesce(sum(pg_table_size(oid)) FILTER (WHERE relname LIKE $2), 0)::bigint,
    coalesce(sum(pg_indexes_size(oid)) FILTER (WHERE relname LIKE $2), 0)::bigint,
    coalesce(sum(pg_total_relation_size(oid)) FILTER (WHERE relname NOT LIKE $2), 0)::bigint
FROM pg_class
WHERE relnamespace = $1::text::regnamespace AND relkind = 'r'`, schema, calls).Scan(&d.Heap, &d.Indexes, &d.Sums)
	return d, err
}
