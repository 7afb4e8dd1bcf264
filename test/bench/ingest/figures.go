// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/spanledger/spanledger/test/bench/measure"
)

// figures are what a run took.
type figures struct {
	calls   int
	elapsed time.Duration
	// collectors is the processor time of the Collectors.
	collectors time.Duration
	server     measure.Usage
	disk       measure.Disk
}

// rate is in calls a second.
func (f *figures) rate() float64 { return float64(f.calls) / f.elapsed.Seconds() }

func (f *figures) perCall(n int64) float64 { return float64(n) / float64(f.calls) }

// meter is a run that is being measured.
type meter struct {
	server     *measure.Server
	collectors []*collector
	start      time.Time
	cpu        time.Duration
	usage      measure.Usage
}

// start begins to measure. A checkpoint goes before, so that no run pays for
// what another wrote.
func (c *comparison) start(ctx context.Context, collectors []*collector) (*meter, error) {
	m := &meter{server: c.server, collectors: collectors}
	if _, err := c.server.Exec(ctx, `CHECKPOINT`); err != nil {
		return nil, err
	}
	var err error
	if m.usage, err = c.server.Usage(ctx); err != nil {
		return nil, err
	}
	if m.cpu, err = m.collectorCPU(); err != nil {
		return nil, err
	}
	m.start = time.Now()
	return m, nil
}

func (m *meter) collectorCPU() (sum time.Duration, err error) {
	for _, c := range m.collectors {
		cpu, err := c.cpu()
		if err != nil {
			return 0, err
		}
		sum += cpu
	}
	return sum, nil
}

// stop ends the measurement of so many calls, whose tables in the schema have
// names that match the pattern.
func (m *meter) stop(ctx context.Context, calls int, schema, tables string) (f figures, err error) {
	f.calls, f.elapsed = calls, time.Since(m.start)
	usage, err := m.server.Usage(ctx)
	if err != nil {
		return f, err
	}
	f.server = usage.Since(m.usage)
	cpu, err := m.collectorCPU()
	if err != nil {
		return f, err
	}
	f.collectors = cpu - m.cpu
	f.disk, err = m.server.Disk(ctx, schema, tables)
	return f, err
}
