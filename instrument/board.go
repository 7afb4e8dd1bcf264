// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/semconv"
)

const (
	// collectionGrace is how long the counters of an ended analysis are still
	// shown once a reader has seen them, so that further readers see them too.
	collectionGrace = 2 * time.Minute
	// maxEndedPoints bounds the points of the ended analyses that are shown, seen
	// or not, and maxEnded the ends that are remembered: the oldest make room.
	maxEndedPoints = 10_000
	maxEnded       = 20_000
)

// board shows the counters of analyses to the readers of one meter provider.
// It shows those that run and, until readers have seen their last values,
// those that ended; calls outside of any analysis have the id "".
//
// An analysis is shown without a gap from its first call until it goes, for a
// reader with delta temporality forgets what it is not shown once. What comes
// after it went is counted from zero, which every reader takes for what it is.
// Where it must go before a reader saw its last values, what was not seen goes
// to the id "_OTHER", so that sums over all ids are right.
//
// A board has pages, for an SDK limits the attribute sets of an instrument.
type board struct {
	provider  metric.MeterProvider
	room      int         // for the points of ended analyses
	collected atomic.Bool // a reader has asked before
	losses    losses      // of all that records to the same meter provider

	mu          sync.Mutex
	shown       map[string]*series
	other       *series       // what nobody saw in time
	ended       []endedSeries // in order of their end
	endedPoints int           // of the series that have ended
	pages       []*page
	moment      int64 // numbers the ends and the views of pages, in their order
}

// endedSeries is one end of a series.
type endedSeries struct {
	series *series
	moment int64
	at     time.Time
}

// current tells whether the series has neither run nor ended again since.
func (e endedSeries) current() bool { return e.series.ended && e.series.moment == e.moment }

// newBoard returns the board of a meter provider. Its first page has the
// instruments in the scope of this library, each other one in a scope of its
// own, which carries the page's number.
func newBoard(provider metric.MeterProvider) *board {
	b := &board{
		provider: provider,
		room:     maxEndedPoints,
		shown:    make(map[string]*series),
		other:    newSeries(semconv.AnalysisIDOther),
		pages:    []*page{newPage(0)},
	}
	b.open(b.pages[0])
	return b
}

// open has the readers of the meter provider ask a page. It must not be called
// under the lock: an SDK makes instruments under the lock that it collects
// under.
func (b *board) open(p *page) {
	defer b.losses.contain()
	if p.number == 0 {
		b.register(p, b.provider.Meter(scopeName, scopeVersion()))
		return
	}
	b.register(p, b.provider.Meter(scopeName, scopeVersion(),
		metric.WithInstrumentationAttributes(attribute.Int(semconv.ScopePage, p.number))))
}

// add counts one finished call.
func (b *board) add(call *Call) {
	for _, p := range b.count(call) {
		b.open(p)
	}
}

// count does so and returns the pages that it had to begin.
func (b *board) count(call *Call) (begun []*page) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.pages)
	id := call.record.AnalysisID
	s := b.shown[id]
	if s == nil {
		s = newSeries(id)
		b.shown[id] = s
	}
	s.add(&call.record, b)
	if call.analysis != nil {
		b.setOwner(s, call.analysis.tally.series)
	}
	return b.pages[before:]
}

// setOwner notes whose call the series has counted.
func (b *board) setOwner(s *series, owner *seriesSet) {
	switch {
	case !owner.show(b):
		s.owner = owner
		b.setEnded(s, false)
	case s.ended || s.owner == nil || s.owner == owner:
		b.markEnded(s, time.Now()) // the call outlived its analysis: there is something new to see
	}
}

func (b *board) setEnded(s *series, ended bool) {
	switch {
	case ended && !s.ended:
		b.endedPoints += len(s.points)
	case !ended && s.ended:
		b.endedPoints -= len(s.points)
	}
	s.ended = ended
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
	b.setEnded(s, true)
	b.moment++
	s.moment = b.moment
	b.ended = append(b.ended, endedSeries{series: s, moment: b.moment, at: now})
	for len(b.ended) > maxEnded || b.endedPoints > b.room {
		oldest := b.ended[0]
		b.ended[0] = endedSeries{}
		b.ended = b.ended[1:]
		if oldest.current() {
			b.drop(oldest.series)
		}
	}
}

// drop takes an ended series off the board. What it moves finds the room that
// it leaves, so that no page is begun.
func (b *board) drop(s *series) {
	b.setEnded(s, false)
	s.moment = 0 // its ends are of the past
	delete(b.shown, s.id)
	s.leave()
	if s.moveUnseen(b.other, b) {
		b.losses.count(lossUncollected)
	}
}

// prune drops the ended series that a reader has seen and whose grace is over.
func (b *board) prune(now time.Time) {
	waiting := b.ended[:0]
	for _, e := range b.ended {
		switch {
		case !e.current():
		case now.Sub(e.at) >= collectionGrace && e.series.seenSince(e.moment):
			b.drop(e.series)
		default:
			waiting = append(waiting, e)
		}
	}
	clear(b.ended[len(waiting):])
	b.ended = waiting
}

// pageFor returns the first page that has room, which may be a new one.
func (b *board) pageFor(hasRoom func(*page) bool) *page {
	for _, p := range b.pages {
		if hasRoom(p) {
			return p
		}
	}
	p := newPage(len(b.pages))
	b.pages = append(b.pages, p)
	return p
}

// view prepares what a page shows now.
func (b *board) view(p *page, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.collected.Store(true)
	if p.number == 0 {
		b.prune(now)
	}
	b.moment++
	p.seen = b.moment
	p.copyValues()
}
