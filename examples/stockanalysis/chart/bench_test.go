// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

func BenchmarkDraw(b *testing.B) {
	days, err := market.Bundled("RELIANCE")
	require.NoError(b, err)
	series, err := indicator.Compute(days)
	require.NoError(b, err)
	for b.Loop() {
		_, err := Draw("RELIANCE", days, series)
		require.NoError(b, err)
	}
}
