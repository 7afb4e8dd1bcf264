// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"context"
	"io"
	"os"
	"runtime/debug"

	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/store"
)

// Main runs the command that the arguments name and returns its exit code.
// It stops, in good order, when the context is done.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	program := &program{stdout: stdout, stderr: stderr}
	return cli.Run(ctx, &cli.Program{
		Version:     version(),
		DefaultDSN:  store.DefaultDSN,
		Stdout:      stdout,
		Stderr:      stderr,
		OpenReader:  openReader,
		OpenKeeper:  openKeeper,
		Interactive: isTerminal(stderr),
		Migrate:     migrate,
		Demo:        program.demo,
		Serve:       program.serve,
		Collector:   program.collector,
	}, args)
}

// program holds where the commands write.
type program struct{ stdout, stderr io.Writer }

// version returns the version that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	return cmp.Or(info.Main.Version, "(devel)")
}

// isTerminal reports whether people watch what is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func openReader(ctx context.Context, l cli.Ledger) (ledger.Reader, func(), error) {
	return openKeeper(ctx, l)
}

func openKeeper(ctx context.Context, l cli.Ledger) (ledger.Keeper, func(), error) {
	opened, err := store.Open(ctx, store.Config{DSN: l.DSN, Schema: l.Schema})
	if err != nil {
		return nil, nil, err
	}
	return opened, opened.Close, nil
}

func migrate(ctx context.Context, l cli.Ledger) error {
	return store.Migrate(ctx, store.Config{DSN: l.DSN, Schema: l.Schema, CreateSchema: true})
}
