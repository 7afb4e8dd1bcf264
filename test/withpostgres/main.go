// SPDX-License-Identifier: Apache-2.0

// Command withpostgres starts a private Postgres, runs the command that its
// arguments give with SPANLEDGER_TEST_DSN set, stops the server and exits
// with the command's exit code:
//
//	go run ./test/withpostgres -- go test ./...
//
// So that all test binaries of one run share one server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/spanledger/spanledger/internal/pgtest"
)

const (
	exitFailed = 1
	exitUsage  = 2
	// exitSignal is what a shell adds to the number of the signal that ended
	// a command.
	exitSignal = 128
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("withpostgres", flag.ContinueOnError)
	durable := flags.Bool("fsync", false, "keep fsync on")
	language := flags.String("language", "", "order of text, such as en-US (default: order of bytes)")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres [-fsync] [-language TAG] -- COMMAND [ARG...]")
		return exitUsage
	}
	// Taken before the server starts, so that none is missed.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	cluster, err := pgtest.Start(context.Background(), pgtest.Options{Durable: *durable, Language: *language})
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
		return exitFailed
	}
	code := runWith(cluster.DSN(), flags.Args(), signals)
	if err := cluster.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres: stop Postgres:", err)
	}
	return code
}

// runWith runs the command and passes signals on to it.
func runWith(dsn string, command []string, signals <-chan os.Signal) int {
	ctx := context.Background()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the user's own command
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), pgtest.EnvDSN+"="+dsn)
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
		return exitFailed
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // a command that has just ended needs none
		case err := <-done:
			return exitCode(err)
		}
	}
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return exitFailed
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignal + int(status.Signal())
	}
	return exit.ExitCode()
}
