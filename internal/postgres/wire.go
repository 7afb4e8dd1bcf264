// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/spanledger/spanledger/internal/analysis"
)

// This file writes values in the binary format of Postgres: the length in four
// bytes, then the value; the length -1 is NULL. A field of a binary COPY and
// an element of a binary array look the same.

// kind is a type of Postgres.
type kind struct {
	name     string
	oid      uint32
	arrayOID uint32
}

var (
	bigintKind    = kind{"bigint", pgtype.Int8OID, pgtype.Int8ArrayOID}
	integerKind   = kind{"integer", pgtype.Int4OID, pgtype.Int4ArrayOID}
	smallintKind  = kind{"smallint", pgtype.Int2OID, pgtype.Int2ArrayOID}
	booleanKind   = kind{"boolean", pgtype.BoolOID, pgtype.BoolArrayOID}
	timestampKind = kind{"timestamptz", pgtype.TimestamptzOID, pgtype.TimestamptzArrayOID}
	byteaKind     = kind{"bytea", pgtype.ByteaOID, pgtype.ByteaArrayOID}
	textKind      = kind{"text", pgtype.TextOID, pgtype.TextArrayOID}
)

const (
	null = 0xFFFFFFFF
	// epochUnixMicro is the epoch of Postgres, 2000-01-01, in Unix time.
	epochUnixMicro = 946_684_800_000_000
)

func appendNull(b []byte) []byte { return binary.BigEndian.AppendUint32(b, null) }

func appendInt64(b []byte, n int64) []byte {
	b = binary.BigEndian.AppendUint32(b, 8)
	return binary.BigEndian.AppendUint64(b, uint64(n)) //nolint:gosec // two's complement is what Postgres wants
}

func appendInt32(b []byte, n int32) []byte {
	b = binary.BigEndian.AppendUint32(b, 4)
	return binary.BigEndian.AppendUint32(b, uint32(n)) //nolint:gosec // two's complement is what Postgres wants
}

func appendInt16(b []byte, n int16) []byte {
	b = binary.BigEndian.AppendUint32(b, 2)
	return binary.BigEndian.AppendUint16(b, uint16(n)) //nolint:gosec // two's complement is what Postgres wants
}

func appendBool(b []byte, v bool) []byte { //nolint:revive // a value to write, not a switch of behavior
	b = binary.BigEndian.AppendUint32(b, 1)
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendTime(b []byte, t time.Time) []byte { return appendInt64(b, t.UnixMicro()-epochUnixMicro) }

func appendBytes(b, v []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(v))) //nolint:gosec // ids of 8 or 16 bytes
	return append(b, v...)
}

func appendText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // at most ledger.MaxText
	return append(b, s...)
}

// setLength puts the length of the value that ends b before it, at the place.
func setLength(b []byte, at int) []byte {
	const lengthBytes = 4
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-lengthBytes)) //nolint:gosec // a value of a few texts
	return b
}

// unframe returns a value without its length, nil for NULL.
func unframe(b []byte) []byte {
	const lengthBytes = 4
	if binary.BigEndian.Uint32(b) == null {
		return nil
	}
	return b[lengthBytes:]
}

// appendKnown writes "" as NULL.
func appendKnown(b []byte, s string) []byte {
	if s == "" {
		return appendNull(b)
	}
	return appendText(b, s)
}

// appendCount writes an unknown count as NULL.
func appendCount(b []byte, c analysis.Count) []byte {
	n, known := c.Value()
	if !known {
		return appendNull(b)
	}
	return appendInt64(b, n)
}
