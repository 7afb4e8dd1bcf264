// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
)

// statements are those that run once per row.
type statements struct {
	insertCall, sameCall, claimSpan, markOuter, insertClosed, upsertRollup, upsertAnalysis *sql.Stmt
}

// prepare makes the statements where they are not there yet.
func (s *statements) prepare(ctx context.Context, db *sql.DB) error {
	if s.insertCall != nil {
		return nil
	}
	for _, p := range []struct {
		into **sql.Stmt
		text string
	}{
		{&s.sameCall, sameCall},
		{&s.claimSpan, claimSpan},
		{&s.markOuter, markOuter},
		{&s.insertClosed, insertClosed},
		{&s.upsertRollup, upsertRollup},
		{&s.upsertAnalysis, upsertAnalysis},
		{&s.insertCall, insertCall},
	} {
		stmt, err := db.PrepareContext(ctx, p.text) //nolint:sqlclosecheck // closed by statements.close
		if err != nil {
			s.close()
			*s = statements{}
			return err
		}
		*p.into = stmt
	}
	return nil
}

// in returns the same statements for use in a transaction, which closes them.
func (s *statements) in(ctx context.Context, tx *sql.Tx) statements {
	return statements{
		insertCall:     tx.StmtContext(ctx, s.insertCall),
		sameCall:       tx.StmtContext(ctx, s.sameCall),
		claimSpan:      tx.StmtContext(ctx, s.claimSpan),
		markOuter:      tx.StmtContext(ctx, s.markOuter),
		insertClosed:   tx.StmtContext(ctx, s.insertClosed),
		upsertRollup:   tx.StmtContext(ctx, s.upsertRollup),
		upsertAnalysis: tx.StmtContext(ctx, s.upsertAnalysis),
	}
}

func (s *statements) close() {
	for _, stmt := range []*sql.Stmt{
		s.insertCall, s.sameCall, s.claimSpan, s.markOuter, s.insertClosed, s.upsertRollup, s.upsertAnalysis,
	} {
		if stmt != nil {
			_ = stmt.Close()
		}
	}
}
