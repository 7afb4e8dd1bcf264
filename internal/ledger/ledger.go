// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// Batch is what one delivery brings, in any order. A Batch may repeat calls,
// of its own or of earlier batches. Copies of one call agree in its Key,
// AnalysisID and Start, which a store may take for its identity; so do ends of
// analyses in Key and AnalysisID.
type Batch struct {
	Calls  []analysis.Call
	Closed []analysis.Closed
}

// Outcome counts what became of the calls of a Batch: every call is in one
// of Folded, Duplicate, Late, Future and Nested.
type Outcome struct {
	// Folded calls are new to the ledger, and in the sums.
	Folded int
	// Duplicate calls were there before, or stand twice in the batch.
	Duplicate int
	// Conflicting is how many of the duplicates differ from what is stored.
	// The first copy stands.
	Conflicting int
	// Late calls started before the ledger's horizon, where it no longer
	// knows what it has counted. They are set aside, outside the sums.
	Late int
	// Future calls start more than a day ahead of the clock. They are set
	// aside as late ones are.
	Future int
	// Nested calls are new to the ledger, and in no sum: another call's span
	// is a child of theirs, and counts for them. See [Nest].
	Nested int
	// Unfolded is how many calls of earlier batches were in the sums and no
	// longer are, because this batch brought a call that is nested in them.
	Unfolded int
	// LateEnds are ends of analyses from before the time whose analyses the
	// ledger has dropped. They change nothing.
	LateEnds int
	// Retries is how often the transaction met another one and was begun
	// again. It is told with an error, too.
	Retries int
}

// Store writes the ledger. It is safe for concurrent use, and by any number
// of processes at once.
type Store interface {
	Reader
	// Fold adds a batch in one transaction: all of it or nothing. It may be
	// called again with the same batch, whatever became of the first try. It
	// does not change the batch, and keeps no part of its slices after it has
	// returned. Errors are of the classes that ClassOf tells.
	Fold(ctx context.Context, batch *Batch) (Outcome, error)
	// Prune drops the details of calls that started before the given time,
	// and moves the horizon there; their sums stay. It returns how many
	// calls it dropped.
	Prune(ctx context.Context, before time.Time) (dropped int64, err error)
	// Maintain does what a store has to do now and then, such as dropping
	// what is past the retention that it was opened with. Whoever writes calls
	// it when it starts and every few minutes; any number of processes may.
	Maintain(ctx context.Context) error
	// Close releases connections. No method may be called after it.
	Close()
}

// Reader reads the ledger. It is safe for concurrent use.
type Reader interface {
	// Summary returns the summary of one analysis with at most details call
	// details, the earliest; 0 means none. It returns ErrNotFound where the
	// ledger knows no such analysis.
	Summary(ctx context.Context, analysisID string, details int) (analysis.Summary, error)
	// List returns summaries without call details, the analysis that started
	// last first.
	List(ctx context.Context, query ListQuery) ([]analysis.Summary, error)
	// Calls returns the calls of one analysis that count, in order of start,
	// then of span key. An unknown analysis has none.
	Calls(ctx context.Context, query CallsQuery) ([]analysis.Call, error)
}

// ListQuery selects analyses.
type ListQuery struct {
	// Limit is the most that are returned. Defaults to 50.
	Limit int
	// Since and Until bound the start time of the analysis: [Since, Until).
	// The zero time does not bound.
	Since, Until time.Time
	// Subject, UserID and TenantID select by equality where not empty.
	Subject, UserID, TenantID string
	// After continues a list after the last element of an earlier page.
	After *ListCursor
}

// ListCursor is the place of one analysis in a list.
type ListCursor struct {
	Start      time.Time
	AnalysisID string
}

// CallsQuery selects calls of one analysis.
type CallsQuery struct {
	AnalysisID string
	// Limit is the most that are returned. Defaults to 1000.
	Limit int
	// After continues a list after the last element of an earlier page.
	After *CallsCursor
}

// CallsCursor is the place of one call in a list.
type CallsCursor struct {
	Start time.Time
	Key   analysis.SpanKey
}

// Defaults of the queries.
const (
	DefaultListLimit  = 50
	DefaultCallsLimit = 1000
	// FutureSlack is how far ahead of the clock a call may start.
	FutureSlack = 24 * time.Hour
)
