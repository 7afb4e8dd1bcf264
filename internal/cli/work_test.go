// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
)

// environment returns a lookup in which a ledger is named.
func environment(key string) string {
	return map[string]string{"SPANLEDGER_DSN": "postgres://env", "SPANLEDGER_SCHEMA": "env_schema"}[key]
}

func TestRun_WhichLedger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		getenv func(string) string
		args   []string
		want   cli.Ledger
	}{
		"Default":     {func(string) string { return "" }, nil, cli.Ledger{DSN: "sqlite:spanledger.db", Schema: "spanledger"}},
		"Environment": {environment, nil, cli.Ledger{DSN: "postgres://env", Schema: "env_schema"}},
		"Flags": {
			environment,
			[]string{"--dsn", "sqlite:x.db", "--schema", "mine"},
			cli.Ledger{DSN: "sqlite:x.db", Schema: "mine"},
		},
	} {
		for _, command := range [][]string{
			{"list"},
			{"summary", "analysis_7"},
			{"calls", "analysis_7"},
			{"migrate"},
			{"serve"},
			{"reconcile"},
			{"prune", "--before", "48h"},
		} {
			t.Run(name+"/"+command[0], func(t *testing.T) {
				t.Parallel()
				m := twoAnalyses()
				p := program(m)
				p.Getenv = c.getenv
				p.Migrate = func(_ context.Context, l cli.Ledger) error {
					m.opened = l
					return nil
				}
				p.Serve = func(_ context.Context, o cli.ServeOptions) error {
					m.opened = o.Ledger
					return nil
				}
				require.Zero(t, run(t, p, append(command, c.args...)...).code)
				require.Equal(t, c.want, m.opened)
			})
		}
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	require.Equal(t, result{stderr: "The ledger's schema is up to date.\n"}, run(t, program(&memory{}), "migrate"))
}

func TestDemo_Options(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want cli.DemoOptions
	}{
		"OwnLedger": {nil, cli.DemoOptions{Ledger: cli.Ledger{Schema: "env_schema"}, HTTP: "127.0.0.1:8318"}},
		"All": {
			[]string{"--once", "--json", "--real", "--http", "[::1]:0", "--dsn", "sqlite:x.db", "--schema", "mine"},
			cli.DemoOptions{
				Ledger: cli.Ledger{DSN: "sqlite:x.db", Schema: "mine"}, HTTP: "[::1]:0", Once: true, JSON: true, Real: true,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program(&memory{})
			p.Getenv = environment
			var got cli.DemoOptions
			p.Demo = func(_ context.Context, o cli.DemoOptions) error {
				got = o
				return nil
			}
			require.Zero(t, run(t, p, append([]string{"demo"}, c.args...)...).code)
			require.Equal(t, c.want, got)
		})
	}
}

func TestServe_Options(t *testing.T) {
	t.Parallel()
	mine := cli.Ledger{DSN: "sqlite:spanledger.db", Schema: "spanledger"}
	for name, c := range map[string]struct {
		args []string
		want cli.ServeOptions
	}{
		"Defaults": {
			nil,
			cli.ServeOptions{Ledger: mine, HTTP: "127.0.0.1:8318", OTLPGRPC: "127.0.0.1:4317", OTLPHTTP: "127.0.0.1:4318"},
		},
		"All": {
			[]string{"--http", "localhost:1", "--otlp-grpc", "", "--otlp-http", "localhost:3"},
			cli.ServeOptions{Ledger: mine, HTTP: "localhost:1", OTLPHTTP: "localhost:3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program(&memory{})
			var got cli.ServeOptions
			p.Serve = func(_ context.Context, o cli.ServeOptions) error {
				got = o
				return nil
			}
			require.Zero(t, run(t, p, append([]string{"serve"}, c.args...)...).code)
			require.Equal(t, c.want, got)
		})
	}
}

func TestCollector_TakesEveryArgument(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{},
		{"--config", "file.yaml"},
		{"--help"},
		{"-h"},
		{"--version"},
		{"validate", "--config=a", "--config=b"},
		{"--set", "x=y", "--", "z"},
		{"components"},
		{"help"},
	} {
		p := program(&memory{})
		var got []string
		p.Collector = func(_ context.Context, args []string) error {
			got = append([]string{}, args...)
			return nil
		}
		require.Equal(t, result{}, run(t, p, append([]string{"collector"}, args...)...))
		require.Equal(t, args, got)
	}
}

func TestRun_WorkFails(t *testing.T) {
	t.Parallel()
	p := program(&memory{})
	busy := errors.New("port in use")
	p.Demo = func(context.Context, cli.DemoOptions) error { return busy }
	p.Serve = func(context.Context, cli.ServeOptions) error { return busy }
	p.Migrate = func(context.Context, cli.Ledger) error { return busy }
	p.Collector = func(context.Context, []string) error { return busy }
	for _, command := range []string{"demo", "serve", "migrate", "collector"} {
		require.Equal(t, result{code: cli.ExitNo, stderr: "spanledger: port in use\n"}, run(t, p, command), command)
	}
}

func openFails(context.Context, cli.Ledger) (ledger.Reader, func(), error) {
	return nil, nil, errors.New("no ledger there")
}
