// SPDX-License-Identifier: Apache-2.0

package analysis_test

import (
	"fmt"

	"github.com/spanledger/spanledger/internal/analysis"
)

func ExampleFold() {
	summary, err := analysis.Fold("analysis_123", []analysis.Call{
		call(1, "indicator_summary"), call(2, "final_decision"), failed(3, "final_decision"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	summary.Subject = "RELIANCE"
	fmt.Print(summary)
	// Output:
	// Analysis of RELIANCE
	// ====================
	//   Analysis ID    analysis_123
	//   Duration       3s
	//   LLM calls      3
	//   Succeeded      2
	//   Failed         1
	//
	// Tokens
	//   Input tokens   2,000
	//   Output tokens  200
	//   Total tokens   2,200
	//   Cached input   800
	//   Reasoning      60
	//   Tool use       10
	//   Unaccounted    2
	//   Without usage  1 call
	//   Cost           $0.0009
	//
	// indicator_summary
	//   Calls          1
	//   Input tokens   1,000
	//   Output tokens  100
	//   Total tokens   1,100
	//   Cached input   400
	//   Reasoning      30
	//   Tool use       5
	//   Unaccounted    1
	//   Success rate   100.0 %
	//   Cost           $0.00045
	//
	// final_decision
	//   Calls          2
	//   Input tokens   1,000
	//   Output tokens  100
	//   Total tokens   1,100
	//   Cached input   400
	//   Reasoning      30
	//   Tool use       5
	//   Unaccounted    1
	//   Without usage  1 call
	//   Success rate   50.0 %
	//   Cost           $0.00045
}
