// SPDX-License-Identifier: Apache-2.0

// Command stockanalysis judges a share with six calls to Gemini and tells what they used. See the README two folders
// up; stockanalysis --help lists the flags.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], environment{
		stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, flushTimeout: 5 * time.Second,
	})
	stop()
	os.Exit(code)
}
