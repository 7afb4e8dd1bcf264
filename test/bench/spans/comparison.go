// SPDX-License-Identifier: Apache-2.0

package spans

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/inmemory"
)

// Way is a component that reads spans.
type Way struct {
	Name string
	// Open starts the component. What it returns last, if not nil, stops it.
	Open func(ctx context.Context) (consumer.Traces, func(context.Context) error, error)
}

// Ours decodes and folds.
func Ours() Way {
	return Way{Name: "spanledger: decode + fold", Open: func(context.Context) (
		consumer.Traces, func(context.Context) error, error,
	) {
		return inmemory.New(), nil, nil
	}}
}

// Comparison gives the same batches to each way.
//
// In each round every way reads all batches, in an order that turns with the
// rounds: what else the machine does falls on all. Of all rounds the mean of
// the middle half counts.
type Comparison struct {
	Ways    []Way // the first is what the others are compared with
	Batches int
	Rounds  int
}

// Figures are what one span takes.
type Figures struct {
	Micros        float64 // µs of processor time
	Allocs, Bytes float64
}

// Run measures, and writes a table.
func (c *Comparison) Run(ctx context.Context, to io.Writer) error {
	figures, err := c.Measure(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "spans in batches of 2,048\tµs CPU/span\ttimes ours\tallocs/span\tB/span\t\n")
	for i, f := range figures {
		fmt.Fprintf(table, "%s\t%.2f\t%.1f\t%.2f\t%.0f\t\n",
			c.Ways[i].Name, f.Micros, f.Micros/figures[0].Micros, f.Allocs, f.Bytes)
	}
	return table.Flush()
}

// Measure returns the figures of each way.
func (c *Comparison) Measure(ctx context.Context) (figures []Figures, err error) {
	consumers, stop, err := c.open(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return nil, err
	}
	batches := Batches(c.Batches)
	taken := make([][]Figures, len(c.Ways))
	for round := range c.Rounds + 1 {
		for turn := range consumers {
			i := (turn + round) % len(consumers)
			f, err := measure(ctx, consumers[i], batches)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Ways[i].Name, err)
			}
			if round > 0 { // the first one makes series and fills caches
				taken[i] = append(taken[i], f)
			}
		}
	}
	for _, of := range taken {
		figures = append(figures, middle(of))
	}
	return figures, nil
}

// open starts all ways. What it returns last stops those that were started.
func (c *Comparison) open(ctx context.Context) (all []consumer.Traces, stopAll func() error, err error) {
	var stops []func(context.Context) error
	stopAll = func() (err error) {
		for _, stop := range stops {
			err = errors.Join(err, stop(context.WithoutCancel(ctx)))
		}
		return err
	}
	for _, way := range c.Ways {
		opened, stop, err := way.Open(ctx)
		if err != nil {
			return nil, stopAll, fmt.Errorf("%s: %w", way.Name, err)
		}
		all = append(all, opened)
		if stop != nil {
			stops = append(stops, stop)
		}
	}
	return all, stopAll, nil
}

// measure counts processor time, which unlike the time on the wall does not
// grow with what else the machine does.
func measure(ctx context.Context, to consumer.Traces, batches []ptrace.Traces) (Figures, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, err := cpu()
	if err != nil {
		return Figures{}, err
	}
	for _, batch := range batches {
		if err := to.ConsumeTraces(ctx, batch); err != nil {
			return Figures{}, err
		}
	}
	end, err := cpu()
	runtime.ReadMemStats(&after)
	n := float64(len(batches) * BatchSpans)
	return Figures{
		Micros: float64(end-start) / float64(time.Microsecond) / n,
		Allocs: float64(after.Mallocs-before.Mallocs) / n,
		Bytes:  float64(after.TotalAlloc-before.TotalAlloc) / n,
	}, err
}

func cpu() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// middle returns the mean of the middle half of each figure.
func middle(of []Figures) Figures {
	return Figures{
		Micros: middleOf(of, func(f Figures) float64 { return f.Micros }),
		Allocs: middleOf(of, func(f Figures) float64 { return f.Allocs }),
		Bytes:  middleOf(of, func(f Figures) float64 { return f.Bytes }),
	}
}

func middleOf(of []Figures, figure func(Figures) float64) (mean float64) {
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
