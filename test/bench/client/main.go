// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"flag"
	"io"
	"slices"
	"strings"
)

// Main is the program that compares our ways, and further ones of the caller.
func Main(ctx context.Context, args []string, to io.Writer, more ...Way) error {
	ways := append(Ways(), more...)
	comparison := Comparison{Ways: ways, Workloads: Workloads()}
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.IntVar(&comparison.Rounds, "rounds", 40, "`rounds` of each way")
	flags.IntVar(&comparison.Few, "few", 100, "`calls` of the shorter run of a round")
	flags.IntVar(&comparison.Many, "many", 600, "`calls` of the longer run of a round")
	only := flags.String("only", "", "compare only workloads whose name holds `text`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	comparison.Workloads = slices.DeleteFunc(comparison.Workloads, func(w Workload) bool {
		return !strings.Contains(w.Name, *only)
	})
	if err := comparison.Run(ctx, to); err != nil {
		return err
	}
	return Heap(ctx, to, ways)
}
