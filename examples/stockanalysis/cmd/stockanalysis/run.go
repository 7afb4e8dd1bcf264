// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

// The exit codes.
const (
	done = iota
	failed
	misused
)

// environment is what the process gives to run.
type environment struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	// flushTimeout is how long run waits at its end for a Collector that does not answer.
	flushTimeout time.Duration
}

// run is the whole command. Answers go to stdout, messages to stderr.
func run(ctx context.Context, args []string, env environment) int {
	o, err := parseOptions(args, env.stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return done
	case err != nil:
		fmt.Fprintln(env.stderr, "stockanalysis:", err)
		return misused
	}
	if err := analyze(ctx, o, env); err != nil {
		fmt.Fprintln(env.stderr, "stockanalysis:", err)
		return failed
	}
	return done
}

// analyze runs one analysis and passes the result on to wherever it was asked for.
func analyze(ctx context.Context, o options, env environment) error {
	days, err := o.days()
	if err != nil {
		return err
	}
	store, err := o.openStore(ctx) // before the calls, which cost money
	if err != nil {
		return err
	}
	defer store.close()
	result, err := ask(ctx, o, days, env)
	if err != nil {
		return err
	}
	return errors.Join(o.keepCharts(result), store.save(ctx, result), o.print(env, result))
}

// ask makes the calls.
func ask(ctx context.Context, o options, days []market.Day, env environment) (stockanalysis.Result, error) {
	stopTelemetry, err := startTelemetry(ctx, env)
	if err != nil {
		return stockanalysis.Result{}, err
	}
	defer stopTelemetry()
	client, closeClient, err := newClient(ctx, o, env.getenv)
	if err != nil {
		return stockanalysis.Result{}, err
	}
	defer closeClient()
	core := stockanalysis.NewGeminiCore(client, stockanalysis.CoreConfig{Model: o.model})
	return stockanalysis.NewGeminiClient(core, stockanalysis.ClientConfig{User: o.user}).
		AnalyzeStock(ctx, o.symbol, days)
}

func (o options) print(env environment, result stockanalysis.Result) error {
	for _, f := range result.FailedCalls {
		fmt.Fprintf(env.stderr, "stockanalysis: %s failed: %s\n", f.CallType, f.Error)
	}
	if o.json {
		encoder := json.NewEncoder(env.stdout)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(result)
	}
	d := result.Decision
	_, err := fmt.Fprintf(env.stdout, "%s: %s, confidence %.0f %%. %s\n\n%s",
		result.Symbol, d.Action, 100*d.Confidence, d.Reason, result.Metadata.TokenUsage.String())
	return err
}
