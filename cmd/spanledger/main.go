// SPDX-License-Identifier: Apache-2.0

// Command spanledger counts the tokens and the cost of LLM calls, per
// analysis, from OpenTelemetry spans. Run "spanledger help".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spanledger/spanledger/internal/app"
)

func main() {
	outliveFileLimit()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
