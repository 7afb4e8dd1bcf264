// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/test/bench/load"
	"github.com/spanledger/spanledger/test/bench/measure"
)

// engine is where the ledgers are.
type engine interface {
	// open creates a ledger.
	open(ctx context.Context, name string) (ledger.Store, error)
	// settle does to a ledger what its own maintenance and the server's do in
	// the hours after the calls came in.
	settle(ctx context.Context, name string, store ledger.Store) error
	// bytes is what a ledger takes on disk.
	bytes(ctx context.Context, name string) (int64, error)
	// usage asks for the usage of a day by call type, as a dashboard does, and
	// returns the sum of calls.
	usage(ctx context.Context, name string, day time.Time) (calls int, err error)
}

// trial is one run of the program.
type trial struct {
	calls, days, busy, rounds, batches, reads int

	// filled says that the ledgers hold their calls.
	filled bool

	engine engine
	to     io.Writer

	today time.Time
	feed  *feed
	large ledger.Store
}

const (
	largeName = "large"
	smallName = "small"
	// tenth is how much smaller the ledger is that the large one is held
	// against.
	tenth = 10
	// busyDay is how many days ago the busiest day was.
	busyDay = 10
)

func (t *trial) run(ctx context.Context) error {
	t.today = time.Now().UTC().Truncate(oneDay)
	small, err := t.fill(ctx, smallName, t.calls/tenth, max(t.days/tenth, 1), 0)
	if err != nil {
		return err
	}
	defer small.Close()
	if t.large, err = t.fill(ctx, largeName, t.calls, t.days, t.busy); err != nil {
		return err
	}
	defer t.large.Close()
	if err := t.compare(ctx, small); err != nil {
		return err
	}
	return t.read(ctx)
}

// fill creates a ledger of so many calls over the days before today, one of
// which is busier than the others.
func (t *trial) fill(ctx context.Context, name string, calls, days, busy int) (ledger.Store, error) {
	store, err := t.engine.open(ctx, name)
	if err != nil {
		return nil, err
	}
	t.feed = newFeed(uint64(calls)) //nolint:gosec // a number of calls is positive
	start := time.Now()
	err = t.ingest(ctx, store, func(take func(batch []analysis.Call) error) error {
		for ago := days; ago > 0; ago-- {
			n := (calls - busy) / days
			if ago == busyDay {
				n += busy
			}
			if err := t.feed.day(t.today.Add(-time.Duration(ago)*oneDay), n, take); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = t.settle(ctx, name, store, calls, time.Since(start))
	}
	if err != nil {
		store.Close()
		return nil, fmt.Errorf("fill the %s ledger: %w", name, err)
	}
	return store, nil
}

// settle does what comes after the calls, and writes what both took.
func (t *trial) settle(ctx context.Context, name string, store ledger.Store, calls int, took time.Duration) error {
	if t.filled {
		return nil
	}
	bytes, err := t.engine.bytes(ctx, name)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := t.engine.settle(ctx, name, store); err != nil {
		return err
	}
	settled, err := t.engine.bytes(ctx, name)
	fmt.Fprintf(t.to, "%s: %d calls in %.0f s, %.0f calls/s, %d bytes a call; settled in %.0f s, %d bytes a call\n",
		name, calls, took.Seconds(), float64(calls)/took.Seconds(), bytes/int64(calls),
		time.Since(start).Seconds(), settled/int64(calls))
	return err
}

// ingest folds the batches where they are not in the ledger.
func (t *trial) ingest(ctx context.Context, store ledger.Store, batches source) error {
	if t.filled {
		return batches(func([]analysis.Call) error { return nil })
	}
	return ingest(ctx, store, batches)
}

// compare folds calls of today into both ledgers, in turn.
func (t *trial) compare(ctx context.Context, small ledger.Store) error {
	var ratios, rates []float64
	feeds := [2]*feed{newFeed(1), newFeed(2)}
	n := t.batches * load.BatchCalls
	for range t.rounds {
		var took [2]time.Duration
		for i, store := range []ledger.Store{t.large, small} {
			var batches [][]analysis.Call
			err := feeds[i].day(t.today, n, func(batch []analysis.Call) error {
				batches = append(batches, batch)
				return nil
			})
			if err != nil {
				return err
			}
			start := time.Now()
			err = ingest(ctx, store, func(take func(batch []analysis.Call) error) error {
				for _, batch := range batches {
					if err := take(batch); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			took[i] = time.Since(start)
		}
		ratios = append(ratios, took[1].Seconds()/took[0].Seconds())
		rates = append(rates, float64(n)/took[0].Seconds())
	}
	_, err := fmt.Fprintf(t.to, "ingest into the large ledger: %.0f calls/s, %.2f of the small one's, %s\n",
		measure.Median(rates), measure.Median(ratios), measure.AtLeast(measure.Median(ratios), 0.9))
	return err
}
