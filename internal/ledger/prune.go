// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"time"
)

// Pruner is a store that drops analyses as a whole, and tells beforehand what
// it would drop.
type Pruner interface {
	// PruneSummaries drops the analyses whose last call and last end are before
	// the given time, with all that the ledger has of them. Analyses that
	// reach up to the horizon stay, whatever the time. Calls of a dropped
	// analysis that come again are late, and so are its ends: the ledger takes
	// no end from before the given time any more. It works in pieces, each of
	// which drops whole analyses, and returns how many it dropped.
	PruneSummaries(ctx context.Context, before time.Time) (dropped int64, err error)
	// Prunable returns what Prune(calls) and then PruneSummaries(summaries)
	// would drop, and drops nothing. The zero time stands for not calling the
	// one.
	Prunable(ctx context.Context, calls, summaries time.Time) (Prunable, error)
}

// Prunable is what there is to drop.
type Prunable struct {
	// Days is how many days, in UTC, Calls started on.
	Days, Calls int64
	// Bytes is how much disk their going makes free for others, as far as the
	// store can tell. A store that keeps the room for new calls has 0.
	Bytes int64
	// Analyses go as a whole.
	Analyses int64
}
