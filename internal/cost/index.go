// SPDX-License-Identifier: Apache-2.0

package cost

import (
	"fmt"
	"maps"
)

// index finds the prices of a model by a provider's name, then by each of the
// model's names. It holds families and their members alike.
type index map[string]models

type models map[string][]Price

// add enters the prices of one model, which share their names.
func (x index) add(prices []Price) error {
	provider := prices[0].Provider
	if x[provider] == nil {
		x[provider] = models{}
	}
	for _, name := range append([]string{prices[0].Model}, prices[0].Aliases...) {
		if _, taken := x[provider][name]; taken {
			return fmt.Errorf("the name %q is listed twice for provider %q", name, provider)
		}
		x[provider][name] = prices
	}
	return nil
}

// inherit gives every member of a family the family's prices for the models
// that it does not price itself.
func (x index) inherit() {
	for member, family := range families {
		if x[family] == nil {
			continue
		}
		inherited := maps.Clone(x[family])
		maps.Copy(inherited, x[member])
		x[member] = inherited
	}
}
