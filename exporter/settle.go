// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"time"

	"github.com/spanledger/spanledger/internal/ledger"
)

// maxRefusals bounds how often parts of one batch are refused before the rest
// is no longer taken apart: more than that is not a bad span but a ledger that
// takes nothing.
const maxRefusals = 64

// settlement is what became of the spans of one batch.
type settlement struct {
	ledger.Outcome
	// accepted and refused count calls and analysis spans.
	accepted, refused int
	// closed counts the analysis spans among the accepted that are not late.
	closed int
	// refusals counts the folds that were refused for good, and cause is why
	// the last of them was.
	refusals int
	cause    error
}

// settle folds a batch. Where the store refuses it for good, the halves are
// tried on their own, down to the spans at fault, so that the others are
// kept. It returns only errors after which the whole batch may be tried again.
func (i *ingester) settle(ctx context.Context, batch *ledger.Batch, s *settlement) error {
	size := len(batch.Calls) + len(batch.Closed)
	if size == 0 {
		return nil
	}
	outcome, err := i.fold(ctx, batch)
	switch {
	case err == nil:
		s.accept(&outcome, size, len(batch.Closed))
		return nil
	case ledger.ClassOf(err) != ledger.Permanent:
		return err
	}
	s.refusals++
	s.cause = err
	if size == 1 || s.refusals > maxRefusals {
		s.refused += size
		return nil
	}
	first, second := halves(batch)
	if err := i.settle(ctx, first, s); err != nil {
		return err
	}
	return i.settle(ctx, second, s)
}

func (i *ingester) fold(ctx context.Context, batch *ledger.Batch) (ledger.Outcome, error) {
	start := time.Now()
	outcome, err := i.store.Fold(ctx, batch)
	i.metrics.folded(ctx, time.Since(start), &outcome, err)
	return outcome, err
}

// halves splits a batch of at least two into two that are not empty.
func halves(b *ledger.Batch) (first, second *ledger.Batch) {
	half := (len(b.Calls) + len(b.Closed)) / 2
	calls := min(half, len(b.Calls))
	closed := half - calls
	return &ledger.Batch{Calls: b.Calls[:calls], Closed: b.Closed[:closed]},
		&ledger.Batch{Calls: b.Calls[calls:], Closed: b.Closed[closed:]}
}

func (s *settlement) accept(o *ledger.Outcome, size, closed int) {
	s.Folded += o.Folded
	s.Duplicate += o.Duplicate
	s.Conflicting += o.Conflicting
	s.Late += o.Late
	s.Future += o.Future
	s.Nested += o.Nested
	s.Unfolded += o.Unfolded
	s.LateEnds += o.LateEnds
	s.accepted += size
	s.closed += closed - o.LateEnds
}
