// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
)

func TestPrune(t *testing.T) {
	t.Parallel()
	everything := ledger.Prunable{Days: 30, Calls: 12_345, Bytes: 6_540_000, Analyses: 1}
	aYearAgo := now.Add(-8760 * time.Hour)
	for name, c := range map[string]struct {
		args              []string
		found             ledger.Prunable
		pruned, forgotten time.Time
		stdout            string
	}{
		"Calls": {
			args: []string{"--before", "8760h"}, found: everything, pruned: aYearAgo,
			stdout: "Dropped 12,345 calls of 30 days (6.5 MB).\n",
		},
		"Both": {
			args: []string{"--before", "8760h", "--summaries-before", "8760h"}, found: everything,
			pruned: aYearAgo, forgotten: aYearAgo,
			stdout: "Dropped 12,345 calls of 30 days (6.5 MB), and 1 analysis as a whole.\n",
		},
		"Summaries": {
			args: []string{"--summaries-before", "2026-02-01T00:00:00Z"}, found: ledger.Prunable{Analyses: 2},
			forgotten: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
			stdout:    "Dropped 0 calls, and 2 analyses as a whole.\n",
		},
		"DryRun": {
			args:  []string{"--before", "8760h", "--summaries-before", "8760h", "--dry-run"},
			found: ledger.Prunable{Days: 1, Calls: 1}, stdout: "Would drop 1 call of 1 day, and 0 analyses as a whole.\n",
		},
		"LocalDay": {
			args: []string{"--before", "2026-03-01"}, found: ledger.Prunable{},
			pruned: time.Date(2026, 2, 28, 18, 30, 0, 0, time.UTC), stdout: "Dropped 0 calls.\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &keeper{prunable: c.found}
			require.Equal(t, result{stdout: c.stdout}, run(t, keeping(k), append([]string{"prune"}, c.args...)...))
			require.True(t, c.pruned.Equal(k.pruned), "%v", k.pruned)
			require.True(t, c.forgotten.Equal(k.forgotten), "%v", k.forgotten)
			require.Equal(t, 1, k.closes)
		})
	}
}

func TestPrune_WrongUse(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--before is missing":                            {},
		"--before is empty":                              {"--before", ""},
		"--summaries-before is empty":                    {"--before", "48h", "--summaries-before", ""},
		`--before "2026-03-03" is in the future`:         {"--before", "2026-03-03"},
		`--before "23h" is less than a day ago`:          {"--before", "23h"},
		`--before "0s" is less than a day ago`:           {"--before", "0s"},
		`--before "yesterday": want a time`:              {"--before", "yesterday"},
		`--before "-48h": want a time`:                   {"--before", "-48h"},
		`--summaries-before "1h" is less than a day`:     {"--summaries-before", "1h"},
		"--summaries-before is after --before":           {"--before", "72h", "--summaries-before", "48h"},
		`unexpected argument "2026-01-01"`:               {"2026-01-01"},
		`--summaries-before "soon": want a time such as`: {"--before", "48h", "--summaries-before", "soon"},
	} {
		k := &keeper{}
		got := run(t, keeping(k), append([]string{"prune"}, args...)...)
		require.Equal(t, cli.ExitWrongUse, got.code, want)
		require.Contains(t, got.stderr, want)
		require.Zero(t, k.closes, "not opened")
	}
}

func TestPrune_Fails(t *testing.T) {
	t.Parallel()
	k := &keeper{err: errors.New("no privilege")}
	require.Equal(t, result{code: cli.ExitNo, stderr: "spanledger: no privilege\n"},
		run(t, keeping(k), "prune", "--before", "48h"))
	require.True(t, k.pruned.IsZero())
}
