// SPDX-License-Identifier: Apache-2.0

package instrument

import "sync/atomic"

// lossReason says why telemetry was lost; it is a value of the attribute
// spanledger.loss.reason.
type lossReason uint8

const (
	// lossPanic: telemetry code panicked.
	lossPanic lossReason = iota
	// lossUncollected: the counters of an ended analysis had to go before a
	// metric reader saw them.
	lossUncollected
	// lossInstrument: an instrument could not be made.
	lossInstrument
	// lossAbandoned: nobody ended an analysis, so that it has no span.
	lossAbandoned
	// lossBaggage: a value was not fit for baggage, or what came in baggage was
	// not fit for use.
	lossBaggage
	// lossContent: what was said in a call could not be redacted or encoded.
	lossContent
	lossReasons
)

func (r lossReason) String() string {
	return [lossReasons]string{"panic", "uncollected", "instrument", "abandoned", "baggage", "content"}[r]
}

// losses counts what was lost on the way to one meter provider, by reason. It
// may be used from many goroutines at once.
type losses struct{ n [lossReasons]atomic.Int64 }

func (l *losses) count(reason lossReason) { l.n[reason].Add(1) }

// check counts an instrument that could not be made.
func (l *losses) check(err error) {
	if err != nil {
		l.count(lossInstrument)
	}
}

// contain keeps a panic of telemetry code away from the caller, and counts it.
// It is to be deferred.
func (l *losses) contain() {
	if recover() != nil {
		l.count(lossPanic)
	}
}
