// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
)

// maxPagePoints and maxPageOutcomes bound a page so that none of its
// instruments has more than 1,900 attribute sets: an SDK allows 2,000 by
// default, and folds what comes beyond into one series without a word. A point
// has two sets in spanledger.tokens, an outcome one in spanledger.calls.
const (
	maxPagePoints   = 950
	maxPageOutcomes = 1900
)

// page is the part of a board that one scope shows. A point or outcome stays
// on its page as long as it is shown.
type page struct {
	number int

	// Guarded by the board.
	points   []*point
	outcomes []*outcome
	seen     int64 // the moment of the latest view

	observing   sync.Mutex // one reader at a time
	instruments boardInstruments
	tokens      []shownPoint // what is shown, as of the latest view
	calls       []shownOutcome
}

// shownPoint and shownOutcome are what a reader is shown of one.
type shownPoint struct {
	*point

	values
}

type shownOutcome struct {
	*outcome

	n int64
}

func newPage(number int) *page { return &page{number: number} }

func (p *page) hasRoomForPoint() bool   { return len(p.points) < maxPagePoints }
func (p *page) hasRoomForOutcome() bool { return len(p.outcomes) < maxPageOutcomes }

func (p *page) enterPoint(entry *point) {
	entry.page, entry.index = p, len(p.points)
	p.points = append(p.points, entry)
}

func (p *page) leavePoint(entry *point) {
	last := len(p.points) - 1
	p.points[entry.index] = p.points[last]
	p.points[entry.index].index = entry.index
	p.points[last] = nil
	p.points = p.points[:last]
}

func (p *page) enterOutcome(entry *outcome) {
	entry.page, entry.index = p, len(p.outcomes)
	p.outcomes = append(p.outcomes, entry)
}

func (p *page) leaveOutcome(entry *outcome) {
	last := len(p.outcomes) - 1
	p.outcomes[entry.index] = p.outcomes[last]
	p.outcomes[entry.index].index = entry.index
	p.outcomes[last] = nil
	p.outcomes = p.outcomes[:last]
}

// copyValues notes the values to be shown, which are seen by that.
func (p *page) copyValues() {
	for _, entry := range p.points {
		entry.seen = entry.values
		p.tokens = append(p.tokens, shownPoint{entry, entry.values})
	}
	for _, entry := range p.outcomes {
		entry.seen = entry.n
		p.calls = append(p.calls, shownOutcome{entry, entry.n})
	}
}

// observe shows the page to the reader that asks. Calls go on meanwhile.
func (b *board) observe(p *page, observer metric.Observer) {
	defer b.losses.contain()
	p.observing.Lock()
	defer p.observing.Unlock()
	defer p.clear()
	b.view(p, time.Now())
	for i := range p.tokens {
		p.tokens[i].observe(observer, &p.instruments)
	}
	for i := range p.calls {
		p.calls[i].observe(observer, &p.instruments)
	}
	if p.number == 0 {
		b.losses.observe(observer, p.instruments.lost)
	}
}

// clear keeps the room of what was shown, and not what it refers to.
func (p *page) clear() {
	clear(p.tokens)
	clear(p.calls)
	p.tokens, p.calls = p.tokens[:0], p.calls[:0]
}

// callback is what a meter calls to collect the page.
func (b *board) callback(p *page) metric.Callback {
	return func(_ context.Context, observer metric.Observer) error {
		b.observe(p, observer)
		return nil
	}
}
