// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	oneDay = 24 * time.Hour
	// daysAhead is how many days have their partition before they begin.
	daysAhead = 3

	partitionPrefix = "ledger_call_"
	partitionDay    = "20060102"
)

// state is where the ledger stands.
type state struct {
	// horizon is the earliest start of a call that may be counted.
	horizon time.Time
	// sealed is the time before which all calls are in the rollups.
	sealed time.Time
	// forgotten is the time before which analyses have been dropped.
	forgotten time.Time
}

func (s state) equal(o state) bool {
	return s.horizon.Equal(o.horizon) && s.sealed.Equal(o.sealed) && s.forgotten.Equal(o.forgotten)
}

// partitions is what this process knows of the state, and of the partitions of
// ledger_call, each of which holds the calls that start on one day, in UTC. It
// may be behind: the database has the last word.
type partitions struct {
	mu    sync.Mutex
	state state
	days  map[time.Time]struct{}
}

func (p *partitions) current() state {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

func (p *partitions) set(state state, days map[time.Time]struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.days = state, days
}

// missing returns the days of the rows that have no partition.
func (p *partitions) missing(rows []*row) []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := make(map[time.Time]struct{})
	for i, r := range rows {
		if i > 0 && r.day() == rows[i-1].day() { // neighbors of a day follow one another
			continue
		}
		day := r.Start.Truncate(oneDay)
		if _, ok := p.days[day]; !ok {
			found[day] = struct{}{}
		}
	}
	return slices.SortedFunc(maps.Keys(found), time.Time.Compare)
}

// ensurePartitions makes the partitions that the rows need.
func (s *Store) ensurePartitions(ctx context.Context, rows []*row) error {
	missing := s.partitions.missing(rows)
	if len(missing) == 0 {
		return nil
	}
	return s.makePartitions(ctx, missing)
}

// makePartitions makes those of the days that do not exist, and the next days'
// with them. Days that end before the horizon get none: nobody knows any more
// which of their calls were counted.
func (s *Store) makePartitions(ctx context.Context, days []time.Time) error {
	today := s.now().UTC().Truncate(oneDay)
	for n := range daysAhead + 1 {
		days = append(days, today.Add(time.Duration(n)*oneDay))
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.lock(ctx, tx, partitionLock); err != nil {
			return err
		}
		state, existing, err := s.loadPartitions(ctx, tx)
		if err != nil {
			return err
		}
		for _, day := range days {
			if _, ok := existing[day]; ok || !day.Add(oneDay).After(state.horizon) {
				continue
			}
			if _, err := tx.Exec(ctx, s.sql.qualify(makePartitionSQL), day.Format(time.DateOnly)); err != nil {
				return err
			}
			existing[day] = struct{}{}
		}
		// Should the commit fail, the server refuses the rows and retry asks
		// again.
		s.partitions.set(state, existing)
		return nil
	})
}

const makePartitionSQL = `SELECT {schema}.ledger_make_partition($1::date)`

// refresh reads what the database says of horizon and partitions.
func (s *Store) refresh(ctx context.Context) error {
	state, days, err := s.loadPartitions(ctx, s.pool)
	if err != nil {
		return err
	}
	s.partitions.set(state, days)
	return nil
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

const partitionsSQL = `
SELECT horizon, sealed, forgotten, ARRAY(
    SELECT child.relname::text
    FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid
    JOIN pg_class parent ON parent.oid = inhparent
    JOIN pg_namespace n ON n.oid = parent.relnamespace
    WHERE n.nspname = $1 AND parent.relname = 'ledger_call'
)
FROM {schema}.ledger_state`

func (s *Store) loadPartitions(ctx context.Context, db querier) (state, map[time.Time]struct{}, error) {
	var (
		now   state
		names []string
	)
	err := db.QueryRow(ctx, s.sql.qualify(partitionsSQL), s.schema).
		Scan(&now.horizon, &now.sealed, &now.forgotten, &names)
	if err != nil {
		return state{}, nil, err
	}
	days := make(map[time.Time]struct{}, len(names))
	for _, name := range names {
		day, err := time.Parse(partitionDay, strings.TrimPrefix(name, partitionPrefix))
		if err == nil { // a partition that somebody else attached is left alone
			days[day] = struct{}{}
		}
	}
	now.horizon, now.sealed, now.forgotten = now.horizon.UTC(), now.sealed.UTC(), now.forgotten.UTC()
	return now, days, nil
}
