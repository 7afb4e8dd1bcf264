// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"sync"
	"time"
)

// maxGaps is how many gaps wait until they are recorded.
const maxGaps = 32

// gaps are the times between the pieces of one stream, until they are recorded
// together: what it takes to find out where to is then done once. They may be
// used from many goroutines at once.
type gaps struct {
	mu     sync.Mutex
	times  []time.Duration
	closed bool
}

// add keeps a time, and returns those that are due.
func (g *gaps) add(took time.Duration) (due []time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return []time.Duration{took}
	}
	if g.times == nil {
		g.times = make([]time.Duration, 0, maxGaps)
	}
	g.times = append(g.times, took)
	if len(g.times) < maxGaps {
		return nil
	}
	due, g.times = g.times, nil
	return due
}

// close returns the times that are left; what comes later is due at once.
func (g *gaps) close() (due []time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	due, g.times, g.closed = g.times, nil, true
	return due
}
