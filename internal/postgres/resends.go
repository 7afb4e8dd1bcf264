// SPDX-License-Identifier: Apache-2.0

package postgres

import "sync/atomic"

// resendMemory is how many batches without a known call it takes until calls
// that come again are no longer expected.
const resendMemory = 4

// resends guesses whether the next batch holds calls that the ledger knows: they
// come in bursts, when somebody waited for an answer in vain. It is safe for
// concurrent use.
type resends struct{ left atomic.Int32 }

func (r *resends) expected() bool { return r.left.Load() > 0 }

// learn takes in whether a batch held known calls.
func (r *resends) learn(known bool) {
	switch left := r.left.Load(); {
	case known:
		r.left.Store(resendMemory)
	case left > 0:
		r.left.CompareAndSwap(left, left-1)
	}
}
