// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDemo runs the first command of the README in an empty directory.
func TestDemo(t *testing.T) {
	t.Parallel()
	t.Run("JSON", func(t *testing.T) {
		t.Parallel()
		temporary := t.TempDir()
		p := start(t, []string{"TMPDIR=" + temporary}, "demo", "--once", "--json")
		require.Zero(t, p.wait(t), p.report())
		t.Logf("took %s on the processor", p.command.ProcessState.UserTime()+p.command.ProcessState.SystemTime())

		bill := documentBill(t, []byte(p.stdout.String()))
		require.Len(t, bill, 6)
		for callType, f := range bill {
			require.Equal(t, int64(1), f.Calls, callType)
			require.Zero(t, f.Failed, callType)
			require.Positive(t, f.Input, callType)
			require.Positive(t, f.Output, callType)
		}
		d := parseDocument(t, []byte(p.stdout.String()))
		require.Equal(t, "complete", d.Completeness)
		require.Positive(t, d.Duration)
		require.Empty(t, p.stderr.String())
		requireEmpty(t, temporary)
		requireEmpty(t, p.command.Dir)
	})
	t.Run("People", func(t *testing.T) {
		t.Parallel()
		p := start(t, nil, "demo", "--once")
		require.Zero(t, p.wait(t), p.report())
		for _, text := range []string{"RELIANCE", "final_decision", "Total tokens", "100.0 %"} {
			require.Contains(t, p.stdout.String(), text)
		}
	})
	t.Run("KeepsALedger", func(t *testing.T) {
		t.Parallel()
		onEachLedger(t, func(t *testing.T, dsn string) {
			p := start(t, []string{"SPANLEDGER_DSN=" + newSQLite(t)}, "demo", "--once", "--json", "--dsn", dsn)
			require.Zero(t, p.wait(t), p.report())
			d := parseDocument(t, []byte(p.stdout.String()))
			requireLedger(t, openSQL(t, dsn), books{d.AnalysisID: documentBill(t, []byte(p.stdout.String()))})
		})
	})
}

func requireEmpty(t *testing.T, directory string) {
	t.Helper()
	left, err := os.ReadDir(directory)
	require.NoError(t, err)
	require.Empty(t, left)
}
