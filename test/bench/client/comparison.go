// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Comparison makes the calls of some workloads in several ways.
//
// Each round makes, for each way in turn, few calls and many calls, both with
// a set-up of their own. What the calls alone take is the difference between
// the least that many took in any round and the least that few took: whatever
// else runs on the machine only ever adds to a round.
type Comparison struct {
	Ways      []Way // the first is what the others are compared with
	Workloads []Workload
	Rounds    int
	Few, Many int // calls of a workload of weight 1
}

// Figures are what one call takes.
type Figures struct {
	CPU           time.Duration
	Allocs, Bytes float64
}

// Run makes the calls and writes a table for each workload.
func (c *Comparison) Run(ctx context.Context, to io.Writer) error {
	for i := range c.Workloads {
		figures, err := c.Measure(ctx, &c.Workloads[i])
		if err != nil {
			return err
		}
		if err := c.write(to, &c.Workloads[i], figures); err != nil {
			return err
		}
	}
	return nil
}

// Measure returns the figures of each way for a workload.
func (c *Comparison) Measure(ctx context.Context, workload *Workload) ([]Figures, error) {
	few, many := max(1, c.Few/workload.Weight), max(2, c.Many/workload.Weight)
	ofFew, ofMany := slices.Repeat([]usage{most}, len(c.Ways)), slices.Repeat([]usage{most}, len(c.Ways))
	for range c.Rounds {
		for i, way := range c.Ways {
			short, err := run(ctx, way, workload, few)
			if err != nil {
				return nil, err
			}
			long, err := run(ctx, way, workload, many)
			if err != nil {
				return nil, err
			}
			ofFew[i], ofMany[i] = ofFew[i].least(short), ofMany[i].least(long)
		}
	}
	figures := make([]Figures, len(c.Ways))
	for i := range figures {
		figures[i] = ofMany[i].sub(ofFew[i]).per(many - few)
	}
	return figures, nil
}

func (c *Comparison) write(to io.Writer, workload *Workload, figures []Figures) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "%s\tµs/call\tover %s\tratio\tallocs\tover\tKB\tover\t\n", workload.Name, c.Ways[0].Name)
	first := figures[0]
	for i, f := range figures {
		fmt.Fprintf(table, "%s\t%.1f\t%+.1f\t%.2f\t%.0f\t%+.0f\t%.1f\t%+.1f\t\n", c.Ways[i].Name,
			microseconds(f.CPU), microseconds(f.CPU-first.CPU), float64(f.CPU)/float64(first.CPU),
			f.Allocs, f.Allocs-first.Allocs, f.Bytes/kilo, (f.Bytes-first.Bytes)/kilo)
	}
	fmt.Fprintln(table)
	return table.Flush()
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
