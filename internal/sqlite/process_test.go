// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/sqlite"
)

// childPath is set in the environment of a test binary that shall write the
// batches of this file into the ledger that it names.
const childPath = "SQLITE_TEST_CHILD_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		os.Exit(writeBatches(context.Background(), path)) //nolint:forbidigo // this process is not a test
	}
	goleak.VerifyTestMain(m)
}

const (
	batches    = 24
	batchCalls = 30
)

// batch returns the n-th batch. It has analyses of its own, and one that all
// batches share.
func batch(n int) []analysis.Call {
	calls := ledgertest.Calls(uint64(n), batchCalls, ledgertest.Shape{Analyses: 3})
	for i := range calls {
		calls[i].Key.Trace[0], calls[i].Key.Trace[1] = 1, byte(n)
		if calls[i].AnalysisID != "analysis_0" {
			calls[i].AnalysisID += "_of_" + strconv.Itoa(n)
		}
	}
	return calls
}

func allBatches() (all []analysis.Call) {
	for n := range batches {
		all = append(all, batch(n)...)
	}
	return all
}

// writeBatches prints the number of each batch once it is in the ledger.
func writeBatches(ctx context.Context, path string) (exitCode int) {
	s, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer s.Close()
	for n := range batches {
		if _, err := s.Fold(ctx, &ledger.Batch{Calls: batch(n)}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Fprintln(os.Stdout, n)
	}
	return 0
}

func startChild(t *testing.T, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childPath+"="+path)
	child.Stderr = t.Output()
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	return child, bufio.NewScanner(out)
}

// A process that is killed while it writes leaves whole batches and nothing
// else, among them all that it was told are in.
func TestStore_SurvivesKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	open(t, sqlite.Config{Path: path, CreateSchema: true}).Close()

	for _, killAfter := range []int{0, 7} {
		child, acknowledged := startChild(t, path)
		for range killAfter + 1 {
			require.True(t, acknowledged.Scan())
		}
		require.NoError(t, child.Process.Kill())
		last := killAfter
		for acknowledged.Scan() {
			last++
		}
		_ = child.Wait()
		requireWholeBatches(t, path, last+1)
	}
	s := open(t, sqlite.Config{Path: path})
	defer s.Close()
	for n := range batches {
		_, err := s.Fold(t.Context(), &ledger.Batch{Calls: batch(n)})
		require.NoError(t, err)
	}
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, allBatches()))
}

func requireWholeBatches(t *testing.T, path string, atLeast int) {
	t.Helper()
	s := open(t, sqlite.Config{Path: path})
	defer s.Close()
	shared, err := s.Summary(t.Context(), "analysis_0", 0)
	require.NoError(t, err)
	listed, err := s.List(t.Context(), ledger.ListQuery{Limit: 3 * batches})
	require.NoError(t, err)
	var calls int64
	for i := range listed {
		calls += listed[i].Calls
	}
	require.Zero(t, calls%batchCalls, "half a batch: %d calls", calls)
	written := int(calls / batchCalls)
	require.GreaterOrEqual(t, written, atLeast)
	var all []analysis.Call
	for n := range written {
		all = append(all, batch(n)...)
	}
	truth := ledgertest.Truth(t, all)
	require.Equal(t, truth["analysis_0"].Totals, shared.Totals)
	ledgertest.RequireTruth(t, s, truth)
}

func TestStore_TwoProcessesWriteTheSame(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := open(t, sqlite.Config{Path: path, CreateSchema: true})
	defer s.Close()
	child, lines := startChild(t, path)
	var folded, duplicate int
	for n := batches - 1; n >= 0; n-- {
		outcome, err := s.Fold(t.Context(), &ledger.Batch{Calls: batch(n)})
		require.NoError(t, err)
		folded += outcome.Folded
		duplicate += outcome.Duplicate
		_, err = s.Summary(t.Context(), "analysis_0", 5)
		require.NoError(t, err)
	}
	for lines.Scan() {
		continue
	}
	require.NoError(t, child.Wait())
	t.Logf("%d calls folded here, %d by the other process first", folded, duplicate)
	ledgertest.RequireTruth(t, s, ledgertest.Truth(t, allBatches()))
}
