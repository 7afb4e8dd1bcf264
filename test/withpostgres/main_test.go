// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	t.Run("CommandSeesTheServer", func(t *testing.T) {
		t.Parallel()
		require.Zero(t, run([]string{"--", "sh", "-c", `test -n "$SPANLEDGER_TEST_DSN"`}))
	})
	t.Run("WithoutCommandIsWrongUse", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, exitUsage, run(nil))
	})
}

func TestRunWith(t *testing.T) {
	t.Parallel()
	t.Run("ReturnsExitCode", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 7, runWith("", []string{"sh", "-c", "exit 7"}, nil))
	})
	t.Run("UnknownCommand", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, exitFailed, runWith("", []string{"no-such-command-here"}, nil))
	})
	t.Run("PassesSignalsOn", func(t *testing.T) {
		t.Parallel()
		signals := make(chan os.Signal, 1)
		signals <- syscall.SIGTERM
		require.Equal(t, exitSignal+int(syscall.SIGTERM), runWith("", []string{"tail", "-f", "/dev/null"}, signals))
	})
}
