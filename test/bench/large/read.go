// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/test/bench/measure"
)

// question is what a dashboard or a command asks.
type question struct {
	name string
	want time.Duration
	ask  func(ctx context.Context, i int) error
}

func (t *trial) questions() []question {
	known := func(i int) string { return t.feed.ids[i*len(t.feed.ids)/t.reads] }
	summary := func(id func(i int) string, details int) func(ctx context.Context, i int) error {
		return func(ctx context.Context, i int) error {
			_, err := t.large.Summary(ctx, id(i), details)
			return err
		}
	}
	return []question{
		{"summary ID", 2 * time.Millisecond, summary(known, 0)},
		{"summary ID, with 100 details", 0, summary(known, 100)},
		{"summary ID of a long analysis", 2 * time.Millisecond, summary(func(int) string { return t.feed.hot }, 0)},
		{"latest 50 analyses", 5 * time.Millisecond, func(ctx context.Context, _ int) error {
			_, err := t.large.List(ctx, ledger.ListQuery{})
			return err
		}},
		{"50 analyses of 30 days ago", 5 * time.Millisecond, func(ctx context.Context, _ int) error {
			_, err := t.large.List(ctx, ledger.ListQuery{Until: t.today.Add(-30 * oneDay)})
			return err
		}},
		{"usage of a day by call type", 100 * time.Millisecond, t.usageOf(t.days / 2)},
		{"usage of yesterday by call type", 100 * time.Millisecond, t.usageOf(1)},
		{"usage of today, a busy day, by call type", 0, t.usageOf(0)},
		{"usage of the busiest day by call type", 0, t.usageOf(busyDay)},
	}
}

var errNothing = errors.New("there are no calls on this day")

func (t *trial) usageOf(ago int) func(ctx context.Context, i int) error {
	return func(ctx context.Context, _ int) error {
		calls, err := t.engine.usage(ctx, largeName, t.today.Add(-time.Duration(ago)*oneDay))
		if err == nil && calls == 0 {
			err = errNothing
		}
		return err
	}
}

// read asks every question some times, in turn, and writes the medians.
func (t *trial) read(ctx context.Context) error {
	questions := t.questions()
	took := make([][]time.Duration, len(questions))
	for i := range t.reads {
		for n := range questions {
			start := time.Now()
			if err := questions[n].ask(ctx, i); err != nil {
				return fmt.Errorf("%s: %w", questions[n].name, err)
			}
			took[n] = append(took[n], time.Since(start))
		}
	}
	table := tabwriter.NewWriter(t.to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tmedian ms\t\t")
	for n, q := range questions {
		got := measure.Median(took[n])
		verdict := ""
		if q.want > 0 {
			verdict = measure.AtMost(got.Seconds()*1e3, q.want.Seconds()*1e3)
		}
		fmt.Fprintf(table, "%s\t%.2f\t%s\t\n", q.name, got.Seconds()*1e3, verdict)
	}
	return table.Flush()
}
