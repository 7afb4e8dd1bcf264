// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"slices"
	"sync"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// maxPoints bounds the points of one analysis. Calls beyond count under the
// call type "_OTHER".
const maxPoints = 200

// series are the counters of one analysis on one board, which guards them.
type series struct {
	id     string
	owner  *seriesSet // of the analysis that runs, or ran last
	ended  bool
	moment int64 // of the latest end
	points []*point
}

func newSeries(id string) *series { return &series{id: id} }

// add counts one finished call.
func (s *series) add(c *analysis.Call, on *board) {
	p := s.point(pointKey{c.Type, c.RequestModel, c.Provider}, on)
	p.outcome(c.ErrorType, on).n++
	p.addUsage(&c.Usage)
	p.addCost(&c.Cost)
}

// point returns the point of a key. Most analyses have few.
func (s *series) point(key pointKey, on *board) *point {
	other := pointKey{callType: semconv.ErrorTypeOther}
	for _, p := range s.points {
		if p.key == key || (p.key == other && len(s.points) > maxPoints) {
			return p
		}
	}
	if len(s.points) >= maxPoints {
		key = other
	}
	p := &point{series: s, key: key}
	on.pageFor((*page).hasRoomForPoint).enterPoint(p)
	s.points = append(s.points, p)
	if s.ended {
		on.endedPoints++
	}
	return p
}

// seenSince tells whether a reader has been shown all of the series since.
func (s *series) seenSince(moment int64) bool {
	for _, p := range s.points {
		if p.page.seen < moment {
			return false
		}
		for _, o := range p.outcomes {
			if o.page.seen < moment {
				return false
			}
		}
	}
	return true
}

// moveUnseen adds what no reader has been shown to another series, and reports
// whether there was any.
func (s *series) moveUnseen(to *series, on *board) (moved bool) {
	for _, p := range s.points {
		if p.isSeen() {
			continue
		}
		moved = true
		target := to.point(p.key, on)
		target.add(&p.values, &p.seen)
		for _, o := range p.outcomes {
			if o.n > o.seen {
				target.outcome(o.errorType, on).n += o.n - o.seen
			}
		}
	}
	return moved
}

// leave takes the series off its pages.
func (s *series) leave() {
	for _, p := range s.points {
		p.page.leavePoint(p)
		for _, o := range p.outcomes {
			o.page.leaveOutcome(o)
		}
	}
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
