// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Statements of the write path are sent unnamed, with parameters and results
// in binary, whatever mode the DSN chooses: they leave nothing on the
// connection that a pooler could mix up.
var binaryFormat = []int16{pgtype.BinaryFormatCode}

func run(ctx context.Context, conn *pgconn.PgConn, sql string, p params) *pgconn.ResultReader {
	return conn.ExecParams(ctx, sql, p.values, p.oids, binaryFormat, binaryFormat)
}

func queue(batch *pgconn.Batch, sql string, p params) {
	if len(p.values) == 0 {
		batch.ExecParams(sql, nil, nil, nil, binaryFormat)
		return
	}
	batch.ExecParams(sql, p.values, p.oids, binaryFormat, binaryFormat)
}

// stateOf returns the state that a result of one row holds, and since when the
// server runs.
func stateOf(result *pgconn.Result) (now state, server time.Time) {
	if len(result.Rows) != 1 || len(result.Rows[0]) != 4 {
		return state{}, time.Time{}
	}
	values := result.Rows[0]
	now = state{horizon: timeOf(values[0]), sealed: timeOf(values[1]), forgotten: timeOf(values[2])}
	return now, timeOf(values[3])
}

func timeOf(value []byte) time.Time {
	const timestampBytes = 8
	if len(value) != timestampBytes {
		return time.Time{}
	}
	micros := int64(binary.BigEndian.Uint64(value)) //nolint:gosec // two's complement is what Postgres sends
	return time.UnixMicro(micros + epochUnixMicro).UTC()
}
