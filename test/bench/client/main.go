// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"flag"
	"io"
	"runtime"
	"slices"
	"strings"
)

// Main is the program that compares our ways, and further ones of the caller.
func Main(ctx context.Context, args []string, to io.Writer, more ...Way) error {
	ways := append(Ways(), more...)
	comparison := Comparison{Ways: ways, Workloads: Workloads()}
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.IntVar(&comparison.Rounds, "rounds", 200, "`rounds` of each way")
	flags.IntVar(&comparison.Few, "few", 20, "`calls` of the shorter run of a round")
	flags.IntVar(&comparison.Many, "many", 120, "`calls` of the longer run of a round")
	only := flags.String("only", "", "compare only workloads whose name holds `text`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	// On a second processor that is idle the garbage collector takes what it
	// can get, which is no cost of any call.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	comparison.Workloads = slices.DeleteFunc(comparison.Workloads, func(w Workload) bool {
		return !strings.Contains(w.Name, *only)
	})
	if err := comparison.Run(ctx, to); err != nil {
		return err
	}
	return Heap(ctx, to, ways)
}
