// SPDX-License-Identifier: Apache-2.0

// Command ingest measures the way of calls from OTLP to a ledger in Postgres
// where they can be read, beside the least that Postgres can do with the same
// rows. It works on Linux, and starts a server that syncs to disk and the
// Collectors itself:
//
//	go run ./test/bench/ingest
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spanledger/spanledger/internal/app"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// collectorCommand is the first argument of this program where it runs itself
// again as the Collector of "spanledger collector".
const collectorCommand = "collector"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, terminate)
	code := program(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func program(ctx context.Context, args []string) int {
	if len(args) > 0 && args[0] == collectorCommand {
		return collect(ctx, args)
	}
	if err := run(ctx, args, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ingest:", err)
		return 1
	}
	return 0
}

// collect is "spanledger collector", with a profile where one is asked for.
func collect(ctx context.Context, args []string) int {
	stop, err := startProfile(os.Getenv(profileEnv))
	if err != nil {
		fmt.Fprintln(os.Stderr, "ingest:", err)
		return 1
	}
	defer stop()
	return app.Main(ctx, args, os.Stdout, os.Stderr)
}

func run(ctx context.Context, args []string, to io.Writer) error {
	c := comparison{to: to}
	flags := flag.NewFlagSet("ingest", flag.ContinueOnError)
	flags.IntVar(&c.rounds, "rounds", 5, "`rounds` of every way")
	flags.IntVar(&c.requests, "requests", 147, "`requests` of 2,048 calls in a run")
	flags.IntVar(&c.upserts, "upserts", 2000, "`calls` of a run that writes them one by one")
	flags.IntVar(&c.connections, "connections", 4, "`connections` that send to a Collector")
	flags.StringVar(&c.only, "only", "", "run only ways, and their floor, whose name holds `text`")
	flags.StringVar(&c.profile, "profile", "", "write a profile of each Collector to a file in this `directory`")
	flags.Func("variant", "run a Collector with these `words` too: +GATE, -GATE, NAME=VALUE of the environment, "+
		"key=value of the configuration; may be repeated", func(text string) error {
		c.variants = append(c.variants, text)
		return nil
	})
	load := flags.String("load", "", "run only loads whose name holds `text`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cluster, err := pgtest.Start(ctx, pgtest.Options{Durable: true})
	if err != nil {
		return err
	}
	defer cluster.Stop() //nolint:errcheck // its files go with it
	c.dsn = cluster.DSN()
	for _, w := range workloads() {
		if !strings.Contains(w.name, *load) {
			continue
		}
		if err := c.run(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}
