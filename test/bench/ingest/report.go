// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spanledger/spanledger/test/bench/measure"
)

// report writes the medians of a workload.
func (c *comparison) report(w *workload, ways []way, results [][]figures) error {
	fmt.Fprintf(c.to, "%s: %d calls, %d rounds\n", w.name, c.calls(), c.rounds)
	table := tabwriter.NewWriter(c.to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tcalls/s\tx floor\tCollector µs/call\tPostgres µs/call\tWAL B/call\t"+
		"disk B/call\tcalls\tindexes\tsums\t")
	floor := indexOf(ways, floorName)
	for i := range ways {
		of := func(get func(f *figures) float64) float64 { return median(results[i], get) }
		fmt.Fprintf(table, "%s\t%.0f\t%.3f\t%.2f\t%.2f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t\n", ways[i].name,
			of((*figures).rate), ratio(results[i], results[floor]),
			of(func(f *figures) float64 { return f.micros(f.collectors) }),
			of(func(f *figures) float64 { return f.micros(f.server.CPU) }),
			of(func(f *figures) float64 { return f.perCall(f.server.WAL) }),
			of(func(f *figures) float64 { return f.perCall(f.disk.Total()) }),
			of(func(f *figures) float64 { return f.perCall(f.disk.Heap) }),
			of(func(f *figures) float64 { return f.perCall(f.disk.Indexes) }),
			of(func(f *figures) float64 { return f.perCall(f.disk.Sums) }))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return c.compare(w, ways, results)
}

// compare holds the results against the targets.
func (c *comparison) compare(w *workload, ways []way, results [][]figures) error {
	one, two := indexOf(ways, oneName), indexOf(ways, twoName)
	if one < 0 {
		return nil
	}
	lines := []struct {
		what   string
		beside int
		of     int
		want   float64
	}{
		{"of COPY with a primary key", indexOf(ways, floorName), one, w.targets.ofFloor},
		{"of one upsert per span", indexOf(ways, upsertsName), one, w.targets.ofUpserts},
		{"two Collectors, of one", one, two, w.targets.ofOne},
	}
	for _, l := range lines {
		if l.of < 0 || l.beside < 0 {
			continue
		}
		got := ratio(results[l.of], results[l.beside])
		fmt.Fprintf(c.to, "%s: %.2f, %s\n", l.what, got, measure.AtLeast(got, l.want))
	}
	for _, l := range []struct {
		what string
		get  func(f *figures) float64
	}{
		{"WAL", func(f *figures) float64 { return f.perCall(f.server.WAL) }},
		{"disk", func(f *figures) float64 { return f.perCall(f.disk.Total()) }},
	} {
		got := median(results[one], l.get)
		fmt.Fprintf(c.to, "%s a call: %.0f bytes, %s\n", l.what, got, measure.AtMost(got, w.targets.bytes))
	}
	_, err := fmt.Fprintln(c.to)
	return err
}

// micros is processor time per call.
func (f *figures) micros(cpu time.Duration) float64 { return f.perCall(cpu.Nanoseconds()) / 1000 }

func indexOf(ways []way, name string) int {
	for i := range ways {
		if ways[i].name == name {
			return i
		}
	}
	return -1
}

func median(results []figures, get func(f *figures) float64) float64 {
	values := make([]float64, len(results))
	for i := range results {
		values[i] = get(&results[i])
	}
	return measure.Median(values)
}

// ratio is the median of the ratios of rates, round by round.
func ratio(results, floor []figures) float64 {
	values := make([]float64, len(results))
	for i := range results {
		values[i] = results[i].rate() / floor[i].rate()
	}
	return measure.Median(values)
}
