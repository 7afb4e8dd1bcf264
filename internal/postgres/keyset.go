// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/spanledger/spanledger/internal/analysis"
)

// keySet is a set of calls, or of ends of analyses.
type keySet map[analysis.SpanKey]struct{}

// add adds the key that the first two values of a row hold.
func (s keySet) add(values [][]byte) analysis.SpanKey {
	var key analysis.SpanKey
	copy(key.Trace[:], values[0])
	copy(key.Span[:], values[1])
	s[key] = struct{}{}
	return key
}

// split returns the rows whose key is in the set, and the others.
func (s keySet) split(rows []*row) (in, out []*row) {
	for _, r := range rows {
		if _, ok := s[r.Key]; ok {
			in = append(in, r)
		} else {
			out = append(out, r)
		}
	}
	return in, out
}

// queryKeys runs a statement that returns keys.
func queryKeys(ctx context.Context, conn *pgconn.PgConn, sql string, p params) (keySet, error) {
	result := run(ctx, conn, sql, p)
	keys := make(keySet)
	for result.NextRow() {
		keys.add(result.Values())
	}
	_, err := result.Close()
	return keys, err
}

// lookUp returns which of the rows the ledger holds, and how many of those
// with other content.
func (p *posting) lookUp(
	ctx context.Context, conn *pgconn.PgConn, rows []*row,
) (known keySet, conflicting int, err error) {
	known = make(keySet)
	if len(rows) == 0 {
		return known, 0, nil
	}
	sent := make(map[analysis.SpanKey]*row, len(rows))
	first, last := rows[0].Start, rows[0].Start
	for _, r := range rows {
		sent[r.Key] = r
		if r.Start.Before(first) {
			first = r.Start
		}
		if r.Start.After(last) {
			last = r.Start
		}
	}
	result := run(ctx, conn, p.sql.storedCalls, keyTable.params(rows).with(first).with(last))
	for result.NextRow() {
		values := result.Values()
		if r := sent[known.add(values)]; r != nil && !sameContent(r, values[2:]) {
			conflicting++
		}
	}
	_, err = result.Close()
	return known, conflicting, err
}

// sameContent compares a row with the values that the server holds: sent and
// received, a value is the same bytes.
func sameContent(r *row, stored [][]byte) bool {
	var buffer [64]byte
	for i := range contentTable {
		sent := unframe(contentTable[i].write(buffer[:0], r))
		if (sent == nil) != (stored[i] == nil) || !bytes.Equal(sent, stored[i]) {
			return false
		}
	}
	return true
}
