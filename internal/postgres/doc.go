// SPDX-License-Identifier: Apache-2.0

// Package postgres is the ledger on Postgres: it implements [ledger.Store]
// through pgx and knows nothing of spans, prices or the Collector.
//
// The main path is to open, fold and read, with Maintain every few minutes:
//
//	s, err := postgres.Open(ctx, postgres.Config{DSN: dsn, CreateSchema: true})
//	outcome, err := s.Fold(ctx, &ledger.Batch{Calls: calls})
//	summary, err := s.Summary(ctx, "analysis_123", 100)
//
// # How a call is counted
//
// A batch is sorted by key and copied into ledger_call, whose primary key turns
// duplicates away; only where that finds one is each call looked up first. The
// sums of an analysis are its rows in ledger_rollup and its calls that are in
// none of these rows, which the views add up when they are read. A call gets
// into ledger_rollup in one of three ways, each a single transaction, so that
// the views are exact at every moment:
//
//   - Fold adds it at once, and marks it folded, where the batch holds many
//     calls of its analysis, or its day is sealed.
//   - Maintain adds and marks the calls of analyses that grew by few at a time.
//   - Maintain adds what is left of a day that is over, and moves the time
//     before which all calls count as folded (ledger_state.sealed) without
//     touching them: the day is sealed.
//
// ledger_call has a partition for each day on which calls started, so that a
// copy of a call always meets the first one. [Store.Prune] drops days and moves
// the horizon: calls that started before it are set aside in ledger_late, for
// nobody knows any more whether they were counted. [Store.PruneSummaries] drops
// analyses whose calls are gone, and moves the time before which ends are taken
// no more (ledger_state.forgotten). Fold reads all three times before it writes
// and again when the locks it holds keep them from moving; where they have
// moved, it starts anew. A process remembers what it wrote of analyses, and does
// not write it again (see registered).
//
// # Calls within calls
//
// A call that another is nested in (see [ledger.Nesting]) has nested set, and
// folded with it: it stays in ledger_call and counts nowhere, only its start and
// end do, which ledger_rollup has. Whoever
// writes a call that is no leaf tells ledger_nesting, in the same transaction,
// that its span is a call and that its parent has a call within. The key of
// that table is what two writers meet in who bring an outer call and its inner
// one at the same time: the second of them waits for the first, learns of both,
// and rolls the outer call up. Where that is in the ledger already, its row is
// marked, and what it added to ledger_rollup is taken back. Batches of leaves
// do nothing of this.
//
// # Order of locks
//
// Every transaction takes what it needs in this order: an advisory lock
// (partition, then compact), the parent of ledger_call, its partitions and their
// new rows by day, rows of ledger_nesting, rows of ledger_call that others
// wrote, by day, then rows of ledger_closed, ledger_analysis, ledger_rollup,
// ledger_late and ledger_state, those of one day or table in the byte order of
// their keys. The index of a hidden day is dropped in a transaction of its own,
// which locks that partition and nothing else. What keeps everybody waiting
// gives up after half a second and is tried again; all else waits as long as the
// caller's context lets it.
//
// That ledger_call is there twice makes no circle. A writer that waits with its
// new rows waits for the same key in another's new rows, or in a row that
// another is marking, and so for somebody as far as itself or further. Who
// marks rows takes only such as were committed before, and so never waits for
// another's new rows.
//
// # Connections
//
// All names are qualified, every statement that writes is unnamed and takes
// one round trip, and locks belong to transactions: the store works through
// PgBouncer in transaction mode. Where a pooler stands before the server, and
// the DSN does not say how statements are run, none of them gets a name. A
// connection to a server that has become read-only is closed, so that the next
// leads to its successor.
//
// # Grants
//
// A role that owns the tables needs nothing else. Another role needs USAGE of
// the schema, SELECT, INSERT and UPDATE on its tables, and EXECUTE on its
// functions. It folds calls of any day and compacts; sealing and dropping stay
// with the owner, who has to call Maintain now and then.
//
// # Readers
//
// A plan of a view names every partition that is not hidden: a day is sealed
// when it is two days old, and hidden an hour later. Until then it has an index
// of its calls that are in no rollup, which the views alone fit: in the collation
// "C", so that the planner does not take the primary key, by which the calls of
// dense analyses would be read too. Postgres may want to compile such a plan,
// which takes longer than to run it: a dashboard's role is well served by ALTER
// ROLE ... SET jit = off. The store does so for its own queries.
// A transaction of REPEATABLE READ that lasts for more than an hour may miss the
// calls that were sealed and hidden, or dropped, meanwhile. [Store.Reconcile]
// takes a snapshot for each page of analyses, and lasts as long as it likes.
package postgres
