// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/cli"
)

func TestRun_WrongUse(t *testing.T) {
	t.Parallel()
	const badTime = "want a time such as 2026-03-01T09:00:00Z, a day such as 2026-03-01, or how long ago, such as 24h"
	for name, c := range map[string]struct {
		args []string
		want string
		hint string
	}{
		"UnknownCommand":    {[]string{"frobnicate"}, `unknown command "frobnicate"`, "spanledger"},
		"MisspelledCommand": {[]string{"summry", "a"}, `unknown command "summry"; did you mean summary?`, "spanledger"},
		"Ambiguous":         {[]string{"c"}, `unknown command "c"; did you mean calls or collector or completion?`, "spanledger"},
		"UnknownTopic":      {[]string{"help", "lst"}, `unknown command "lst"; did you mean list?`, "spanledger"},
		"TopicTooDeep":      {[]string{"help", "list", "frob"}, `unknown command "frob"`, "spanledger"},
		"UnknownShell":      {[]string{"completion", "tcsh"}, `completion: unknown command "tcsh"`, "spanledger completion"},
		"NoShell":           {[]string{"completion"}, "completion: missing the shell", "spanledger completion"},
		"ShellTooMany":      {[]string{"completion", "zsh", "x"}, `zsh: unexpected argument "x"`, "spanledger completion zsh"},
		"RootFlag":          {[]string{"--frob"}, `unknown flag "--frob"; flags come after the command`, "spanledger"},
		"UnknownFlag":       {[]string{"list", "--frob=1"}, `list: unknown flag "--frob"`, "spanledger list"},
		"Shorthand":         {[]string{"list", "-n", "3"}, `list: unknown flag "-n"`, "spanledger list"},
		"OneDash":           {[]string{"list", "-limit=3"}, `list: unknown flag "-limit"; did you mean --limit?`, "spanledger list"},
		"BadSyntax":         {[]string{"list", "---limit"}, `list: a flag that cannot be read`, "spanledger list"},
		"MissingValue":      {[]string{"list", "--limit"}, `list: --limit needs a value`, "spanledger list"},
		"NotANumber":        {[]string{"list", "--limit", "many"}, `list: --limit "many": want a whole number`, "spanledger list"},
		"TooBigANumber":     {[]string{"calls", "a", "--limit", "1e99"}, `calls: --limit "1e99": want a whole number`, "spanledger calls"},
		"NotABool":          {[]string{"list", "--json=perhaps"}, `list: --json "perhaps": want true or false`, "spanledger list"},
		"LimitZero":         {[]string{"list", "--limit", "0"}, "list: --limit 0: want 1 or more", "spanledger list"},
		"LimitNegative":     {[]string{"calls", "a", "--limit", "-5"}, "calls: --limit -5: want 1 or more", "spanledger calls"},
		"EmptyFilter":       {[]string{"list", "--user", ""}, "list: --user is empty", "spanledger list"},
		"EmptyTime":         {[]string{"list", "--until="}, "list: --until is empty", "spanledger list"},
		"EmptyDSN":          {[]string{"list", "--dsn", ""}, `list: --dsn "": want postgres://… or sqlite:PATH`, "spanledger list"},
		"BadSince":          {[]string{"list", "--since", "yesterday"}, `list: --since "yesterday": ` + badTime, "spanledger list"},
		"BadUntil":          {[]string{"list", "--until", "2026-02-30"}, `list: --until "2026-02-30": ` + badTime, "spanledger list"},
		"FutureSince":       {[]string{"list", "--since", "-1h"}, `list: --since "-1h": ` + badTime, "spanledger list"},
		"UntilBeforeSince":  {[]string{"list", "--since", "1h", "--until", "2h"}, "list: --until is before --since", "spanledger list"},
		"ListArgument":      {[]string{"list", "all"}, `list: unexpected argument "all"`, "spanledger list"},
		"NoID":              {[]string{"summary"}, "summary: missing the analysis ID", "spanledger summary"},
		"EmptyID":           {[]string{"calls", ""}, "calls: missing the analysis ID", "spanledger calls"},
		"TwoIDs":            {[]string{"summary", "a", "b"}, `summary: unexpected argument "b"`, "spanledger summary"},
		"HostileArgument":   {[]string{"list", "\x1b[31m\n"}, `list: unexpected argument "\x1b[31m\n"`, "spanledger list"},
		"LongArgument":      {[]string{strings.Repeat("x", 10_000)}, `unknown command "` + strings.Repeat("x", 59) + `…"`, "spanledger"},
		"ServeArgument":     {[]string{"serve", "now"}, `serve: unexpected argument "now"`, "spanledger serve"},
		"MigrateArgument":   {[]string{"migrate", "up"}, `migrate: unexpected argument "up"`, "spanledger migrate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &memory{}
			got := run(t, program(m), c.args...)
			require.Equal(t, result{
				code:   cli.ExitWrongUse,
				stderr: "spanledger: " + c.want + "\nRun '" + c.hint + " --help' for how it is used.\n",
			}, got)
			require.Zero(t, m.opens, "wrong use is found before the ledger is opened")
		})
	}
}

func TestRun_WrongUseThatAFunctionFinds(t *testing.T) {
	t.Parallel()
	p := program(&memory{})
	cause := errors.New("serve: no address")
	p.Serve = func(context.Context, cli.ServeOptions) error { return &cli.UsageError{Err: cause} }
	got := run(t, p, "serve")
	require.Equal(t, cli.ExitWrongUse, got.code)
	require.Contains(t, got.stderr, "spanledger: serve: no address\n")
	require.ErrorIs(t, &cli.UsageError{Err: cause}, cause)
}

// TestRun_NoSecretShows puts a DSN with a password wherever a person may put
// it, rightly or wrongly.
func TestRun_NoSecretShows(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://me:hunter2@db.example/spans",
		"postgres://db.example/spans?user=me&password=hunter2",
		"host=db.example user=me password = hunter2",
		"postgres://me:hunter2\n@db.example/spans",
	} {
		for _, args := range [][]string{
			{dsn},
			{"help", dsn},
			{"list", dsn},
			{"list", "-dsn", dsn},
			{"list", "-dsn=" + dsn},
			{"list", "--dns=" + dsn},
			{"list", "--" + dsn},
			{"list", "---dsn=" + dsn},
			{"list", "--limit", dsn},
			{"list", "--json=" + dsn},
			{"list", "--since", dsn},
			{"summary", dsn},
			{"calls", "a", dsn},
			{"completion", dsn},
			{"completion", "bash", dsn},
			{"list", "--dsn", dsn, "--help"},
			{"demo", "--dsn", dsn, "--help"},
			{"list", "--help"},
			{"serve", "--help"},
			{"demo", "--help"},
			{"migrate", "--help"},
			{"serve", "--dsn", dsn, "now"},
		} {
			p := program(&memory{})
			p.Getenv = func(string) string { return "" }
			if args[len(args)-1] == "--help" {
				p.Getenv = func(key string) string { return map[string]string{"SPANLEDGER_DSN": dsn}[key] }
			}
			got := run(t, p, args...)
			require.NotContains(t, got.stdout+got.stderr, "hunter2", "%q", args)
			require.LessOrEqual(t, strings.Count(got.stderr, "\n"), 2, "%q", args)
		}
	}
}
