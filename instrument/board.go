// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
)

const (
	// collectionGrace is how long the counters of an ended analysis are still
	// shown once a reader has seen them, so that further readers see them too.
	collectionGrace = 2 * time.Minute
	// maxEnded bounds the ended analyses that wait for a reader.
	maxEnded = 10_000
	// comfortableSeries is below the SDK's default limit for the attribute sets
	// of one instrument, which is 2,000. Where there would be more, ended
	// analyses that a reader has seen make room before their grace is over.
	comfortableSeries = 1800
)

// board shows the counters of analyses to the readers of one meter provider.
// It shows those that run and, until readers have seen their last values,
// those that ended; calls outside of any analysis have the id "".
//
// An analysis is shown without a gap from its first call until it goes, for a
// reader with delta temporality forgets what it is not shown once. What comes
// after it went is counted from zero, which every reader takes for what it is.
type board struct {
	mu        sync.Mutex
	shown     map[string]*series
	ended     []endedSeries // in order of their end
	collected bool          // a reader has asked before

	instruments boardInstruments
	losses      losses // of all that records to the same meter provider
}

// endedSeries is one end of a series.
type endedSeries struct {
	series *series
	end    int
	at     time.Time
}

// current tells whether the series has neither run nor ended again since.
func (e endedSeries) current() bool { return e.series.ended && e.series.ends == e.end }

func newBoard() *board { return &board{shown: make(map[string]*series)} }

// isCollected tells whether any reader ever asked.
func (b *board) isCollected() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.collected
}

// add counts one finished call.
func (b *board) add(call *Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := call.record.AnalysisID
	s := b.shown[id]
	if s == nil {
		s = newSeries(id)
		b.shown[id] = s
	}
	s.add(&call.record)
	if call.analysis == nil {
		return
	}
	owner := call.analysis.tally.series
	switch {
	case !owner.show(b):
		s.owner, s.ended = owner, false
	case s.ended || s.owner == nil || s.owner == owner:
		b.markEnded(s, time.Now()) // the call outlived its analysis: there is something new to see
	}
}

// end says that the owner's analysis has ended: its counters stay until they
// are seen.
func (b *board) end(id string, owner *seriesSet, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.shown[id]; s != nil && s.owner == owner {
		b.markEnded(s, now)
	}
}

func (b *board) markEnded(s *series, now time.Time) {
	s.ended, s.seen = true, false
	s.ends++
	b.ended = append(b.ended, endedSeries{series: s, end: s.ends, at: now})
	for len(b.ended) > maxEnded {
		oldest := b.ended[0]
		if b.drop(oldest) && !oldest.series.seen {
			b.losses.count(lossUncollected)
		}
		b.ended = b.ended[1:]
	}
}

// drop takes an ended series off the board, unless it runs again or has ended
// again since. It reports whether it did.
func (b *board) drop(e endedSeries) bool {
	if !e.current() {
		return false
	}
	delete(b.shown, e.series.id)
	e.series.ends++ // its other ends are of the past
	return true
}

// observe shows every series to the reader that asks: those that run first, so
// that a limit of the reader's never falls on them.
func (b *board) observe(_ context.Context, observer metric.Observer) error {
	defer b.losses.contain()
	running, ended := b.collect(time.Now())
	for _, s := range running {
		s.observe(observer, &b.instruments)
	}
	for _, s := range ended {
		s.observe(observer, &b.instruments)
	}
	b.losses.observe(observer, b.instruments.lost)
	return nil
}

// collect drops what has been seen long enough and lists the rest.
func (b *board) collect(now time.Time) (running, ended []*series) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.collected = true
	b.prune(now)
	for _, s := range b.shown {
		if !s.ended {
			running = append(running, s)
			continue
		}
		s.seen = true
		ended = append(ended, s)
	}
	return running, ended
}

// prune drops the ended series that a reader has seen, once their grace is
// over or others need the room.
func (b *board) prune(now time.Time) {
	count := 0
	for _, s := range b.shown {
		count += s.size()
	}
	waiting := b.ended[:0]
	for _, e := range b.ended {
		if !e.current() {
			continue
		}
		over := count > comfortableSeries || now.Sub(e.at) >= collectionGrace
		if e.series.seen && over && b.drop(e) {
			count -= e.series.size()
			continue
		}
		waiting = append(waiting, e)
	}
	clear(b.ended[len(waiting):])
	b.ended = waiting
}

// seriesSet is the boards that show an analysis.
type seriesSet struct {
	mu     sync.Mutex
	boards []*board
	ended  bool
}

// show adds a board, and reports whether the analysis has ended already.
func (s *seriesSet) show(b *board) (ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return true
	}
	if !slices.Contains(s.boards, b) {
		s.boards = append(s.boards, b)
	}
	return false
}

// end tells all boards that the analysis has ended.
func (s *seriesSet) end(id string) {
	s.mu.Lock()
	boards := s.boards
	s.boards, s.ended = nil, true
	s.mu.Unlock()
	now := time.Now()
	for _, b := range boards {
		b.end(id, s, now)
	}
}
