// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"runtime"
	"sync"
	"weak"
)

// analyses are those that run in this process, so that a second start of an id
// finds the first.
var analyses = registry{tallies: make(map[string]weak.Pointer[tally])}

// registry finds tallies by id. It holds them weakly: an analysis that nobody
// ends is forgotten once nobody can reach it any more.
type registry struct {
	mu      sync.Mutex
	tallies map[string]weak.Pointer[tally]
}

// open returns the tally of an id, new where the id does not run, and counts
// the handle that asks.
func (r *registry) open(id string, callDetails int, to *recorder) *tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tallies[id].Value()
	if t == nil {
		t = newTally(id, callDetails, to)
		pointer := weak.Make(t)
		r.tallies[id] = pointer
		t.cleanup = runtime.AddCleanup(t, r.forget, lost{id: id, tally: pointer, series: t.series, losses: to.losses})
	}
	t.handles++
	return t
}

// release takes a handle back, and tells whether it was the last one.
func (r *registry) release(t *tally) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t.handles--
	if t.handles > 0 {
		return false
	}
	t.cleanup.Stop()
	delete(r.tallies, t.id)
	return true
}

// lost is what remains of a tally that the garbage collector took.
type lost struct {
	id     string
	tally  weak.Pointer[tally]
	series *seriesSet
	losses *losses
}

// forget clears up after an analysis that was never ended. Its id may run
// again by now.
func (r *registry) forget(l lost) {
	r.mu.Lock()
	if r.tallies[l.id] == l.tally {
		delete(r.tallies, l.id)
	}
	r.mu.Unlock()
	l.losses.count(lossAbandoned)
	l.series.end(l.id)
}
