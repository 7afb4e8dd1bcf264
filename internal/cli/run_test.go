// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/cli"
)

func TestRun_Help(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"NoCommand":      {nil, "Available Commands:"},
		"Command":        {[]string{"help"}, "Available Commands:"},
		"Flag":           {[]string{"--help"}, "Available Commands:"},
		"Topic":          {[]string{"help", "list"}, "spanledger list [flags]"},
		"FlagOfACommand": {[]string{"list", "--help"}, "spanledger list [flags]"},
		"ShortFlag":      {[]string{"summary", "-h"}, "spanledger summary ID [flags]"},
		"Collector":      {[]string{"help", "collector"}, "spanledger collector --config FILE"},
		"Deep":           {[]string{"help", "completion", "zsh"}, "spanledger completion zsh"},
		"Version":        {[]string{"--version"}, "spanledger version v1.2.3\n"},
		"Completion":     {[]string{"completion", "bash"}, "__start_spanledger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &memory{}
			got := run(t, program(m), c.args...)
			require.Zero(t, got.code)
			require.Contains(t, got.stdout, c.want)
			require.Empty(t, got.stderr)
			require.Zero(t, m.opens)
		})
	}
}

func TestRun_EveryCommandIsInTheHelp(t *testing.T) {
	t.Parallel()
	got := run(t, program(&memory{}), "help")
	for _, command := range []string{"demo", "serve", "collector", "list", "summary", "calls", "migrate"} {
		require.Contains(t, got.stdout, "\n  "+command+" ")
	}
}

func TestRun_ErrorIsOneLine(t *testing.T) {
	t.Parallel()
	p := program(&memory{})
	p.Migrate = func(context.Context, cli.Ledger) error { return errors.New("two\nlines \x1b[31mand red") }
	require.Equal(
		t,
		result{code: cli.ExitNo, stderr: "spanledger: two lines \uFFFD[31mand red\n"},
		run(t, p, "migrate"),
	)
}

func TestRun_ReaderFails(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"list"}, {"summary", "a"}, {"calls", "a"}, {"list", "--json"}} {
		m := &memory{err: errors.New("connection refused")}
		require.Equal(
			t,
			result{code: cli.ExitNo, stderr: "spanledger: connection refused\n"},
			run(t, program(m), args...),
		)
		require.Equal(t, 1, m.closes)
	}
}

func TestRun_LedgerDoesNotOpen(t *testing.T) {
	t.Parallel()
	p := program(&memory{})
	p.OpenReader = openFails
	for _, args := range [][]string{{"list"}, {"summary", "a"}, {"calls", "a"}} {
		require.Equal(t, result{code: cli.ExitNo, stderr: "spanledger: no ledger there\n"}, run(t, p, args...))
	}
}

// full is a writer whose device has no room.
type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestRun_OutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"list", "list --json", "summary analysis_123", "summary analysis_123 --json",
		"calls analysis_123", "calls analysis_123 --json", "help", "list --help", "--version", "completion fish",
	} {
		var stderr bytes.Buffer
		p := program(twoAnalyses())
		p.Stdout, p.Stderr = full{}, &stderr
		require.Equal(t, cli.ExitNo, cli.Run(t.Context(), p, strings.Fields(args)), args)
		require.Equal(t, "spanledger: no space left on device\n", stderr.String(), args)
	}
}

func TestRun_PassesTheContextOn(t *testing.T) {
	t.Parallel()
	type key struct{}
	p := program(&memory{})
	var got any
	p.Serve = func(ctx context.Context, _ cli.ServeOptions) error {
		got = ctx.Value(key{})
		return nil
	}
	p.Stdout, p.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
	require.Zero(t, cli.Run(context.WithValue(t.Context(), key{}, "here"), p, []string{"serve"}))
	require.Equal(t, "here", got)
}

// TestRun_Defaults leaves out what a Program need not have.
func TestRun_Defaults(t *testing.T) {
	t.Setenv("SPANLEDGER_DSN", "sqlite:from-the-environment.db")
	t.Setenv("SPANLEDGER_SCHEMA", "from_the_environment")
	m := twoAnalyses()
	p := program(m)
	p.Getenv, p.Now, p.Zone = nil, nil, nil
	require.Zero(t, run(t, p, "list", "--since", "1h").code)
	require.Equal(t, cli.Ledger{DSN: "sqlite:from-the-environment.db", Schema: "from_the_environment"}, m.opened)
	require.False(t, m.listed.Since.IsZero())
	require.Nil(t, p.Getenv, "the caller's Program is left alone")
}
