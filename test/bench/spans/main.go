// SPDX-License-Identifier: Apache-2.0

package spans

import (
	"context"
	"flag"
	"io"
	"runtime"
)

// Main is the program that compares ours with further ways of the caller.
func Main(ctx context.Context, args []string, to io.Writer, more ...Way) error {
	comparison := Comparison{Ways: append([]Way{Ours()}, more...)}
	flags := flag.NewFlagSet("spans", flag.ContinueOnError)
	flags.IntVar(&comparison.Rounds, "rounds", 40, "`rounds` of each way")
	flags.IntVar(&comparison.Batches, "batches", 16, "`batches` of a round")
	if err := flags.Parse(args); err != nil {
		return err
	}
	// On a second processor that is idle the garbage collector takes what it
	// can get, which is no cost of any span.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return comparison.Run(ctx, to)
}
