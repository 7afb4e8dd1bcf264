// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"maps"
	"slices"
	"time"
)

// earlierClock returns the earlier of the times of this machine and the
// server: one clock that is wrong must not take the ledger with it.
func (s *Store) earlierClock(ctx context.Context, db querier) (now time.Time, err error) {
	err = db.QueryRow(ctx, "SELECT least(now(), $1::timestamptz)", s.now()).Scan(&now)
	return now.UTC(), err
}

// agedTime returns the time that the age of calls is counted from: that of
// earlierClock, but not later than the end of the last day on which a call
// started. Both clocks may be those of one machine, and the calls come from
// others: where nothing has come in for a year, it is not known that a year has
// passed. In a ledger that holds no call it is the zero time.
func (s *Store) agedTime(ctx context.Context) (time.Time, error) {
	now, err := s.earlierClock(ctx, s.pool)
	if err != nil {
		return now, err
	}
	last, err := s.lastDay(ctx)
	if err != nil {
		return now, err
	}
	if end := last.Add(oneDay); !last.IsZero() && now.Before(end) {
		return now, nil
	} else if !last.IsZero() {
		return end, nil
	}
	return time.Time{}, nil
}

// lastDay returns the last day on which a call started, the zero time where
// there is none.
func (s *Store) lastDay(ctx context.Context) (time.Time, error) {
	_, days, err := s.loadPartitions(ctx, s.pool)
	if err != nil {
		return time.Time{}, err
	}
	for _, day := range slices.Backward(slices.SortedFunc(maps.Keys(days), time.Time.Compare)) {
		var found bool
		err := s.pool.QueryRow(ctx, s.sql.qualify(dayHasCallsSQL), day, day.Add(oneDay)).Scan(&found)
		if err != nil || found {
			return day, err
		}
	}
	return time.Time{}, nil
}

const dayHasCallsSQL = `
SELECT EXISTS (SELECT FROM {schema}.ledger_call WHERE start_time >= $1 AND start_time < $2)`
