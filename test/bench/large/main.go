// SPDX-License-Identifier: Apache-2.0

// Command large fills a ledger with ten million calls of 90 days, holds its
// ingest against that of a ledger a tenth the size, and times what a dashboard
// asks. It starts a Postgres server that syncs to disk itself, and needs 10 GB
// of disk while it runs:
//
//	go run ./test/bench/large
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spanledger/spanledger/internal/pgtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "large:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, to io.Writer) (err error) {
	t := trial{to: to}
	flags := flag.NewFlagSet("large", flag.ContinueOnError)
	flags.IntVar(&t.calls, "calls", 10_000_000, "`calls` of the large ledger; the small one has a tenth")
	flags.IntVar(&t.days, "days", 90, "`days` that the calls of the large ledger started on")
	flags.IntVar(&t.busy, "busy", 1_000_000, "`calls` of the busiest day")
	flags.IntVar(&t.rounds, "rounds", 5, "`rounds` of ingest")
	flags.IntVar(&t.batches, "batches", 100, "`batches` of 2,048 calls in a round")
	flags.IntVar(&t.reads, "reads", 51, "`times` that each question is asked")
	dsn := flags.String("dsn", "", "a Postgres `server` to use, where the schemas small and large stay")
	flags.BoolVar(
		&t.filled,
		"filled",
		false,
		"the ledgers of -dsn were filled and settled by a run of the same figures",
	)
	sqlite := flags.Bool("sqlite", false, "keep the ledgers in SQLite")
	explain := flags.Bool("explain", false, "write the plans of the questions")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *sqlite {
		dir, err := os.MkdirTemp("", "spanledger-large-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		t.engine = &files{dir: dir}
		return t.run(ctx)
	}
	if *dsn != "" {
		t.engine = &server{dsn: *dsn, explain: *explain}
		return t.run(ctx)
	}
	cluster, err := pgtest.Start(ctx, pgtest.Options{Durable: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	t.engine = &server{dsn: cluster.DSN(), explain: *explain}
	return t.run(ctx)
}

// fileOf returns the path of a SQLite ledger.
func fileOf(dir, name string) string { return filepath.Join(dir, name+".db") }
