// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Comparison makes the calls of some workloads in several ways.
//
// Each way is set up once. Each round makes few calls and many calls in each
// way, one way right after the other, in an order that turns with the rounds.
// What a call takes in a round is the difference of both by the difference of
// their numbers, and what it takes over the first way is the difference to that
// way in the same round: what else the machine does falls on both. Of all
// rounds the mean of the middle half counts.
type Comparison struct {
	Ways      []Way // the first is what the others are compared with
	Workloads []Workload
	Rounds    int
	Few, Many int // calls of a workload of weight 1
}

// Figures are what one call takes.
type Figures struct {
	Cost
	Over Cost // the first way
}

// Cost is processor time, and memory that was allocated.
type Cost struct {
	Micros        float64 // µs of processor time
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
func (c *Comparison) Measure(ctx context.Context, workload *Workload) (figures []Figures, err error) {
	few, many := max(1, c.Few/workload.Weight), max(2, c.Many/workload.Weight)
	sessions, closeAll, err := open(ctx, c.Ways, workload)
	defer func() { err = errors.Join(err, closeAll()) }()
	if err != nil {
		return nil, err
	}
	taken := make([][]Cost, len(c.Ways))
	for round := range c.Rounds {
		for turn := range sessions {
			i := (turn + round) % len(sessions)
			cost, err := sessions[i].perCall(few, many)
			if err != nil {
				return nil, err
			}
			taken[i] = append(taken[i], cost)
		}
	}
	figures = make([]Figures, len(c.Ways))
	for i := range figures {
		figures[i] = Figures{Cost: middle(taken[i]), Over: middle(less(taken[i], taken[0]))}
	}
	return figures, nil
}

// less returns the differences, round by round.
func less(of, first []Cost) []Cost {
	differences := make([]Cost, len(of))
	for i := range of {
		differences[i] = Cost{
			of[i].Micros - first[i].Micros,
			of[i].Allocs - first[i].Allocs,
			of[i].Bytes - first[i].Bytes,
		}
	}
	return differences
}

// middle returns the mean of the middle half of each figure.
func middle(of []Cost) Cost {
	return Cost{
		Micros: middleOf(of, func(c Cost) float64 { return c.Micros }),
		Allocs: middleOf(of, func(c Cost) float64 { return c.Allocs }),
		Bytes:  middleOf(of, func(c Cost) float64 { return c.Bytes }),
	}
}

func middleOf(of []Cost, figure func(Cost) float64) (mean float64) {
	values := make([]float64, len(of))
	for i := range of {
		values[i] = figure(of[i])
	}
	slices.Sort(values)
	half := values[len(values)/4 : len(values)-len(values)/4]
	for _, v := range half {
		mean += v / float64(len(half))
	}
	return mean
}

func (c *Comparison) write(to io.Writer, workload *Workload, figures []Figures) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "%s\tµs/call\tover %s\tratio\tallocs\tover\tKB\tover\t\n", workload.Name, c.Ways[0].Name)
	for i, f := range figures {
		fmt.Fprintf(table, "%s\t%.1f\t%+.1f\t%.2f\t%.0f\t%+.0f\t%.1f\t%+.1f\t\n", c.Ways[i].Name,
			f.Micros, f.Over.Micros, 1+f.Over.Micros/figures[0].Micros,
			f.Allocs, f.Over.Allocs, f.Bytes/kilo, f.Over.Bytes/kilo)
	}
	fmt.Fprintln(table)
	return table.Flush()
}
