// SPDX-License-Identifier: Apache-2.0

// Package postgres is the ledger on Postgres: it implements [ledger.Store]
// through pgx and knows nothing of spans, prices or the Collector.
//
// The main path is [Store.Fold]. A batch is sorted by key and copied into the
// partitioned table ledger_call, whose primary key turns duplicates away; only
// where that finds one is each call looked up first. In the same transaction, analyses with many calls in the
// batch are added to their rows in ledger_rollup; those with few stay
// unfolded, and the views add them up when they are read. The sums are exact
// at every moment either way. [Store.Maintain] folds what has grown, seals days
// that are over and drops what is old.
//
// # Order of locks
//
// Every transaction takes what it needs in this order: an advisory lock, the
// parent of ledger_call, a partition of it, then rows of ledger_call,
// ledger_closed, ledger_analysis, ledger_rollup and ledger_late, those of one
// table in the byte order of their keys.
//
// # Connections
//
// All names are qualified, every statement that writes is unnamed and takes
// one round trip, and locks belong to transactions: the store works through
// PgBouncer in transaction mode where the DSN says
// default_query_exec_mode=exec.
//
// # Grants
//
// A role that owns the tables needs nothing else. Another role needs USAGE of
// the schema and SELECT, INSERT and UPDATE on its tables; Prune needs DELETE
// too. Only the owner may make and drop partitions, so that some process of
// the owner has to call Maintain at least every other day.
//
// # Readers
//
// A plan of a view names every partition that is not sealed for long. Postgres
// may want to compile such a plan, which takes longer than to run it: a
// dashboard's role is well served by ALTER ROLE ... SET jit = off. The store
// does so for its own queries.
package postgres
