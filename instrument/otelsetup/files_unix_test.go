// SPDX-License-Identifier: Apache-2.0

//go:build darwin || freebsd || linux || netbsd || openbsd

package otelsetup_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// useUpFiles opens files until the process may open no more.
func useUpFiles(t *testing.T) (giveBack func()) {
	t.Helper()
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	limit.Cur = 64
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	var opened []*os.File
	for {
		file, err := os.Open(os.DevNull)
		if err != nil {
			require.ErrorIs(t, err, syscall.EMFILE)
			break
		}
		opened = append(opened, file)
	}
	return func() {
		for _, file := range opened {
			require.NoError(t, file.Close())
		}
	}
}

// TestLedgerProcessor_SpillNoFiles has a process that may open no more files
// when the receiver is back: what is on disk waits, and is not taken for
// damaged.
func TestLedgerProcessor_SpillNoFiles(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(childDir)
	if dir == "" { // a process of its own, for the limit holds for all of it
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		child.Env = append(os.Environ(), childDir+"="+t.TempDir())
		output, err := child.CombinedOutput()
		require.NoError(t, err, "%s", output)
		require.Contains(t, string(output), "PASS: "+t.Name())
		return
	}
	client := &fakeClient{answer: clientAway}
	p := newSpilling(t, client, otelsetup.LedgerConfig{BatchSize: 2, SpillDir: dir})
	want := end(p, 10)
	require.NoError(t, p.ForceFlush(t.Context()))
	giveBack := useUpFiles(t)
	client.takeAll()
	// The first batch was read before.
	require.Eventually(t, func() bool { return len(client.got()) == 2 }, waitFor, tick)
	require.Never(t, func() bool { return p.Dropped() > 0 }, time.Second/2, tick)
	giveBack()
	require.Eventually(t, func() bool { return len(client.got()) == len(want) }, waitFor, tick)
	require.Equal(t, want, client.got())
	require.NoError(t, p.Shutdown(t.Context()))
	require.Zero(t, p.Dropped())
	aside, err := filepath.Glob(filepath.Join(dir, "*.bad"))
	require.NoError(t, err)
	require.Empty(t, aside)
}
