// SPDX-License-Identifier: Apache-2.0

package market_test

import (
	"fmt"
	"time"

	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

func ExampleBundled() {
	days, err := market.Bundled("RELIANCE")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(days), "days from", days[0].Date.Format(time.DateOnly))
	// Output: 250 days from 2024-07-01
}
