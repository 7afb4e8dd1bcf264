// SPDX-License-Identifier: Apache-2.0

// Command spans compares what our exporter does with a span in memory with
// what the connectors of the Collector do that make metrics of spans.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spanledger/spanledger/test/bench/spans"
)

func main() {
	err := spans.Main(context.Background(), os.Args[1:], os.Stdout, spanMetrics(), spanMetricsByAnalysis(), signalToMetrics())
	if err != nil {
		fmt.Fprintln(os.Stderr, "spans:", err)
		os.Exit(1)
	}
}
