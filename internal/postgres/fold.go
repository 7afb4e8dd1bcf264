// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/spanledger/spanledger/internal/ledger"
)

// denseCalls is how many calls of one analysis in a batch are worth a write to
// its rollups. Fewer cost less when they are added up by who reads them.
const denseCalls = 16

// errStateMoved says that another process pruned or sealed in between.
var errStateMoved = errors.New("the state of the ledger moved")

// Fold adds a batch, as [ledger.Store] asks. It tries again by itself where
// transactions met.
func (s *Store) Fold(ctx context.Context, batch *ledger.Batch) (ledger.Outcome, error) {
	d, tries := newDelivery(batch, s.now()), 0
	var outcome ledger.Outcome
	err := s.retry(ctx, func() (err error) {
		tries++
		outcome, err = s.foldDelivery(ctx, d)
		return err
	})
	outcome.Retries = tries - 1
	return outcome, classify("fold batch", err)
}

func (s *Store) foldDelivery(ctx context.Context, d *delivery) (ledger.Outcome, error) {
	state := s.partitions.current()
	rows, asides := d.split(state.horizon)
	if err := s.ensurePartitions(ctx, rows); err != nil {
		return ledger.Outcome{}, err
	}
	if !s.partitions.current().equal(state) {
		return ledger.Outcome{}, errStateMoved
	}
	ends := d.endsSince(state.forgotten)
	markFolded(rows, state.sealed)
	p := &posting{
		delivery: d, sql: &s.sql, registered: &s.registered, state: state, rows: rows, asides: asides, ends: ends,
	}
	if len(rows)+len(asides)+len(ends) == 0 {
		return p.outcome(), ctx.Err()
	}
	if err := s.post(ctx, p); err != nil {
		return ledger.Outcome{}, err
	}
	s.registered.add(p.entries, state.horizon, p.server, d.now)
	return p.outcome(), nil
}

// post writes the posting. Most often every row is new, and a bare COPY does.
// A row that is not makes it fail, and what is known is looked up first; at once
// where rows of late were known too, for a COPY that fails leaves dead rows.
// Where another process writes the same calls at the same time, that may fail
// too, and only INSERT decides row by row.
func (s *Store) post(ctx context.Context, p *posting) error {
	ways := []func(context.Context, *pgconn.PgConn) error{p.copyAll, p.copyUnknown, p.insert}
	if s.resends.expected() {
		ways = ways[1:]
	}
	var err error
	for _, writeRows := range ways {
		err = s.inTx(ctx, func(tx pgx.Tx) error { return p.post(ctx, tx.Conn().PgConn(), writeRows) })
		if !hasCode(err, codeUniqueViolation) {
			break
		}
	}
	if err == nil {
		s.resends.learn(len(p.fresh) < len(p.rows))
	}
	return err
}

// posting is one try to write a delivery.
type posting struct {
	*delivery
	sql        *queries
	registered *registered
	state      state
	rows       []*row
	asides     []*aside
	ends       []*end // of the delivery, without the late ones

	// fresh are the rows that were new to the ledger.
	fresh       []*row
	conflicting int
	// entries is what the posting wrote of analyses, and server is since when
	// the server runs that has them.
	entries []*entry
	server  time.Time
	// outers are calls found to be rolled up, of which so many were counted.
	outers   []*outer
	unfolded int
}

func (p *posting) outcome() ledger.Outcome {
	o := p.delivery.outcome(len(p.fresh), p.asides)
	o.Conflicting += p.conflicting
	o.Unfolded = p.unfolded
	for _, r := range p.fresh {
		if r.nested {
			o.Folded--
			o.Nested++
		}
	}
	o.LateEnds = len(p.delivery.ends) - len(p.ends)
	return o
}

// post writes everything in the one order of locks. The function given writes
// the rows of ledger_call.
func (p *posting) post(
	ctx context.Context, conn *pgconn.PgConn, writeRows func(context.Context, *pgconn.PgConn) error,
) error {
	if len(p.rows) > 0 {
		if err := writeRows(ctx, conn); err != nil {
			return err
		}
		if err := p.rollUp(ctx, conn); err != nil {
			return err
		}
	}
	freshEnds, err := p.insertEnds(ctx, conn)
	if err != nil {
		return err
	}
	return p.postSums(ctx, conn, freshEnds)
}

// copyAll takes every row for new, and fails where one is not.
func (p *posting) copyAll(ctx context.Context, conn *pgconn.PgConn) error {
	p.fresh, p.conflicting = p.rows, 0
	return p.copyFresh(ctx, conn)
}

// copyUnknown leaves out the rows that the ledger holds. It fails where one
// comes in between.
func (p *posting) copyUnknown(ctx context.Context, conn *pgconn.PgConn) error {
	known, conflicting, err := p.lookUp(ctx, conn, p.rows)
	if err != nil {
		return err
	}
	_, p.fresh = known.split(p.rows)
	p.conflicting = conflicting
	if len(p.fresh) == 0 {
		return nil
	}
	return p.copyFresh(ctx, conn)
}

func (p *posting) copyFresh(ctx context.Context, conn *pgconn.PgConn) error {
	markNested(p.fresh)
	return copyInto(ctx, conn, p.sql.copyCalls, callTable, p.fresh)
}

// insert has the server take the rows that are new. It costs several times as
// much as a COPY, and never fails for a duplicate.
func (p *posting) insert(ctx context.Context, conn *pgconn.PgConn) error {
	for _, r := range p.rows {
		r.nested = false // what it holds may not be new, and then it tells nothing
	}
	inserted, err := queryKeys(ctx, conn, p.sql.insertCalls, callTable.params(p.rows))
	if err != nil {
		return err
	}
	var known []*row
	p.fresh, known = inserted.split(p.rows)
	_, p.conflicting, err = p.lookUp(ctx, conn, known)
	return err
}

// insertEnds returns the ends of analyses that were new to the ledger.
func (p *posting) insertEnds(ctx context.Context, conn *pgconn.PgConn) ([]*end, error) {
	if len(p.ends) == 0 {
		return nil, nil
	}
	inserted, err := queryKeys(ctx, conn, p.sql.insertClosed, closedTable.params(p.ends))
	if err != nil {
		return nil, err
	}
	fresh := make([]*end, 0, len(inserted))
	for _, e := range p.ends {
		if _, ok := inserted[e.Key]; ok {
			fresh = append(fresh, e)
		}
	}
	return fresh, nil
}

// postSums writes, in one round trip, all that follows from the rows, and
// checks that the state is what the rows were held against: the locks that
// their tables are under keep it from moving until the transaction ends.
func (p *posting) postSums(ctx context.Context, conn *pgconn.PgConn, freshEnds []*end) error {
	batch := &pgconn.Batch{}
	p.queueMarks(batch)
	p.entries = entries(p.fresh, freshEnds, p.now)
	all := len(p.entries)
	if len(p.rows) > 0 { // else nothing keeps the horizon, and with it what is registered, where it is
		p.entries, p.server = p.registered.unknown(p.entries, p.state.horizon, p.now)
	}
	if len(p.entries) > 0 {
		queue(batch, p.sql.mergeAnalyses, registryTable.params(p.entries))
	}
	if groups := p.changes(); len(groups) > 0 {
		queue(batch, p.sql.addRollups, rollupTable.params(groups))
	}
	if len(p.asides) > 0 {
		queue(batch, p.sql.insertAside, lateTable.params(p.asides))
	}
	queue(batch, p.sql.state, params{})
	results, err := conn.ExecBatch(ctx, batch).ReadAll()
	if err != nil {
		return err
	}
	state, server := stateOf(results[len(results)-1])
	if len(p.rows)+len(p.ends) > 0 && !state.equal(p.state) {
		return errStateMoved
	}
	if len(p.entries) < all && !server.Equal(p.server) {
		p.registered.forget(p.server)
		return errStateMoved
	}
	p.server = server
	return nil
}
