// SPDX-License-Identifier: Apache-2.0

// Package exporter is the OpenTelemetry Collector component "spanledger": a
// traces exporter that keeps a ledger of the LLM calls it sees, in Postgres or
// SQLite, with exact sums per analysis and call type. See README.md for its
// options and metrics.
//
// The main path is ingester.consume: a batch of spans is decoded into calls,
// priced, and folded into the ledger in one transaction. Folding the same
// batch again changes nothing, so that every error may be retried. Only
// factory.go knows the stores; everything else knows the one method it calls.
package exporter
