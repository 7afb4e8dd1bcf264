// SPDX-License-Identifier: Apache-2.0

package cost_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
)

func ExamplePriceList_Cost() {
	call := &analysis.Call{
		Provider:      "gcp.gemini",
		ResponseModel: "gemini-2.5-pro",
		Start:         time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC),
		Usage: analysis.Usage{
			Status:    analysis.StatusReported,
			Input:     analysis.Known(1200),
			CacheRead: analysis.Known(800),
			Output:    analysis.Known(150),
		},
	}
	fmt.Println("USD", cost.Default().Cost(call).Amount)

	call.ResponseModel = "a-model-of-our-own"
	fmt.Println("priced:", cost.Default().Cost(call).Priced)
	// Output:
	// USD 0.0021
	// priced: false
}

func ExampleParse() {
	list, err := cost.Parse(strings.NewReader(`{
		"format": 1,
		"version": "ours-7",
		"models": [{
			"provider": "openai",
			"model": "our-deployment",
			"prices": [{"from": "2026-01-01", "input": "0.15", "output": "0.60"}]
		}]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	price, ok := list.Find("openai", "our-deployment", "", time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC))
	fmt.Println(list.Version(), ok, price.Rates.Input, price.Rates.Output)

	_, err = cost.Parse(strings.NewReader(`{
		"format": 1,
		"version": "ours-8",
		"models": [{"provider": "openai", "model": "our-deployment", "prices": [{"input": "0.15"}]}]
	}`))
	fmt.Println(err)
	// Output:
	// ours-7 true 0.15 0.60
	// price list: models[0] "our-deployment": prices[0].output: is missing
}
