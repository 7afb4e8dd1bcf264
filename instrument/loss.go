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
	// lossLateAttempt: a request ended after its call had.
	lossLateAttempt
	// lossInstrument: an instrument could not be made.
	lossInstrument
	lossReasons
)

func (r lossReason) String() string {
	return [lossReasons]string{"panic", "uncollected", "late_attempt", "instrument"}[r]
}

// losses counts what this process lost, by reason.
var losses [lossReasons]atomic.Int64

func countLoss(reason lossReason) { losses[reason].Add(1) }

// contain keeps a panic of telemetry code away from the caller, and counts it.
// It is to be deferred.
func contain() {
	if recover() != nil {
		countLoss(lossPanic)
	}
}
