// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// NewLedger makes an empty ledger for one subtest and returns the function
// that opens it. Every call of open returns another store on the same ledger,
// as another process would have one. The suite closes the stores.
type NewLedger func(t *testing.T) (open func() ledger.Store)

// Run holds a store to all that package ledger asks of it. The subtests run
// in parallel.
func Run(t *testing.T, newLedger NewLedger) {
	t.Helper()
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&fixture{t: t, open: newLedger(t)})
		})
	}
}

type testCase struct {
	name string
	run  func(f *fixture)
}

func cases() []testCase {
	var all []testCase
	for _, group := range [][]testCase{
		foldCases(), duplicateCases(), concurrentCases(), closedCases(), asideCases(), readCases(), hostileCases(),
		nestingCases(),
	} {
		all = append(all, group...)
	}
	return all
}

// fixture is the empty ledger of one subtest.
type fixture struct {
	t    *testing.T
	open func() ledger.Store
}

// store opens the ledger until the end of the subtest.
func (f *fixture) store() ledger.Store {
	f.t.Helper()
	s := f.open()
	f.t.Cleanup(s.Close)
	return s
}

// mustFold folds a batch that the store has to accept.
func mustFold(t *testing.T, s ledger.Store, calls []analysis.Call, closed ...analysis.Closed) ledger.Outcome {
	t.Helper()
	outcome, err := s.Fold(t.Context(), &ledger.Batch{Calls: calls, Closed: closed})
	require.NoError(t, err)
	total := outcome.Folded + outcome.Duplicate + outcome.Late + outcome.Future + outcome.Nested
	require.Equal(t, len(calls), total, "every call has one outcome: %+v", outcome)
	require.LessOrEqual(t, outcome.Conflicting, outcome.Duplicate)
	outcome.Retries = 0 // stores differ in what they have to begin again
	return outcome
}
