// SPDX-License-Identifier: Apache-2.0

package indicator_test

import (
	"fmt"

	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

func ExampleCompute() {
	days, err := market.Bundled("RELIANCE")
	if err != nil {
		fmt.Println(err)
		return
	}
	series, err := indicator.Compute(days)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("RSI %.1f\n", series.Latest(days).RSI14)
	// Output: RSI 74.1
}
