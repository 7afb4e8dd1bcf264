// SPDX-License-Identifier: Apache-2.0

package example

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// Program is one example.
type Program struct {
	// Name is that of the command.
	Name string
	// Respond is what the stand-ins say. Defaults to general sentences.
	Respond instrumenttest.Responder
	// Analyze makes the calls of one analysis and returns what they used.
	Analyze func(context.Context, Providers) (instrument.Summary, error)
}

// Environment is what a process gives to a program.
type Environment struct {
	Stdout, Stderr io.Writer
	Getenv         func(string) string
}

// flushTimeout is how long a program waits at its end for a Collector that does
// not answer.
const flushTimeout = 5 * time.Second

// Main runs the program as a command, and returns its exit code.
func (p Program) Main(ctx context.Context) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	return p.Run(ctx, os.Args[1:], Environment{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv})
}

// Run analyzes once and prints the summary. It returns 0 where that went well, 1
// where it did not, and 2 for wrong use.
func (p Program) Run(ctx context.Context, args []string, env Environment) int {
	flags := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	flags.SetOutput(env.Stderr)
	realProviders := flags.Bool("real", false, "call the providers whose keys are in OPENAI_API_KEY and GEMINI_API_KEY")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() > 0:
		return 2
	}
	find := p.standIns
	if *realProviders {
		find = func(context.Context) (Providers, func() error, error) {
			providers, err := Real(env.Getenv)
			return providers, func() error { return nil }, err
		}
	}
	summary, err := p.run(ctx, find, env)
	if err != nil {
		fmt.Fprintf(env.Stderr, "%s: %v\n", p.Name, err)
		return 1
	}
	fmt.Fprint(env.Stdout, summary)
	return 0
}

// run analyzes once, at the providers that find returns, with what stops them.
func (p Program) run(
	ctx context.Context, find func(context.Context) (Providers, func() error, error), env Environment,
) (_ instrument.Summary, err error) {
	providers, stop, err := find(ctx)
	if err != nil {
		return instrument.Summary{}, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	flush, err := startTelemetry(ctx, p.Name, env)
	if err != nil {
		return instrument.Summary{}, err
	}
	defer flush()
	return p.Analyze(ctx, providers)
}

func (p Program) standIns(ctx context.Context) (Providers, func() error, error) {
	var opts []instrumenttest.Option
	if p.Respond != nil {
		opts = append(opts, instrumenttest.WithResponder(p.Respond))
	}
	standIns, err := StartStandIns(ctx, opts...)
	if err != nil {
		return Providers{}, nil, err
	}
	return standIns.Providers(), standIns.Close, nil
}

// startTelemetry sends spans and metrics to the Collector that the environment
// names, until flush. Without one, the summary of the process is the same.
func startTelemetry(ctx context.Context, name string, env Environment) (flush func(), err error) {
	if env.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" {
		return func() {}, nil
	}
	shutdown, err := otelsetup.Start(ctx, otelsetup.Config{ServiceName: name})
	if err != nil {
		return nil, fmt.Errorf("start telemetry: %w", err)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
		defer cancel()
		if shutdown(ctx) != nil { // no reason to lose the result
			fmt.Fprintf(env.Stderr, "%s: the Collector did not take all telemetry\n", name)
		}
	}, nil
}
