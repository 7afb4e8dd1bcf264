// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"context"
	"fmt"
	"os"

	"github.com/spanledger/spanledger/internal/cli"
)

func ExampleRun() {
	p := program(twoAnalyses())
	p.Stdout, p.Stderr = os.Stdout, os.Stdout
	fmt.Println(cli.Run(context.Background(), p, []string{"list"}))
	fmt.Println(cli.Run(context.Background(), p, []string{"summary", "analysis_8"}))
	fmt.Println(cli.Run(context.Background(), p, []string{"summry"}))
	// Output:
	// ANALYSIS      SUBJECT   STARTED              STATE      TOOK  CALLS  FAILED   INPUT  OUTPUT       COST
	// analysis_123  RELIANCE  2026-03-01 14:30:00  missing 1  3.5s      3       1  24,690     134  $0.007742
	// analysis_7    RELIANCE  2026-03-01 14:31:00  open       1.5s      1       0  12,345      67  $0.003871
	// 0
	// spanledger: analysis "analysis_8": no such analysis in the ledger; 'spanledger list' shows those it has
	// 1
	// spanledger: unknown command "summry"; did you mean summary?
	// Run 'spanledger --help' for how it is used.
	// 2
}
