// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/spanledger/spanledger/internal/ledger"
)

// Ledger names a ledger to open. The DSN may hold a password.
type Ledger struct {
	DSN    string
	Schema string
}

// DemoOptions are the flags of demo. An empty DSN asks for a ledger of the
// demo's own.
type DemoOptions struct {
	Ledger

	Once bool
	JSON bool
	Real bool
	HTTP string
}

// ServeOptions are the flags of serve.
type ServeOptions struct {
	Ledger

	HTTP, OTLPGRPC, OTLPHTTP string
}

// Program is what the commands work with. All functions but those with a
// default must be there. Where one returns a *UsageError, the command was
// called wrongly.
type Program struct {
	Version        string
	DefaultDSN     string
	Stdout, Stderr io.Writer

	// Getenv reads the environment. Defaults to os.Getenv.
	Getenv func(key string) string
	// Now tells the time. Defaults to time.Now.
	Now func() time.Time
	// Zone is the time zone of tables and of days in flags. Defaults to
	// time.Local.
	Zone *time.Location

	// Interactive says that Stderr is a terminal, where progress is shown.
	Interactive bool

	// OpenReader opens a ledger that exists; the function it returns closes it.
	OpenReader func(ctx context.Context, l Ledger) (ledger.Reader, func(), error)
	// OpenKeeper opens a ledger that exists, to look after it; the function it
	// returns closes it.
	OpenKeeper func(ctx context.Context, l Ledger) (ledger.Keeper, func(), error)
	// Migrate creates the ledger's schema, or brings it up to date.
	Migrate func(ctx context.Context, l Ledger) error
	Demo    func(ctx context.Context, o DemoOptions) error
	Serve   func(ctx context.Context, o ServeOptions) error
	// Collector runs a Collector with the arguments that the command was given.
	Collector func(ctx context.Context, args []string) error
}

func (p *Program) withDefaults() Program {
	program := *p
	if program.Getenv == nil {
		program.Getenv = os.Getenv
	}
	if program.Now == nil {
		program.Now = time.Now
	}
	if program.Zone == nil {
		program.Zone = time.Local
	}
	return program
}
