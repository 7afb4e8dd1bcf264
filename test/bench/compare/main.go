// SPDX-License-Identifier: Apache-2.0

// Command compare measures what instrumenting Google's SDK costs: bare, the
// floor by hand, otelhttp and ours, with an OpenTelemetry SDK and without.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spanledger/spanledger/test/bench/client"
)

func main() {
	if err := client.Main(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}
