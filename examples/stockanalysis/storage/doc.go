// SPDX-License-Identifier: Apache-2.0

// Package storage keeps results in the application's own table, stock_analyses, in Postgres. It shows how a table
// that is older than the token counts gets them, and the two ways to fill them:
//
//  1. Save writes the counts that the process saw, out of Result.Metadata.TokenUsage, beside the decision.
//  2. LedgerUsage joins the rows with spanledger's analysis_summary by analysis_id, and needs no column but that one.
//
// The first way works without a ledger; the second sees what other processes added, and late corrections.
package storage
